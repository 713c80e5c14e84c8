// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/text/aligned_text.h"
#include "engine/text/charsmap.h"
#include "engine/text/pattern.h"
#include "engine/text/trie.h"
#include "engine/text/unicode_forms.h"

namespace prefscope {

// The first stage of a tokenizer: each of these rewrites a text, as the normalizer of that name in the tokenizers
// package.

struct Prepend {
  std::string text;
};
/// Every occurrence, from the left.
struct ReplaceText {
  std::string text, content;
};
struct ReplacePattern {
  Pattern pattern;
  std::string content;
};
/// White space at the ends.
struct Strip {
  bool left = false, right = false;
};
/// A charsmap by grapheme clusters of less than six bytes, else by code points (the package's Precompiled).
struct PrecompiledMap {
  Charsmap map;
};
/// What sentencepiece itself does: longest entries of the map, blanks at the ends and beside blanks left out, a blank
/// in front, each blank as "▁".
struct SentencePieceRules {
  Charsmap map;
  Trie kept;  ///< pieces that the map does not touch (user defined symbols)
  bool dummy_prefix = true, remove_extra_blanks = true, escape_blanks = true;
};

using Normalizer =
    std::variant<UnicodeForm, Prepend, ReplaceText, ReplacePattern, Strip, PrecompiledMap, SentencePieceRules>;

void normalize(const Normalizer& normalizer, AlignedText& text);

}  // namespace prefscope
