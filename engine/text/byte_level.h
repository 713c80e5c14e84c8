// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace prefscope {

/// GPT-2's alphabet: each byte as one printable code point. "Ġ" is the blank.
std::string to_byte_alphabet(std::string_view bytes);
/// Back to bytes; nothing when a code point is not of the alphabet.
std::optional<std::string> from_byte_alphabet(std::string_view text);

/// Bytes of UTF-8 that a byte takes in the alphabet: 1 or 2.
inline size_t alphabet_width(char byte) {
  return byte >= '!' && byte <= '~' ? 1 : 2;
}

}  // namespace prefscope
