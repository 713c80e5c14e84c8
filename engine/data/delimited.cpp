// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/delimited.h"

#include <fmt/format.h>

namespace prefscope {
namespace {

constexpr size_t max_columns = 10'000;               // a line of separators would take 24 times its bytes
constexpr size_t max_field_bytes = size_t{1} << 20;  // a forgotten quote would take the rest of the file for one field

}  // namespace

std::string separator_name(const std::string& separator) {
  return separator == "\t" ? "a tab" : fmt::format("\"{}\"", separator);
}

DelimitedReader::DelimitedReader(ByteStream text, const DelimitedForm& form)
    : window_(std::move(text)),
      separator_(form.separator.at(0)),
      second_(form.separator.size() > 1 ? form.separator[1] : '\0'),
      quoted_(form.quoted),
      backslash_(form.backslash_escapes) {}

/// Finds the fields of the record at position_. Cut: the window ends before the record does; nothing was changed, so
/// that it can be tried again with more of the text.
DelimitedReader::Found DelimitedReader::find_record() {
  const char* const text = window_.data();
  const size_t end = window_.end();
  const bool last = window_.at_end();
  size_t i = position_;
  int64_t lines = next_line_;
  while (i < end && (text[i] == '\n' || (text[i] == '\r' && (i + 1 < end ? text[i + 1] == '\n' : last)))) {
    if (text[i++] == '\n') ++lines;
  }
  position_ = i;
  next_line_ = lines;
  if (i == end) return last ? Found::End : Found::Cut;
  spans_.clear();
  fault_.clear();
  lines_in_record_ = 0;
  size_t begin = i;
  for (;;) {
    if (quoted_ && i < end && text[i] == '"') {
      bool escaped = false, open = true;
      for (++i; i < end; ++i) {
        const char c = text[i];
        if (c == '"') {
          if (i + 1 == end && !last) return Found::Cut;
          if (i + 1 < end && text[i + 1] == '"') {
            escaped = true;
            ++i;
            continue;
          }
          open = false;
          break;
        }
        if (c == '\n') ++lines_in_record_;
        if (backslash_ && c == '\\') {
          if (i + 1 == end && !last) return Found::Cut;
          escaped = true;
          if (i + 1 < end && text[++i] == '\n') ++lines_in_record_;
        }
        if (i - begin > max_field_bytes) {
          fault_ = "a field of more than 1 MiB; a closing quote is probably missing";
          spans_.push_back({begin + 1, i, false});
          over_ = true;
          return Found::Record;
        }
      }
      if (open) {
        if (!last) return Found::Cut;
        fault_ = "a quoted field does not end; the file is cut short or a quote is missing";
        spans_.push_back({begin + 1, end, escaped});
        record_end_ = end;
        return Found::Record;
      }
      spans_.push_back({begin + 1, i, escaped});
      const size_t after = ++i;
      while (i < end && text[i] != '\n' &&
             !(text[i] == separator_ && (second_ == 0 || (i + 1 < end && text[i + 1] == second_))))
        ++i;
      if (i > after && !(i - after == 1 && text[after] == '\r' && (i == end ? last : text[i] == '\n')))
        fault_ = "text after a closing quote; a quote within a quoted field is written twice";
    } else {
      while (i < end && text[i] != '\n' &&
             !(text[i] == separator_ && (second_ == 0 || (i + 1 < end && text[i + 1] == second_))))
        ++i;
      const bool ends_line = i < end ? text[i] == '\n' : last;
      const size_t stop = ends_line && i > begin && text[i - 1] == '\r' ? i - 1 : i;
      spans_.push_back({begin, stop, false});
    }
    if (i == end) {
      if (!last) return Found::Cut;
      record_end_ = end;
      return Found::Record;
    }
    if (text[i] == '\n') {  // left for the next record, which counts it
      record_end_ = i;
      return Found::Record;
    }
    if (spans_.size() == max_columns) {
      fault_ = fmt::format("a line of more than {} columns; the separator is probably another", max_columns);
      over_ = true;
      return Found::Record;
    }
    i += second_ != 0 ? 2 : 1;
    begin = i;
  }
}

/// In place: what is between the quotes only becomes shorter.
void DelimitedReader::unescape(Span& span) {
  char* const text = window_.data();
  size_t out = span.begin;
  for (size_t i = span.begin; i < span.end; ++i) {
    if (i + 1 < span.end && (text[i] == '"' || (backslash_ && text[i] == '\\'))) ++i;
    text[out++] = text[i];
  }
  span.end = out;
}

bool DelimitedReader::next(std::vector<std::string_view>& fields) {
  if (over_) return false;
  position_ = record_end_;
  Found found = find_record();
  while (found == Found::Cut) {
    if (window_.end() - position_ > max_record_bytes) {
      line_ = next_line_;
      fault_ = fmt::format("a line of more than {} MiB; a line break or a closing quote is probably missing",
                           max_record_bytes >> 20);
      fields.assign(1, std::string_view(window_.data() + position_, 60));
      over_ = true;
      return true;
    }
    window_.slide(position_);
    record_end_ = position_ = 0;
    found = find_record();
  }
  if (found == Found::End) return false;
  line_ = next_line_;
  next_line_ += lines_in_record_;
  fields.clear();
  for (Span& span : spans_) {
    if (span.escaped) unescape(span);
    fields.emplace_back(window_.data() + span.begin, span.end - span.begin);
  }
  return true;
}

}  // namespace prefscope
