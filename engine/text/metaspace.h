// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string_view>

namespace prefscope {

/// U+2581, which sentencepiece and its kin write for a blank.
inline constexpr std::string_view metaspace = "\xe2\x96\x81";

/// Where the next word begins after `begin`: at a metaspace that follows something else than one; the text's size where
/// there is none.
inline size_t next_word(std::string_view text, size_t begin) {
  for (size_t at = begin;;) {
    at = text.find(metaspace, at + 1);
    if (at == std::string_view::npos) return text.size();
    if (at < metaspace.size() || text.substr(at - metaspace.size(), metaspace.size()) != metaspace) return at;
  }
}

}  // namespace prefscope
