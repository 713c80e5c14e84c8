// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace prefscope {

/// Bytes as UTF-8: each maximal invalid part becomes one U+FFFD (as Unicode recommends and Rust's from_utf8_lossy
/// does).
std::string lossy_utf8(std::string_view bytes);
/// The same for a message: control characters but the tab become \x00, \x1b and so on.
std::string printable(std::string_view bytes);
/// Whether lossy_utf8 would change nothing.
bool is_utf8(std::string_view bytes);

/// Length in bytes of the code point that begins with this byte, in valid UTF-8.
inline size_t utf8_length(char lead) {
  const auto c = static_cast<unsigned char>(lead);
  return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/// The code point at a byte of valid UTF-8.
char32_t code_point_at(std::string_view text, size_t at);
/// Appends a code point; U+FFFD for one that is none.
void append_utf8(std::string& out, char32_t code_point);

/// Unicode's White_Space (Rust's char::is_whitespace).
bool is_white_space(char32_t code_point);

}  // namespace prefscope
