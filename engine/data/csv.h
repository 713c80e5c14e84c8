// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace prefscope {

/// Reads comma-separated values as RFC 4180 says: quoted fields may hold commas, doubled quotes and line breaks; LF or
/// CRLF; a UTF-8 byte order mark is skipped. The content must outlive the reader.
class CsvReader {
 public:
  explicit CsvReader(std::string_view content);
  /// The next record, or false at the end. Empty lines are skipped.
  bool next(std::vector<std::string>& fields);
  /// Line, from 1, where the record that was read last begins.
  int64_t line() const { return line_; }
  /// Bytes read, for progress.
  size_t position() const { return position_; }
  /// What is wrong with the quotes of the record that was read last; empty when nothing is.
  const std::string& fault() const { return fault_; }

 private:
  std::string_view content_;
  size_t position_ = 0;
  int64_t line_ = 0, next_line_ = 1;
  std::string fault_;
};

}  // namespace prefscope
