// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/progress.h"
#include "engine/data/import_report.h"
#include "engine/data/quality.h"
#include "engine/store/data_sets.h"

namespace prefscope {

/// Fewer rows than this make a user or an item cold.
inline constexpr int64_t cold_below = 5;

/// What a data set is: what its import did, and what its interactions look like. The figures are of all its rows.
struct DataReport {
  DataSet data_set;
  std::optional<ImportReport> import;                ///< none where the set was imported before reports were kept
  double density = 0;                                ///< different pairs of user and item over users times items
  double gini_users = 0, gini_items = 0;             ///< of their rows; items without rows included
  Spread histories, popularity;                      ///< rows of a user; of an item
  std::vector<int64_t> by_rank;                      ///< rows of each item that has some, the most chosen item first
  std::vector<std::pair<int64_t, int64_t>> lengths;  ///< rows of a user and users with so many, ascending
  int64_t cold_users = 0, cold_items = 0, unused_items = 0;  ///< unused: without rows, not counted as cold
  int64_t duplicate_titles = 0;                              ///< items whose title an earlier item has
  int64_t repeated_pairs = 0, tied_users = 0;
  std::optional<double> mean_rating;
  RatingCounts ratings;
  std::vector<MonthRows> months;  ///< see rows_by_month
  std::vector<CoreSize> cores;    ///< k = 2, 3, 5, 10, 20
};

/// Throws BadInput where there is no such set.
DataReport report_data(const std::filesystem::path& workspace, const std::string& data_set, const TaskContext& context);

}  // namespace prefscope
