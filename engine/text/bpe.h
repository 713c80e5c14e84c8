// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/text/vocabulary.h"

namespace prefscope {

/// (left, right) as one key.
inline uint64_t pair_key(int32_t left, int32_t right) {
  return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
}

/// A merge: the pair (left, right) becomes `merged`; lower ranks go first, equal ones from the left.
struct Merge {
  uint64_t pair = UINT64_MAX;  ///< pair_key; UINT64_MAX: an empty place of the table
  int32_t rank = 0, merged = -1;
};

/// Merges by pair: an open hash table.
class MergeTable {
 public:
  /// Adds a merge, or replaces the one of the same pair.
  void add(int32_t left, int32_t right, int32_t rank, int32_t merged);
  /// The merge of a pair, or null.
  const Merge* find(int32_t left, int32_t right) const;
  /// Drops all merges that give this token.
  void drop(int32_t merged);
  size_t size() const { return used_; }

 private:
  size_t place_of(uint64_t pair) const;
  std::vector<Merge> places_;  // [power of two]
  size_t used_ = 0;
};

/// Byte-pair encoding (Sennrich et al. 2016, arXiv 1508.07909) over bytes, as GPT-2 does, or over code points, as
/// sentencepiece does.
struct Bpe {
  Vocabulary vocabulary;       ///< of raw bytes where over_bytes, else of UTF-8
  MergeTable merges;           ///< between ids
  bool over_bytes = true;      ///< a word begins as its bytes, else as its code points
  bool ignore_merges = false;  ///< a word that is a token is taken whole
  /// What a code point that is no token becomes: the tokens of its bytes where all are there ([256] with -1 for none,
  /// or empty), else `unknown`, else nothing (-1). Neighbours that are unknown become one where fuse_unknown.
  std::vector<int32_t> byte_tokens;
  int32_t unknown = -1;
  bool fuse_unknown = false;
  /// No merge joins "x▁": a word may be cut before each "▁" that follows something else, and its parts encoded by
  /// themselves. Set by prepare().
  bool cuts_at_metaspace = false;
  std::array<int32_t, 256> byte_ids{};  ///< ids of single bytes (ASCII only unless over_bytes), -1: none. By prepare()
  std::vector<bool> whole;              ///< [ids] whether merges lead from a token's string to that token. By prepare()
};

/// A token of a word and how many bytes of the word it covers.
struct WordPiece {
  int32_t id = 0;
  uint32_t bytes = 0;
};

/// Room that encode_word() uses again from word to word.
struct BpeScratch {
  std::vector<WordPiece> pieces;
  std::vector<int32_t> ranks, merged;
};

/// Fills the derived members. To be called after vocabulary and merges are complete.
void prepare(Bpe& bpe);

/// Appends the tokens of one word. What the vocabulary lacks, and nothing stands for, is left out, as the tokenizers
/// package does without an unk_token. O(n log n) in the word's length.
void encode_word(const Bpe& bpe, std::string_view word, BpeScratch& scratch, std::vector<WordPiece>& out);

}  // namespace prefscope
