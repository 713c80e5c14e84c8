// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/bpe.h"

#include <algorithm>
#include <queue>
#include <tuple>

#include "engine/base/utf8.h"
#include "engine/text/hash.h"
#include "engine/text/metaspace.h"

namespace prefscope {
namespace {

constexpr int32_t no_merge = INT32_MAX;
/// Up to here the lowest rank is looked for by walking over all: quicker than a queue for what words are.
constexpr size_t short_word = 48;

/// The word as single bytes or code points.
void begin_word(const Bpe& bpe, std::string_view word, std::vector<WordPiece>& pieces) {
  pieces.clear();
  bool unknown_before = false;
  for (size_t i = 0; i < word.size();) {
    const size_t n = bpe.over_bytes ? 1 : utf8_length(word[i]);
    const auto byte_token = [&](size_t b) { return bpe.byte_tokens[static_cast<unsigned char>(word[i + b])]; };
    const int32_t id =
        n == 1 ? bpe.byte_ids[static_cast<unsigned char>(word[i])] : bpe.vocabulary.find(word.substr(i, n));
    bool unknown = false;
    if (id >= 0) {
      pieces.push_back({id, static_cast<uint32_t>(n)});
    } else {
      bool by_bytes = !bpe.byte_tokens.empty();
      for (size_t b = 0; b < n && by_bytes; ++b) by_bytes = byte_token(b) >= 0;
      unknown = !by_bytes && bpe.unknown >= 0;
      for (size_t b = 0; b < n && by_bytes; ++b) pieces.push_back({byte_token(b), 1});
    }
    if (unknown && unknown_before && bpe.fuse_unknown) {
      pieces.back().bytes += static_cast<uint32_t>(n);
    } else if (unknown) {
      pieces.push_back({bpe.unknown, static_cast<uint32_t>(n)});
    }
    unknown_before = unknown;
    i += n;
  }
}

void merge_short(const Bpe& bpe, BpeScratch& scratch) {
  std::vector<WordPiece>& pieces = scratch.pieces;
  std::vector<int32_t>&ranks = scratch.ranks, &merged = scratch.merged;
  ranks.assign(pieces.size(), no_merge);
  merged.resize(pieces.size());
  const auto consider = [&](size_t left) {
    const Merge* merge = bpe.merges.find(pieces[left].id, pieces[left + 1].id);
    ranks[left] = merge ? merge->rank : no_merge;
    if (merge) merged[left] = merge->merged;
  };
  size_t n = pieces.size();
  for (size_t i = 0; i + 1 < n; ++i) consider(i);
  while (n > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < n; ++i) {
      if (ranks[i] < ranks[best]) best = i;
    }
    if (ranks[best] == no_merge) break;
    pieces[best] = {merged[best], pieces[best].bytes + pieces[best + 1].bytes};
    --n;
    for (size_t i = best + 1; i < n; ++i) {
      pieces[i] = pieces[i + 1];
      ranks[i] = ranks[i + 1];
      merged[i] = merged[i + 1];
    }
    ranks[n - 1] = no_merge;
    if (best + 1 < n) consider(best);
    if (best > 0) consider(best - 1);
  }
  pieces.resize(n);
}

struct Candidate {
  int32_t rank;
  uint32_t left, right;
  int32_t left_id, right_id;  // as they were, so that an outdated candidate is recognised
  int32_t merged;
  bool operator>(const Candidate& other) const { return std::tie(rank, left) > std::tie(other.rank, other.left); }
};

void merge_long(const Bpe& bpe, BpeScratch& scratch) {
  constexpr uint32_t none = UINT32_MAX;
  std::vector<WordPiece>& pieces = scratch.pieces;
  const auto count = static_cast<uint32_t>(pieces.size());
  std::vector<uint32_t> previous(count), next(count);
  for (uint32_t i = 0; i < count; ++i) previous[i] = i == 0 ? none : i - 1, next[i] = i + 1 == count ? none : i + 1;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto consider = [&](uint32_t left) {
    if (left == none || next[left] == none) return;
    const uint32_t right = next[left];
    const Merge* merge = bpe.merges.find(pieces[left].id, pieces[right].id);
    if (merge) queue.push({merge->rank, left, right, pieces[left].id, pieces[right].id, merge->merged});
  };
  for (uint32_t i = 0; i < count; ++i) consider(i);
  while (!queue.empty()) {
    const Candidate top = queue.top();
    queue.pop();
    WordPiece &left = pieces[top.left], &right = pieces[top.right];
    // A piece that was joined to its left has no bytes any more.
    if (left.bytes == 0 || right.bytes == 0 || next[top.left] != top.right || left.id != top.left_id ||
        right.id != top.right_id)
      continue;
    left = {top.merged, left.bytes + right.bytes};
    right.bytes = 0;
    next[top.left] = next[top.right];
    if (next[top.left] != none) previous[next[top.left]] = top.left;
    consider(previous[top.left]);
    consider(top.left);
  }
  std::erase_if(pieces, [](const WordPiece& piece) { return piece.bytes == 0; });
}

void encode_part(const Bpe& bpe, std::string_view word, BpeScratch& scratch, std::vector<WordPiece>& out) {
  const int32_t id = bpe.vocabulary.find(word);
  if (id >= 0 && (bpe.ignore_merges || bpe.whole[static_cast<size_t>(id)])) {
    out.push_back({id, static_cast<uint32_t>(word.size())});
    return;
  }
  begin_word(bpe, word, scratch.pieces);
  if (scratch.pieces.size() > short_word) {
    merge_long(bpe, scratch);
  } else {
    merge_short(bpe, scratch);
  }
  out.insert(out.end(), scratch.pieces.begin(), scratch.pieces.end());
}

}  // namespace

size_t MergeTable::place_of(uint64_t pair) const {
  const size_t mask = places_.size() - 1;
  size_t place = mixed(pair) & mask;
  while (places_[place].pair != pair && places_[place].pair != UINT64_MAX) place = (place + 1) & mask;
  return place;
}

void MergeTable::add(int32_t left, int32_t right, int32_t rank, int32_t merged) {
  if (2 * (used_ + 1) > places_.size()) {
    std::vector<Merge> old = std::move(places_);
    places_.assign(old.empty() ? 1024 : 2 * old.size(), Merge{});
    for (const Merge& merge : old) {
      if (merge.pair != UINT64_MAX) places_[place_of(merge.pair)] = merge;
    }
  }
  Merge& place = places_[place_of(pair_key(left, right))];
  if (place.pair == UINT64_MAX) ++used_;
  place = {pair_key(left, right), rank, merged};
}

const Merge* MergeTable::find(int32_t left, int32_t right) const {
  if (places_.empty()) return nullptr;
  const Merge& merge = places_[place_of(pair_key(left, right))];
  return merge.merged < 0 ? nullptr : &merge;
}

void MergeTable::drop(int32_t merged) {
  for (Merge& merge : places_) {
    if (merge.merged == merged) merge.merged = -1;
  }
}

void prepare(Bpe& bpe) {
  for (size_t b = 0; b < 256; ++b) {
    const auto byte = static_cast<char>(b);
    bpe.byte_ids[b] = bpe.over_bytes || b < 0x80 ? bpe.vocabulary.find({&byte, 1}) : -1;
  }
  const int32_t size = bpe.vocabulary.size();
  // No piece reaches over such a place if no token has "▁" behind something else: every merge gives a token. Unknown
  // characters that are left out, or become one with their neighbours, would bring together what the cut parts.
  const auto& bytes = bpe.byte_tokens;
  const bool all_known = !bytes.empty() && std::find(bytes.begin(), bytes.end(), -1) == bytes.end();
  bpe.cuts_at_metaspace = !bpe.over_bytes && (all_known || (bpe.unknown >= 0 && !bpe.fuse_unknown));
  for (int32_t id = 0; id < size && bpe.cuts_at_metaspace; ++id) {
    const std::string_view token = bpe.vocabulary.string(id);
    bpe.cuts_at_metaspace = next_word(token, 0) == token.size();
  }
  bpe.whole.assign(static_cast<size_t>(size), false);
  BpeScratch scratch;
  std::vector<WordPiece> pieces;
  for (int32_t id = 0; id < size; ++id) {
    const std::string_view token = bpe.vocabulary.string(id);
    if (token.empty() || bpe.vocabulary.find(token) != id) continue;
    begin_word(bpe, token, scratch.pieces);
    if (scratch.pieces.size() > short_word) continue;  // rare, and right without
    merge_short(bpe, scratch);
    bpe.whole[static_cast<size_t>(id)] = scratch.pieces.size() == 1 && scratch.pieces[0].id == id;
  }
}

void encode_word(const Bpe& bpe, std::string_view word, BpeScratch& scratch, std::vector<WordPiece>& out) {
  // A word taken whole for its own sake must not be cut.
  if (!bpe.cuts_at_metaspace || bpe.ignore_merges) return encode_part(bpe, word, scratch, out);
  for (size_t begin = 0; begin < word.size();) {
    const size_t end = next_word(word, begin);
    encode_part(bpe, word.substr(begin, end - begin), scratch, out);
    begin = end;
  }
}

}  // namespace prefscope
