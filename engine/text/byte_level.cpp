// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/byte_level.h"

#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <unordered_map>

namespace prefscope {
namespace {

void append_utf8(std::string& out, utf8proc_int32_t code_point) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto n = utf8proc_encode_char(code_point, bytes.data());
  out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(n));
}

/// Printable Latin-1 stands for itself, the other bytes follow from U+0100 on.
std::array<int32_t, 256> make_alphabet() {
  std::array<int32_t, 256> alphabet{};
  int32_t next = 256;
  for (int32_t b = 0; b < 256; ++b) {
    const bool printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
    alphabet[static_cast<size_t>(b)] = printable ? b : next++;
  }
  return alphabet;
}

const std::array<int32_t, 256> alphabet = make_alphabet();

std::string nfc_of(std::string_view text) {
  utf8proc_uint8_t* out = nullptr;
  const auto n =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &out, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(out, &std::free);
  return n < 0 ? std::string(text) : std::string(reinterpret_cast<const char*>(out), static_cast<size_t>(n));
}

/// Whether the first code point of valid text is a mark that may change places with marks before it.
bool begins_with_mark(std::string_view text) {
  utf8proc_int32_t code_point = 0;
  utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &code_point);
  return utf8proc_get_property(code_point)->combining_class != 0;
}

}  // namespace

std::string to_byte_alphabet(std::string_view bytes) {
  std::string out;
  for (const char b : bytes) append_utf8(out, alphabet[static_cast<unsigned char>(b)]);
  return out;
}

std::optional<std::string> from_byte_alphabet(std::string_view text) {
  static const std::unordered_map<int32_t, char> bytes = [] {
    std::unordered_map<int32_t, char> map;
    for (size_t b = 0; b < 256; ++b) map[alphabet[b]] = static_cast<char>(b);
    return map;
  }();
  std::string out;
  for (size_t i = 0; i < text.size();) {
    utf8proc_int32_t code_point = 0;
    const auto n = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + i,
                                    static_cast<utf8proc_ssize_t>(text.size() - i), &code_point);
    const auto found = n > 0 ? bytes.find(code_point) : bytes.end();
    if (found == bytes.end()) return std::nullopt;
    out += found->second;
    i += static_cast<size_t>(n);
  }
  return out;
}

std::string lossy_utf8(std::string_view bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size();) {
    const auto at = [&](size_t k) { return i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u; };
    const unsigned lead = at(0);
    if (lead < 0x80) {
      out += bytes[i++];
      continue;
    }
    // Table 3-7 of the Unicode standard: which second bytes may follow a lead byte.
    size_t length = 0;
    unsigned low = 0x80, high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) length = 2;
    if (lead >= 0xe0 && lead <= 0xef) length = 3, low = lead == 0xe0 ? 0xa0 : 0x80, high = lead == 0xed ? 0x9f : 0xbf;
    if (lead >= 0xf0 && lead <= 0xf4) length = 4, low = lead == 0xf0 ? 0x90 : 0x80, high = lead == 0xf4 ? 0x8f : 0xbf;
    size_t good = 1;
    if (length > 1 && at(1) >= low && at(1) <= high) {
      good = 2;
      while (good < length && at(good) >= 0x80 && at(good) <= 0xbf) ++good;
    }
    if (good == length) {
      out.append(bytes.substr(i, length));
    } else {
      out += "\xef\xbf\xbd";
    }
    i += good;
  }
  return out;
}

Normalized normalize(std::string_view text, bool nfc) {
  Normalized result;
  const bool changes = nfc && nfc_of(text) != text;
  std::vector<size_t> starts;  // of code points, in bytes
  for (size_t i = 0; i < text.size(); i += utf8_length(text[i])) starts.push_back(i);
  starts.push_back(text.size());
  const auto piece = [&](size_t from, size_t to) { return text.substr(starts[from], starts[to] - starts[from]); };

  for (size_t i = 0; i + 1 < starts.size();) {
    // A segment is a code point and those after it that composition may touch; it is normalized alone.
    size_t end = i + 1;
    while (changes && end + 1 < starts.size() &&
           (begins_with_mark(piece(end, end + 1)) ||
            nfc_of(piece(i, end + 1)) != nfc_of(piece(i, end)) + nfc_of(piece(end, end + 1))))
      ++end;
    const std::string composed = changes ? nfc_of(piece(i, end)) : std::string(piece(i, end));
    int32_t index = static_cast<int32_t>(i);
    for (size_t b = 0; b < composed.size(); b += utf8_length(composed[b])) {
      const size_t n = utf8_length(composed[b]);
      result.origin.insert(result.origin.end(), n, {index, index + 1});
      if (index + 1 < static_cast<int32_t>(end)) ++index;
    }
    result.text += composed;
    i = end;
  }
  return result;
}

}  // namespace prefscope
