// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "engine/text/bpe.h"
#include "engine/text/decoders.h"
#include "engine/text/normalizers.h"
#include "engine/text/pre_tokenizers.h"
#include "engine/text/trie.h"
#include "engine/text/unigram.h"

namespace prefscope {

/// A token beside the model's own, found in a text as it stands.
struct AddedToken {
  std::string content;
  int32_t id = 0;
  bool special = false;              ///< as the file says
  bool single_word = false;          ///< only where no letter, digit or mark touches it
  bool lstrip = false;               ///< takes the white space before it
  bool rstrip = false;               ///< and behind it
  bool normalized = false;           ///< found in the normalized text, not in the input
  std::string pattern;               ///< what is looked for: the content, normalized where `normalized`
  bool from_templates_only = false;  ///< special, or looks like markup: never found in text from outside. By finish()
};

/// A tokenizer as data, stage by stage.
struct TokenizerParts {
  std::vector<AddedToken> added;
  std::vector<Normalizer> normalizers;
  std::vector<PreTokenizer> pre_tokenizers;
  std::variant<Bpe, Unigram> model;
  bool trim_offsets = false;            ///< post-processor: blanks at a token's ends do not count as part of it
  bool trim_keeps_prefix = false;       ///< ... but the one that AddPrefixSpace put in front does
  std::vector<int32_t> prefix, suffix;  ///< post-processor: ids before and after a sequence
  std::vector<Decoder> decoders;

  // By finish():
  Trie raw, normalized;  ///< added tokens by pattern -> index in `added`
  std::unordered_map<int32_t, size_t> added_by_id;

  const Vocabulary& vocabulary() const {
    return std::visit([](const auto& m) -> const Vocabulary& { return m.vocabulary; }, model);
  }
  bool over_bytes() const { return std::holds_alternative<Bpe>(model) && std::get<Bpe>(model).over_bytes; }
};

/// Fills the derived members and makes sure that no text leads the model to a token from templates only: its string,
/// its merges and its place among the pieces are taken out. A token of one character (or byte) stays: that character
/// may have no other.
void finish(TokenizerParts& parts);

}  // namespace prefscope
