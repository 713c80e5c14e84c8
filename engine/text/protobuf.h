// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace prefscope {

/// Reads the fields of a protocol buffers message one after the other; nothing is copied.
class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view message) : rest_(message) {}

  struct Field {
    uint32_t number = 0;
    uint64_t value = 0;      ///< of a varint or a fixed number; a float as its bits
    std::string_view bytes;  ///< of a length-delimited field
    bool is_bytes = false;
  };
  /// The next field; nothing at the end, and where the rest is no message (then damaged() says so).
  std::optional<Field> next();
  bool damaged() const { return damaged_; }

 private:
  std::optional<uint64_t> varint();
  std::optional<uint64_t> fixed(size_t bytes);
  std::string_view rest_;
  bool damaged_ = false;
};

}  // namespace prefscope
