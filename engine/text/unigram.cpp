// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/unigram.h"

#include <algorithm>

#include "engine/base/utf8.h"

namespace prefscope {
namespace {

void append_unknown(const Unigram& model, std::string_view text, std::vector<WordPiece>& out) {
  const auto token = [&](char byte) { return model.byte_tokens[static_cast<unsigned char>(byte)]; };
  if (!model.byte_tokens.empty() && std::all_of(text.begin(), text.end(), [&](char b) { return token(b) >= 0; })) {
    for (size_t i = 0; i < text.size(); ++i)
      out.push_back({token(text[i]), i == 0 ? static_cast<uint32_t>(text.size()) : 0});
  } else {
    out.push_back({model.unknown, static_cast<uint32_t>(text.size())});
  }
}

}  // namespace

void encode_word(const Unigram& model, std::string_view word, UnigramScratch& scratch, std::vector<WordPiece>& out) {
  auto& nodes = scratch.nodes;
  nodes.assign(word.size() + 1, {});
  nodes[0].begin = 0;
  const auto offer = [&](size_t begin, size_t length, int32_t id, double score) {
    double sum = score + nodes[begin].score;
    if (model.as_sentencepiece) sum = static_cast<double>(static_cast<float>(sum));
    UnigramScratch::Node& node = nodes[begin + length];
    if (node.begin == UINT32_MAX || sum > node.score) node = {sum, id, static_cast<uint32_t>(begin)};
  };
  for (size_t at = 0; at < word.size();) {
    const size_t one = utf8_length(word[at]);
    bool alone = false;
    model.pieces.prefixes(word, at, [&](size_t length, int32_t id) {
      offer(at, length, id, model.scores[static_cast<size_t>(id)]);
      alone = alone || length == one;
    });
    if (!alone) offer(at, one, model.unknown, model.unknown_score);
    at += one;
  }
  // Back along the best way; neighbours that are unknown are one.
  const size_t first = out.size();
  for (size_t end = word.size(); end > 0;) {
    const int32_t id = nodes[end].id;
    size_t begin = nodes[end].begin;
    if (id == model.unknown) {
      const bool alone = model.as_sentencepiece && !model.byte_tokens.empty();
      while (!alone && begin > 0 && nodes[begin].id == model.unknown) begin = nodes[begin].begin;
      const size_t size = out.size();
      append_unknown(model, word.substr(begin, end - begin), out);
      std::reverse(out.begin() + static_cast<std::ptrdiff_t>(size), out.end());
    } else {
      out.push_back({id, static_cast<uint32_t>(end - begin)});
    }
    end = begin;
  }
  std::reverse(out.begin() + static_cast<std::ptrdiff_t>(first), out.end());
}

}  // namespace prefscope
