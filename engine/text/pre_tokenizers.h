// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/text/aligned_text.h"
#include "engine/text/pattern.h"

namespace prefscope {

/// A text and the words that it is cut into; what lies between words is dropped.
struct Words {
  AlignedText text;
  std::vector<std::pair<uint32_t, uint32_t>> ranges;  ///< [begin, end) in bytes of text, none of them empty
};

// The second stage of a tokenizer: each of these cuts words finer, as the pre-tokenizer of that name in the tokenizers
// package. ByteLevel's rewriting in GPT-2's alphabet is no step: models over bytes have their vocabulary in bytes.

/// Split with the behaviour Isolated: at each match, which becomes a word of its own.
struct SplitAtPattern {
  Pattern pattern;
};
/// ByteLevel's add_prefix_space: a blank before each word that has none.
struct AddPrefixSpace {};
/// Blanks become a replacement ("▁"), which is put in front of the first word or all (unless it is there), and where
/// `split` each of them begins a word.
struct Metaspace {
  std::string replacement;
  enum class Prepend { always, first, never } prepend = Prepend::always;
  bool split = true;
};
/// At white space, which is dropped.
struct SplitAtWhiteSpace {};

using PreTokenizer = std::variant<SplitAtPattern, AddPrefixSpace, Metaspace, SplitAtWhiteSpace>;

void pre_tokenize(const PreTokenizer& step, Words& words);

}  // namespace prefscope
