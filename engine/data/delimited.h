// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/text_window.h"

namespace prefscope {

/// How a table of text separates its fields.
struct DelimitedForm {
  std::string separator = ",";     ///< one or two characters: , ; | :: or a tab
  bool quoted = true;              ///< whether "..." may hold separators and line breaks, a quote in it written twice
  bool backslash_escapes = false;  ///< within quotes: \" and \\ (the older Book-Crossing files)
};

/// Reads records of fields: RFC 4180 for separator "," with quotes. LF or CRLF; empty lines are skipped. The text is
/// UTF-8 without a byte order mark (see decoded()), or any bytes. A record has at most 10,000 fields.
class DelimitedReader {
 public:
  DelimitedReader(ByteStream text, const DelimitedForm& form);
  /// The next record, or false at the end. The fields live until the next call.
  bool next(std::vector<std::string_view>& fields);
  /// Line, from 1, where the record that was read last begins.
  int64_t line() const { return line_; }
  /// Share of the file that was read, 0 .. 1.
  double done() const { return window_.done(); }
  /// What is wrong with the record that was read last; empty when nothing is.
  const std::string& fault() const { return fault_; }

 private:
  struct Span {
    size_t begin, end;
    bool escaped;  ///< holds doubled or escaped quotes, which are still to be made one
  };
  enum class Found { Record, End, Cut };
  Found find_record();
  void unescape(Span& span);

  TextWindow window_;
  char separator_, second_;  ///< second_: 0 where one character separates
  bool quoted_, backslash_;
  std::vector<Span> spans_;
  size_t position_ = 0, record_end_ = 0;
  int64_t line_ = 0, next_line_ = 1, lines_in_record_ = 0;
  bool over_ = false;  ///< what comes after the record that was read last cannot be told apart
  std::string fault_;
};

/// "the tab" or "\",\"", for messages.
std::string separator_name(const std::string& separator);

}  // namespace prefscope
