// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/byte_level.h"

#include <array>
#include <cstdint>

#include "engine/base/utf8.h"

namespace prefscope {
namespace {

constexpr size_t letters = 256 + 68;  // code points below this may be of the alphabet: 68 bytes are not printable

struct Alphabet {
  std::array<char32_t, 256> letter{};
  std::array<int16_t, letters> byte{};  // -1: not of the alphabet

  /// Printable Latin-1 stands for itself, the other bytes follow from U+0100 on.
  Alphabet() {
    byte.fill(-1);
    char32_t next = 256;
    for (char32_t b = 0; b < 256; ++b) {
      const bool printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
      letter[b] = printable ? b : next++;
      byte[letter[b]] = static_cast<int16_t>(b);
    }
  }
};

const Alphabet alphabet;

}  // namespace

std::string to_byte_alphabet(std::string_view bytes) {
  std::string out;
  for (const char b : bytes) append_utf8(out, alphabet.letter[static_cast<unsigned char>(b)]);
  return out;
}

std::optional<std::string> from_byte_alphabet(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t n = utf8_length(text[i]);
    if (i + n > text.size()) return std::nullopt;
    const char32_t letter = code_point_at(text, i);
    if ((n == 1) != (letter < 0x80) || letter >= letters || alphabet.byte[letter] < 0) return std::nullopt;
    out += static_cast<char>(alphabet.byte[letter]);
    i += n;
  }
  return out;
}

}  // namespace prefscope
