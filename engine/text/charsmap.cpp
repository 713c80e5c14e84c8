// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/charsmap.h"

#include <cstring>

#include "engine/base/utf8.h"

// A unit of darts-clone (github.com/s-yata/darts-clone): bit 8 says that the place it leads to, by the byte 0, is a
// leaf with a value; a node's label is its byte, and its offset, XORed with its own place and a byte, is the child's
// place.

namespace prefscope {
namespace {

bool has_leaf(uint32_t unit) {
  return (unit >> 8 & 1) != 0;
}
uint32_t value_of(uint32_t unit) {
  return unit & 0x7fffffffu;
}
uint32_t label_of(uint32_t unit) {
  return unit & (1u << 31 | 0xffu);
}
size_t offset_of(uint32_t unit) {
  return static_cast<size_t>(unit >> 10) << ((unit & 1u << 9) >> 6);
}

}  // namespace

std::optional<Charsmap> Charsmap::read(std::string_view bytes) {
  uint32_t size = 0;
  if (bytes.size() < sizeof(size)) return std::nullopt;
  std::memcpy(&size, bytes.data(), sizeof(size));
  bytes.remove_prefix(sizeof(size));
  if (size == 0 || size % 4 != 0 || size >= bytes.size()) return std::nullopt;
  Charsmap map;
  map.units_.resize(size / 4);
  std::memcpy(map.units_.data(), bytes.data(), size);
  map.texts_ = bytes.substr(size);
  if (map.texts_.back() != '\0' || !is_utf8(map.texts_)) return std::nullopt;
  for (size_t c = 1; c < 128; ++c) {
    const size_t place = offset_of(map.units_[0]) ^ c;
    map.ascii_[c] = place < map.units_.size() && label_of(map.units_[place]) == c;
  }
  return map;
}

std::optional<Charsmap::Match> Charsmap::match(std::string_view text, bool longest) const {
  if (units_.empty()) return std::nullopt;
  std::optional<Match> found;
  size_t place = offset_of(units_[0]);
  for (size_t i = 0; i < text.size() && text[i] != '\0'; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    place ^= byte;
    if (place >= units_.size() || label_of(units_[place]) != byte) break;
    const uint32_t unit = units_[place];
    place ^= offset_of(unit);
    if (place >= units_.size()) break;
    if (has_leaf(unit) && value_of(units_[place]) < texts_.size()) {
      found = {i + 1, std::string_view(texts_.c_str() + value_of(units_[place]))};
      if (!longest) break;
    }
  }
  return found;
}

std::optional<Charsmap::Match> Charsmap::shortest(std::string_view text) const {
  return match(text, false);
}
std::optional<Charsmap::Match> Charsmap::longest(std::string_view text) const {
  return match(text, true);
}

}  // namespace prefscope
