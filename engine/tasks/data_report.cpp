// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/data_report.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include "engine/store/interaction_rows.h"
#include "engine/store/stops_statements.h"

namespace prefscope {
namespace {

constexpr std::array<int64_t, 5> core_sizes = {2, 3, 5, 10, 20};

int64_t count_duplicate_titles(Workspace& workspace, int64_t data_set) {
  SQLite::Statement query(workspace.db(),
                          "SELECT count(*) - count(DISTINCT title) FROM item WHERE data_set = ? AND title <> ''");
  query.bind(1, data_set);
  query.executeStep();
  return query.getColumn(0).getInt64();
}

}  // namespace

DataReport report_data(const std::filesystem::path& folder, const std::string& name, const TaskContext& context) {
  Workspace workspace(folder);
  DataReport report;
  report.data_set = find_data_set(workspace, name);
  if (const std::string json = report_json(workspace, report.data_set.id); !json.empty())
    report.import = read_report(json);
  const UserRows rows = read_user_rows(workspace, report.data_set.id, context);
  ProgressClock clock(context, "Counting");
  clock.update(0);
  const std::vector<int64_t> of_users = user_counts(rows), of_items = item_counts(rows);
  report.gini_users = gini(of_users);
  report.gini_items = gini(of_items);
  clock.update(0.1);
  report.histories = spread_of(of_users);
  report.popularity = spread_of(of_items);
  clock.update(0.15);
  report.by_rank = of_items;
  std::erase(report.by_rank, 0);
  std::sort(report.by_rank.begin(), report.by_rank.end(), std::greater<>());
  std::map<int64_t, int64_t> users_with;
  for (const int64_t count : of_users) ++users_with[count];
  report.lengths.assign(users_with.begin(), users_with.end());
  for (const int64_t count : of_users) report.cold_users += count < cold_below ? 1 : 0;
  for (const int64_t count : of_items) {
    report.cold_items += count > 0 && count < cold_below ? 1 : 0;
    report.unused_items += count == 0 ? 1 : 0;
  }
  clock.update(0.2);
  report.duplicate_titles =
      stoppable(workspace, context, [&] { return count_duplicate_titles(workspace, report.data_set.id); });
  report.repeated_pairs = repeated_pairs(rows);
  const auto pairs = static_cast<double>(rows.size()) - static_cast<double>(report.repeated_pairs);
  const double cells = static_cast<double>(rows.users()) * static_cast<double>(rows.item_count);
  report.density = cells > 0 ? pairs / cells : 0;
  clock.update(0.3);
  report.tied_users = report.import ? report.import->tied_users : tied_users(rows);  // an import saw thousandths
  report.mean_rating = mean_rating(rows);
  clock.update(0.4);
  report.ratings = rating_counts(rows, context);
  clock.update(0.6);
  report.months = rows_by_month(rows, context);
  clock.update(0.7);
  report.cores = k_cores(rows, core_sizes, context);
  return report;
}

}  // namespace prefscope
