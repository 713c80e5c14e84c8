// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prefscope {

/// GPT-2's alphabet: each byte as one printable code point. "Ġ" is the blank.
std::string to_byte_alphabet(std::string_view bytes);
/// Back to bytes; nothing when a code point is not of the alphabet.
std::optional<std::string> from_byte_alphabet(std::string_view text);

/// Bytes as UTF-8: each maximal invalid part becomes one U+FFFD (as Unicode recommends and Rust's from_utf8_lossy
/// does).
std::string lossy_utf8(std::string_view bytes);

/// Length in bytes of the code point at the start of valid UTF-8.
inline size_t utf8_length(char lead) {
  const auto c = static_cast<unsigned char>(lead);
  return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/// Text in normal form C, and for each of its bytes the range of code points of the input that it stands for.
struct Normalized {
  std::string text;
  std::vector<std::pair<int32_t, int32_t>> origin;  ///< [bytes] [begin, end) in code points
};
/// nfc: compose, else only the ranges are filled. The text must be valid UTF-8.
Normalized normalize(std::string_view text, bool nfc);

}  // namespace prefscope
