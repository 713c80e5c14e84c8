// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/csv.h"

namespace prefscope {
namespace {

constexpr size_t max_field_bytes = size_t{1} << 20;  // a forgotten quote would take the rest of the file for one field

}  // namespace

CsvReader::CsvReader(std::string_view content) : content_(content) {
  if (content_.starts_with("\xef\xbb\xbf")) position_ = 3;
}

bool CsvReader::next(std::vector<std::string>& fields) {
  const auto at = [this](size_t i) { return i < content_.size() ? content_[i] : '\0'; };
  // The break that ended the last record, and empty lines.
  while (at(position_) == '\n' || (at(position_) == '\r' && at(position_ + 1) == '\n')) {
    if (content_[position_++] == '\n') ++next_line_;
  }
  if (position_ >= content_.size()) return false;
  line_ = next_line_;
  fault_.clear();
  fields.clear();
  std::string field;
  bool quoted = false, closed = false;  // inside quotes; after a closing quote
  for (; position_ < content_.size(); ++position_) {
    const char c = content_[position_];
    if (quoted) {
      if (c == '\n') ++next_line_;
      if (c != '"') {
        field += c;
      } else if (at(position_ + 1) == '"') {
        field += '"';
        ++position_;
      } else {
        quoted = false;
        closed = true;
      }
      if (field.size() > max_field_bytes) {
        fault_ = "a field of more than 1 MiB; a closing quote is probably missing";
        position_ = content_.size();
        return true;
      }
    } else if (c == ',') {
      fields.push_back(std::move(field));
      field.clear();
      closed = false;
    } else if (c == '\n' || (c == '\r' && (at(position_ + 1) == '\n' || position_ + 1 == content_.size()))) {
      break;
    } else if (closed) {
      fault_ = "text after a closing quote; a quote within a quoted field is written twice";
    } else if (c == '"' && field.empty()) {
      quoted = true;
    } else {
      field += c;
    }
  }
  if (quoted) fault_ = "a quoted field does not end; the file is cut short or a quote is missing";
  fields.push_back(std::move(field));
  if (at(position_) == '\r' && position_ + 1 == content_.size()) ++position_;
  return true;
}

}  // namespace prefscope
