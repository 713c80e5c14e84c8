// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prefscope {

/// What became of rows that an import remarks on.
enum class RemarkKind {
  Dropped,  ///< not in the data set
  Mended,   ///< kept, but not as it stood in the file
  Note      ///< about a file or the whole set
};

/// Rows of a file with the same thing to say about them. The reason is the same text for the same kind.
struct Remark {
  RemarkKind kind = RemarkKind::Note;
  std::string file, reason;  ///< file: empty where it is about the whole set
  std::string example;       ///< of the first row: "found \"soon\""; empty where there is no more to say
  int64_t count = 0;
  std::vector<int64_t> lines;  ///< the first five lines or record numbers, from 1; none of a whole file

  bool operator==(const Remark&) const = default;
};

/// A set that was joined with others into one.
struct JoinedPart {
  std::string name;          ///< users and items of it have keys that begin with this and "/"
  std::string content_hash;  ///< of the set as it was imported
  int64_t users = 0, items = 0, interactions = 0;

  bool operator==(const JoinedPart&) const = default;
};

/// What an import read, kept, mended and left out.
struct ImportReport {
  int64_t rows_read = 0, kept = 0;  ///< interactions or preference records
  int64_t dropped() const { return rows_read - kept; }
  int64_t item_rows_read = 0, users = 0, items = 0;
  /// Interactions of a user with an item that the user had before (kept), and those of them whose rating and time are
  /// the same too.
  int64_t repeated_pairs = 0, exact_repeats = 0;
  /// Users whose last two interactions have the same time: their last item is chosen by the order in the file.
  int64_t tied_users = 0;
  int64_t interactions_without_time = 0;
  std::vector<std::pair<std::string, std::string>> encodings;  ///< file and the encoding it was read in
  std::vector<Remark> remarks;                                 ///< in the order of their first rows
  std::vector<JoinedPart> parts;  ///< of a set that was made of others; those of which they were made, not these

  bool operator==(const ImportReport&) const = default;
};

/// Adds a row to the remark of its kind. example is what was found, without quotes; empty: nothing to show.
void add_remark(ImportReport& report, RemarkKind kind, std::string_view file, int64_t line, std::string_view reason,
                std::string_view found = {});

/// "ratings.csv lines 3, 9, 10, 11, 15 and 40 more: expected a time in seconds since 1970, found \"soon\"".
std::string remark_text(const Remark& remark);

/// "99 of 100 rows kept, 1 thing mended", for a line beside a result.
std::string report_summary(const ImportReport& report);

/// As JSON, for storing.
std::string to_json(const ImportReport& report);
/// What to_json wrote. Throws BadFile for anything else.
ImportReport read_report(const std::string& json);

}  // namespace prefscope
