// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/table_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/base/utf8.h"

namespace prefscope {
namespace {

constexpr size_t no_place = static_cast<size_t>(-1);
constexpr int64_t most_skipped = 1'000'000;

/// Takes lines off the start of a text.
void skip_lines(ByteStream& text, int64_t lines) {
  std::string rest;
  std::string piece(size_t{1} << 16, '\0');
  while (lines > 0) {
    const size_t n = text.read(piece.data(), piece.size());
    if (n == 0) break;
    size_t at = 0;
    while (lines > 0 && at < n) {
      const size_t end = std::string_view(piece.data(), n).find('\n', at);
      if (end == std::string_view::npos) {
        at = n;
      } else {
        at = end + 1;
        --lines;
      }
    }
    rest = piece.substr(at, n - at);
  }
  text = with_front(std::move(rest), std::move(text));
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + printable(name);
  return all.size() > 300 ? printable(all.substr(0, 300)) + "..." : all;
}

}  // namespace

size_t column_number(std::string_view column) {
  if (!column.starts_with('#')) return 0;
  size_t number = 0;
  const char* const end = column.data() + column.size();
  const auto result = std::from_chars(column.data() + 1, end, number);
  return result.ec == std::errc() && result.ptr == end ? number : 0;
}

ByteStream open_text(const InputFile& file, std::optional<Encoding> encoding, bool is_json, ImportReport& report,
                     const TaskContext& context) {
  // JSON is UTF-8 (RFC 8259), or UTF-16 with a mark, which the head shows; what else it holds is damage. The encoding
  // of another text is known when all of it was seen.
  if (!encoding && is_json) encoding = file.encoding == Encoding::Windows1252 ? Encoding::Utf8 : file.encoding;
  if (!encoding) encoding = whole_encoding(file, context);
  report.encodings.emplace_back(file.name, encoding_name(*encoding));
  if (*encoding == Encoding::Windows1252)
    add_remark(report, RemarkKind::Note, file.name, 0, "it is not UTF-8, so it was read as Windows-1252 (Latin-1)");
  return text_of(file, *encoding);
}

TableRows::TableRows(const InputFile& file, const TableForm& form, const std::vector<std::string>& columns,
                     ImportReport& report, const TaskContext& context)
    : file_(file.name), separator_(form.delimited.separator), skipped_(form.skip_lines), report_(report) {
  if (form.skip_lines < 0 || form.skip_lines > most_skipped)
    throw Error(ErrorKind::BadInput,
                fmt::format("lines to skip: expected 0 .. {}, found {}", most_skipped, form.skip_lines));
  ByteStream text = open_text(file, form.encoding, form.json_lines, report, context);
  skip_lines(text, form.skip_lines);
  values_.resize(columns.size());
  if (form.json_lines) {
    const std::vector<std::string> keys = json_keys(first_line(file));
    for (const std::string& column : columns) {
      if (column_number(column) > 0 && std::find(keys.begin(), keys.end(), column) == keys.end())
        throw Error(ErrorKind::BadFile,
                    fmt::format("{}: expected a key of its JSON objects, found {}; name the key, as they have no "
                                "numbers: {}",
                                file_, column, joined(keys)));
    }
    // A column that is not mapped asks for a key that no object has.
    json_.emplace(std::move(text), columns);
    return;
  }
  delimited_.emplace(std::move(text), form.delimited);
  find_columns(columns, form);
}

void TableRows::find_columns(const std::vector<std::string>& columns, const TableForm& form) {
  std::vector<std::string> names;
  if (delimited_->next(fields_)) {
    if (!delimited_->fault().empty()) fail(delimited_->fault() + "; mend the line or fetch the file again");
    width_ = fields_.size();
    if (form.header) {
      names.assign(fields_.begin(), fields_.end());
    } else {
      pending_ = true;
    }
  }
  if (width_ == 0)
    throw Error(ErrorKind::BadFile, fmt::format("{}: expected rows, found an empty file; fetch it again", file_));
  for (const std::string& column : columns) {
    if (column.empty()) {
      places_.push_back(no_place);
      continue;
    }
    const auto found = std::find(names.begin(), names.end(), column);
    const bool once = found != names.end() && std::find(found + 1, names.end(), column) == names.end();
    if (const size_t number = column_number(column); !once && number > 0) {
      if (number > width_)
        fail(fmt::format("expected a column {}, found {} columns; check the separator", column, width_));
      places_.push_back(number - 1);
      continue;
    }
    if (found == names.end())
      fail(form.header
               ? fmt::format("expected a column \"{}\", found {}; check the header and the separator", column,
                             joined(names))
               : fmt::format("expected columns by number, as \"#1\", for a table without a header, found \"{}\"",
                             column));
    if (!once)
      fail(fmt::format("expected one column \"{}\", found it twice; name it by its number, as \"#2\"", column));
    places_.push_back(static_cast<size_t>(found - names.begin()));
  }
}

void TableRows::fail(const std::string& what) const {
  throw Error(ErrorKind::BadFile, fmt::format("{} line {}: {}", file_, line(), what));
}

bool TableRows::next() {
  if (json_) {
    if (!json_->next(values_)) return false;
    if (!json_->fault().empty()) fail(json_->fault() + "; mend the line or fetch the file again");
    if (json_->has_twice())
      add_remark(report_, RemarkKind::Mended, file_, line(), "a key stands twice in a record; the first was read");
    return true;
  }
  if (!pending_ && !delimited_->next(fields_)) return false;
  pending_ = false;
  if (!delimited_->fault().empty()) fail(delimited_->fault() + "; mend the line or fetch the file again");
  if (fields_.size() != width_)
    fail(fmt::format("expected {} fields separated by {}, found {}; mend the line or fetch the file again", width_,
                     separator_name(separator_), fields_.size()));
  for (size_t c = 0; c < places_.size(); ++c)
    values_[c] = places_[c] == no_place ? std::string_view() : fields_[places_[c]];
  return true;
}

}  // namespace prefscope
