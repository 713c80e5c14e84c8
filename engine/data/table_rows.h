// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/progress.h"
#include "engine/data/import_report.h"
#include "engine/data/inputs.h"
#include "engine/data/json_lines.h"
#include "engine/data/table_mapping.h"

namespace prefscope {

/// 2 of a column that is asked for by its number, "#2"; 0 of any other, also "#user" and "#1st".
size_t column_number(std::string_view column);

/// The wanted columns of a file, row by row, whatever its form.
class TableRows {
 public:
  /// columns: as in TableMapping; an empty one gives empty fields. Adds the encoding that the file is read in to the
  /// report. Throws BadFile where a column is not there or stands twice, naming those there are, and where a key of
  /// JSON is asked for by a number.
  TableRows(const InputFile& file, const TableForm& form, const std::vector<std::string>& columns, ImportReport& report,
            const TaskContext& context);
  /// The next row, or false at the end. Throws BadFile where it has another number of fields than the first, a quote
  /// does not end, or it is no JSON object.
  bool next();
  std::string_view operator[](size_t column) const { return values_[column]; }
  const std::string& file() const { return file_; }
  int64_t line() const { return delimited_ ? delimited_->line() + skipped_ : json_->line() + skipped_; }
  double done() const { return delimited_ ? delimited_->done() : json_->done(); }

 private:
  void find_columns(const std::vector<std::string>& columns, const TableForm& form);
  [[noreturn]] void fail(const std::string& what) const;

  std::string file_, separator_;
  int64_t skipped_ = 0;
  std::optional<DelimitedReader> delimited_;
  std::optional<JsonLinesReader> json_;
  ImportReport& report_;
  std::vector<std::string_view> fields_, values_;
  std::vector<size_t> places_;  ///< [columns] field of each; no_place where there is none
  size_t width_ = 0;
  bool pending_ = false;  ///< the first row was read for its width
};

/// A file's text as UTF-8, read in the encoding that is given; else JSON in that of its head, other text in the one
/// that its whole content shows. Adds the encoding to the report.
ByteStream open_text(const InputFile& file, std::optional<Encoding> encoding, bool is_json, ImportReport& report,
                     const TaskContext& context);

}  // namespace prefscope
