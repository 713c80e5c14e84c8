// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <vector>

#include "engine/data/byte_stream.h"

namespace prefscope {

/// The longest record of a table or of JSON lines, in bytes: a longer one is another kind of file, or a quote is
/// missing.
inline constexpr size_t max_record_bytes = size_t{16} << 20;

/// A window that slides over a stream: what begins at `begin` is kept while more is read behind it. Behind its end lie
/// bytes that may be read without a look at the size (simdjson wants 32).
class TextWindow {
 public:
  explicit TextWindow(ByteStream stream);
  char* data() { return bytes_.data(); }
  /// One behind the last byte that is there.
  size_t end() const { return end_; }
  bool at_end() const { return at_end_; }
  /// Moves what is at `begin` and behind it to the front and reads more. Where nothing more comes, at_end().
  void slide(size_t begin);
  double done() const { return stream_.done(); }

 private:
  ByteStream stream_;
  std::vector<char> bytes_;
  size_t end_ = 0;
  bool at_end_ = false;
};

}  // namespace prefscope
