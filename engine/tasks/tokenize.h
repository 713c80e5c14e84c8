// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/tokenizer.h"

namespace prefscope {

/// A token of a text, for people.
struct TokenOfText {
  int32_t id = 0;
  std::string token;           ///< as the vocabulary writes it: "Ġlow", "▁low", "<0x0A>"
  int32_t begin = 0, end = 0;  ///< what it stands for: [begin, end) in code points of the text
  bool special = false;        ///< one that text from outside never becomes
};

struct TokenizedText {
  std::vector<TokenOfText> tokens;
  std::string decoded;  ///< of these tokens; what a normalizer changed shows here
};

/// The tokenizer of a model. model: a Hugging Face folder, a tokenizer.json or tokenizer.model, or starter.
std::unique_ptr<Tokenizer> tokenizer_of(const std::string& model);

/// A text in its tokens, none added. special_tokens: the text is a template's, so those that it spells are found; else
/// it is from outside and holds none.
TokenizedText tokenize(const Tokenizer& tokenizer, std::string_view text, bool special_tokens);

}  // namespace prefscope
