// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/tokenizer_parts.h"

#include "engine/base/utf8.h"

namespace prefscope {
namespace {

/// Many checkpoints do not call all their control tokens special ("</s>" in Phi-3, "<think>" in Qwen3).
bool looks_like_markup(std::string_view text) {
  return text.size() > 2 &&
         ((text.front() == '<' && text.back() == '>') || (text.front() == '[' && text.back() == ']'));
}

void hide(Bpe& bpe, int32_t id) {
  const std::string_view text = bpe.vocabulary.string(id);
  if (text.empty() || text.size() <= (bpe.over_bytes ? 1 : utf8_length(text[0]))) return;
  bpe.vocabulary.hide(id);
  bpe.merges.drop(id);
}

}  // namespace

void finish(TokenizerParts& parts) {
  std::vector<bool> hidden(static_cast<size_t>(parts.vocabulary().size()), false);
  for (size_t i = 0; i < parts.added.size(); ++i) {
    AddedToken& token = parts.added[i];
    token.from_templates_only = token.special || looks_like_markup(token.content);
    if (token.from_templates_only && static_cast<size_t>(token.id) < hidden.size())
      hidden[static_cast<size_t>(token.id)] = true;
    parts.added_by_id.emplace(token.id, i);
    if (!token.pattern.empty())
      (token.normalized ? parts.normalized : parts.raw).insert(token.pattern, static_cast<int32_t>(i));
  }
  if (auto* bpe = std::get_if<Bpe>(&parts.model)) {
    for (size_t id = 0; id < hidden.size(); ++id) {
      if (hidden[id]) hide(*bpe, static_cast<int32_t>(id));
    }
    prepare(*bpe);
    return;
  }
  auto& unigram = std::get<Unigram>(parts.model);
  for (size_t id = 0; id < hidden.size(); ++id) {
    const std::string_view text = unigram.vocabulary.string(static_cast<int32_t>(id));
    const bool one = !text.empty() && text.size() == utf8_length(text[0]);
    if (!text.empty() && unigram.findable[id] && (!hidden[id] || one))
      unigram.pieces.insert(text, static_cast<int32_t>(id));
  }
}

}  // namespace prefscope
