// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/protobuf.h"

namespace prefscope {

std::optional<uint64_t> ProtobufReader::varint() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_[0]);
    rest_.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

std::optional<uint64_t> ProtobufReader::fixed(size_t bytes) {
  if (rest_.size() < bytes) return std::nullopt;
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value |= static_cast<uint64_t>(static_cast<unsigned char>(rest_[i])) << 8 * i;
  rest_.remove_prefix(bytes);
  return value;
}

std::optional<ProtobufReader::Field> ProtobufReader::next() {
  if (rest_.empty() || damaged_) return std::nullopt;
  damaged_ = true;  // until the field is whole
  const auto tag = varint();
  if (!tag || *tag >> 3 == 0 || *tag >> 3 > 0x1fffffff) return std::nullopt;
  Field field;
  field.number = static_cast<uint32_t>(*tag >> 3);
  std::optional<uint64_t> value;
  switch (*tag & 7) {
    case 0:
      value = varint();
      break;
    case 1:
      value = fixed(8);
      break;
    case 5:
      value = fixed(4);
      break;
    case 2:
      value = varint();
      if (!value || *value > rest_.size()) return std::nullopt;
      field.is_bytes = true;
      field.bytes = rest_.substr(0, *value);
      rest_.remove_prefix(*value);
      break;
    default:  // groups are long gone
      return std::nullopt;
  }
  if (!value) return std::nullopt;
  field.value = *value;
  damaged_ = false;
  return field;
}

}  // namespace prefscope
