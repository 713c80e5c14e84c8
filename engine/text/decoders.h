// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "engine/text/pattern.h"

namespace prefscope {

// The last stage of a tokenizer, from tokens back to text: each of these rewrites the tokens, as the decoder of that
// name in the tokenizers package.

/// The tokens are bytes: joined, and what is no UTF-8 becomes U+FFFD.
struct DecodeBytes {};
/// Each occurrence within a token.
struct DecodeReplace {
  std::string text, content;
};
/// "▁" to blanks; those of the first token are dropped where drop_first.
struct DecodeMetaspace {
  std::string replacement;
  bool drop_first = true;
};
/// Runs of tokens like <0xE4> to the text of these bytes, or a U+FFFD each where they are no UTF-8.
struct DecodeByteTokens {};
/// All tokens to one.
struct DecodeFuse {};
/// Up to so many of a character from both ends of each token.
struct DecodeStrip {
  std::string content;
  size_t start = 0, stop = 0;
};

/// Up to so many marks ("▁") in front of the whole are dropped, over tokens that have nothing else: sentencepiece's own
/// rule.
struct DecodeLeadingMarks {
  std::string mark;
  size_t most = 0;
};

using Decoder = std::variant<DecodeBytes, DecodeReplace, DecodeMetaspace, DecodeByteTokens, DecodeFuse, DecodeStrip,
                             DecodeLeadingMarks>;

void decode(const Decoder& step, std::vector<std::string>& tokens);

/// The byte of a token like <0xE4>; -1 for others.
int byte_of_token(std::string_view token);

}  // namespace prefscope
