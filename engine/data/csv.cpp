// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/csv.h"

namespace prefscope {

CsvReader::CsvReader(std::string_view content) : content_(content) {
  if (content_.starts_with("\xef\xbb\xbf")) position_ = 3;
}

bool CsvReader::next(std::vector<std::string>& fields) {
  while (position_ < content_.size() && (content_[position_] == '\n' || content_[position_] == '\r')) {
    if (content_[position_++] == '\n') ++next_line_;
  }
  if (position_ >= content_.size()) return false;
  line_ = next_line_;
  fields.clear();
  std::string field;
  bool quoted = false;
  for (; position_ < content_.size(); ++position_) {
    const char c = content_[position_];
    if (quoted) {
      if (c == '\n') ++next_line_;
      if (c != '"') {
        field += c;
      } else if (position_ + 1 < content_.size() && content_[position_ + 1] == '"') {
        field += '"';
        ++position_;
      } else {
        quoted = false;
      }
    } else if (c == '"' && field.empty()) {
      quoted = true;
    } else if (c == ',') {
      fields.push_back(std::move(field));
      field.clear();
    } else if (c == '\n' || (c == '\r' && position_ + 1 < content_.size() && content_[position_ + 1] == '\n')) {
      break;
    } else {
      field += c;
    }
  }
  if (!field.empty() && field.back() == '\r' && position_ >= content_.size()) field.pop_back();
  fields.push_back(std::move(field));
  unterminated_ = quoted;
  return true;
}

}  // namespace prefscope
