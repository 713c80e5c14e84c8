// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace prefscope {

/// A merge: the pair (left, right) becomes `merged`; lower ranks go first.
struct Merge {
  int32_t rank = 0, merged = 0;
};

/// (left, right) as one key.
inline uint64_t pair_key(int32_t left, int32_t right) {
  return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
}

/// Byte-pair encoding over bytes (Sennrich et al. 2016, arXiv 1508.07909).
struct Bpe {
  std::unordered_map<std::string, int32_t> vocabulary;  ///< by raw bytes
  std::unordered_map<uint64_t, Merge> merges;           ///< by pair_key
  std::vector<int32_t> byte_ids;  ///< [256] id of each single byte; -1 where the vocabulary lacks it
  bool ignore_merges = false;     ///< a word that is a token is taken whole
};

/// Appends the tokens of one word. Bytes that the vocabulary lacks are left out, as the tokenizers package does without
/// an unk_token. O(n log n) in the word's length.
void encode_word(const Bpe& bpe, std::string_view word, std::vector<int32_t>& out);

}  // namespace prefscope
