// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/bpe.h"

#include <queue>
#include <tuple>

namespace prefscope {
namespace {

struct Symbol {
  int32_t id, previous, next;
  bool joined;  // to its left neighbour: no longer a symbol of its own
};

struct Candidate {
  int32_t rank, left, merged;
  int32_t left_id, right_id;  // as they were, so that an outdated candidate is recognised
  bool operator>(const Candidate& other) const { return std::tie(rank, left) > std::tie(other.rank, other.left); }
};

}  // namespace

void encode_word(const Bpe& bpe, std::string_view word, std::vector<int32_t>& out) {
  if (bpe.ignore_merges) {
    const auto whole = bpe.vocabulary.find(std::string(word));
    if (whole != bpe.vocabulary.end()) {
      out.push_back(whole->second);
      return;
    }
  }
  std::vector<Symbol> symbols;
  for (const char byte : word) {
    const int32_t id = bpe.byte_ids[static_cast<unsigned char>(byte)];
    if (id < 0) continue;
    const auto index = static_cast<int32_t>(symbols.size());
    symbols.push_back({id, index - 1, index + 1, false});
  }
  if (symbols.empty()) return;
  symbols.back().next = -1;

  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto consider = [&](int32_t left) {
    if (left < 0 || symbols[static_cast<size_t>(left)].next < 0) return;
    const int32_t left_id = symbols[static_cast<size_t>(left)].id;
    const int32_t right_id = symbols[static_cast<size_t>(symbols[static_cast<size_t>(left)].next)].id;
    const auto found = bpe.merges.find(pair_key(left_id, right_id));
    if (found != bpe.merges.end()) queue.push({found->second.rank, left, found->second.merged, left_id, right_id});
  };
  for (size_t i = 0; i + 1 < symbols.size(); ++i) consider(static_cast<int32_t>(i));
  while (!queue.empty()) {
    const Candidate top = queue.top();
    queue.pop();
    Symbol& left = symbols[static_cast<size_t>(top.left)];
    if (left.joined || left.next < 0 || left.id != top.left_id) continue;
    Symbol& right = symbols[static_cast<size_t>(left.next)];
    if (right.id != top.right_id) continue;
    left.id = top.merged;
    left.next = right.next;
    right.joined = true;
    if (left.next >= 0) symbols[static_cast<size_t>(left.next)].previous = top.left;
    consider(left.previous);
    consider(top.left);
  }
  for (int32_t i = 0; i >= 0; i = symbols[static_cast<size_t>(i)].next)
    out.push_back(symbols[static_cast<size_t>(i)].id);
}

}  // namespace prefscope
