// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <string_view>

namespace prefscope {

/// A title or value as it is kept, and what had to be mended in it.
struct CleanText {
  std::string text;
  bool undecodable = false;  ///< bytes that are not UTF-8, or control characters: each became U+FFFD
  bool entities = false;     ///< HTML entities were decoded: "&amp;" is "&"
  bool blanks = false;       ///< blanks at its ends were taken away, or tabs and line breaks within became blanks
};

/// entities: whether HTML entities are decoded, as web sites' titles need it; else they stay as they are.
CleanText clean_text(std::string_view raw, bool entities = true);

/// Text with its HTML entities decoded once: "&#39;", "&#xe9;", "&eacute;". What is no entity stays.
std::string decode_entities(std::string_view text);

}  // namespace prefscope
