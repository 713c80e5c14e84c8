// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/text/bpe.h"
#include "engine/text/trie.h"
#include "engine/text/vocabulary.h"

namespace prefscope {

/// A unigram language model (Kudo 2018, arXiv 1804.10959): a word is cut so that the sum of its pieces' scores is
/// highest.
struct Unigram {
  Vocabulary vocabulary;       ///< UTF-8
  std::vector<double> scores;  ///< [ids] log-probs
  std::vector<bool> findable;  ///< [ids] whether a text may hold it
  Trie pieces;                 ///< those, with their ids
  double unknown_score = 0;    ///< of a code point that no piece holds alone
  int32_t unknown = -1;        ///< its id; neighbours become one
  std::vector<int32_t>
      byte_tokens;  ///< [256], -1 for none, or empty: what an unknown text becomes instead, where all are there
  /// Sums are rounded to float after each addition and byte_tokens stand for one code point at a time; else doubles are
  /// added and byte_tokens stand for all unknown neighbours, as the tokenizers package does.
  bool as_sentencepiece = false;
};

struct UnigramScratch {
  struct Node {
    double score = 0;
    int32_t id = 0;
    uint32_t begin = UINT32_MAX;  // UINT32_MAX: not reached
  };
  std::vector<Node> nodes;  // [bytes + 1]
};

/// Appends the tokens of one word of valid UTF-8. Where byte_tokens stand for an unknown text, the first covers all its
/// bytes and the others none.
void encode_word(const Unigram& model, std::string_view word, UnigramScratch& scratch, std::vector<WordPiece>& out);

}  // namespace prefscope
