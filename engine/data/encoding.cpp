// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/encoding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/utf8.h"

namespace prefscope {
namespace {

constexpr size_t piece_bytes = size_t{1} << 16;

/// Windows-1252 from 0x80 to 0x9f (WHATWG: the five that are not given stay control characters).
constexpr std::array<char32_t, 32> windows_1252 = {0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                                   0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,   0x017d, 0x8f,
                                                   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                                   0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};

/// What is decoded and not given out yet.
struct Decoding {
  ByteStream bytes;
  Encoding encoding;
  std::string raw = {}, text = {};
  size_t given = 0;
  bool begun = false;
  char16_t high = 0;  ///< a first half of a pair whose second has not come

  void decode_windows() {
    for (const char c : raw) {
      const auto byte = static_cast<unsigned char>(c);
      append_utf8(text, byte >= 0x80 && byte < 0xa0 ? windows_1252[byte - 0x80] : byte);
    }
    raw.clear();
  }
  void decode_utf16(bool at_end) {
    const bool little = encoding == Encoding::Utf16Little;
    size_t i = 0;
    for (; i + 1 < raw.size(); i += 2) {
      const auto first = static_cast<unsigned char>(raw[i]), second = static_cast<unsigned char>(raw[i + 1]);
      const auto unit = static_cast<char16_t>(little ? first | second << 8 : first << 8 | second);
      const bool is_low = unit >= 0xdc00 && unit < 0xe000, is_high = unit >= 0xd800 && unit < 0xdc00;
      if (high != 0 && is_low) {
        append_utf8(text, 0x10000 + ((static_cast<char32_t>(high) - 0xd800) << 10) + (unit - 0xdc00));
        high = 0;
        continue;
      }
      if (high != 0) append_utf8(text, 0xfffd);
      high = is_high ? unit : char16_t{0};
      if (!is_high) append_utf8(text, is_low ? 0xfffd : unit);
    }
    raw.erase(0, i);
    if (at_end && (!raw.empty() || high != 0)) {
      append_utf8(text, 0xfffd);
      raw.clear();
      high = 0;
    }
  }
  size_t read(char* into, size_t room) {
    while (given == text.size()) {
      text.clear();
      given = 0;
      const size_t before = raw.size();
      raw.resize(before + piece_bytes);
      const size_t n = read_fully(bytes, raw.data() + before, piece_bytes);
      raw.resize(before + n);
      if (!begun) {  // UTF-16 begins with its mark
        begun = true;
        if (encoding != Encoding::Windows1252 && (raw.starts_with("\xff\xfe") || raw.starts_with("\xfe\xff")))
          raw.erase(0, 2);
      }
      if (encoding == Encoding::Windows1252) {
        decode_windows();
      } else {
        decode_utf16(n == 0);
      }
      if (n == 0 && text.empty()) return 0;
    }
    const size_t n = std::min(room, text.size() - given);
    std::memcpy(into, text.data() + given, n);
    given += n;
    return n;
  }
};

}  // namespace

std::string encoding_name(Encoding encoding) {
  switch (encoding) {
    case Encoding::Utf8:
      return "UTF-8";
    case Encoding::Utf8Mark:
      return "UTF-8 with a byte order mark";
    case Encoding::Utf16Little:
      return "UTF-16 LE";
    case Encoding::Utf16Big:
      return "UTF-16 BE";
    case Encoding::Windows1252:
      return "Windows-1252";
  }
  return "";
}

Encoding encoding_from_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '-' && c != '_' && c != ' ') plain += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  if (plain == "utf8") return Encoding::Utf8;
  if (plain == "utf16le") return Encoding::Utf16Little;
  if (plain == "utf16be") return Encoding::Utf16Big;
  if (plain == "latin1" || plain == "iso88591" || plain == "windows1252" || plain == "cp1252")
    return Encoding::Windows1252;
  throw Error(ErrorKind::BadInput,
              fmt::format("encoding {}: expected utf-8, utf-16le, utf-16be, latin-1 or windows-1252", name));
}

void EncodingJudge::add(std::string_view piece) {
  std::string joined;
  if (!rest_.empty()) {
    joined = rest_ + std::string(piece);
    piece = joined;
  }
  if (!begun_ && piece.size() >= 3) {
    begun_ = true;
    marked_ = true;
    if (piece.starts_with("\xef\xbb\xbf")) {
      mark_ = Encoding::Utf8Mark;
      marked_ = false;  // its bytes may still be wrong, but UTF-8 it is
    } else if (piece.starts_with("\xff\xfe")) {
      mark_ = Encoding::Utf16Little;
    } else if (piece.starts_with("\xfe\xff")) {
      mark_ = Encoding::Utf16Big;
    } else {
      marked_ = false;
    }
  }
  if (marked_) return;
  // Up to three bytes at the end may be a character's beginning.
  size_t whole = piece.size();
  for (size_t back = 1; back <= 3 && back <= piece.size(); ++back) {
    const auto c = static_cast<unsigned char>(piece[piece.size() - back]);
    if (c < 0x80) break;
    if (c >= 0xc0) {
      whole = piece.size() - back;
      break;
    }
  }
  if (!begun_) whole = 0;
  const std::string_view text = piece.substr(0, whole);
  // Most pieces are ASCII or right, which is seen fast; only the others are looked at character by character.
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!ascii) {
    for (size_t i = 0; i < text.size();) {
      const size_t length = utf8_length(text[i]);
      if (static_cast<unsigned char>(text[i]) < 0x80) {
        ++i;
      } else if (i + length <= text.size() && is_utf8(text.substr(i, length))) {
        ++right_;
        i += length;
      } else {
        ++wrong_;
        ++i;
      }
    }
  }
  rest_ = std::string(piece.substr(whole));
}

Encoding EncodingJudge::encoding() {
  if (!begun_ && rest_.size() >= 2 && (rest_.starts_with("\xff\xfe") || rest_.starts_with("\xfe\xff")))
    return rest_[0] == '\xff' ? Encoding::Utf16Little : Encoding::Utf16Big;
  if (marked_ || mark_ == Encoding::Utf8Mark) return mark_;
  if (!is_utf8(rest_)) ++wrong_;
  rest_.clear();
  return wrong_ > right_ ? Encoding::Windows1252 : Encoding::Utf8;
}

ByteStream decoded(ByteStream bytes, Encoding encoding) {
  if (encoding == Encoding::Utf8 || encoding == Encoding::Utf8Mark) {
    std::string begin(3, '\0');
    begin.resize(read_fully(bytes, begin.data(), begin.size()));
    return begin == "\xef\xbb\xbf" ? bytes : with_front(begin, std::move(bytes));
  }
  const auto state = std::make_shared<Decoding>(Decoding{std::move(bytes), encoding});
  return {[state](char* into, size_t room) { return state->read(into, room); },
          [state] { return state->bytes.done(); }};
}

}  // namespace prefscope
