// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/acts.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>

#include "engine/store/interaction_rows.h"
#include "engine/store/views.h"

namespace prefscope {
namespace {

/// The items of a user, each once, ascending.
std::vector<int64_t> touched_items(const UserRows& rows, size_t user, const std::vector<int64_t>& item_ids) {
  std::vector<int64_t> touched;
  for (auto row = static_cast<size_t>(rows.user_begin[user]); row < static_cast<size_t>(rows.user_begin[user + 1]);
       ++row)
    touched.push_back(item_ids[static_cast<size_t>(rows.items[row])]);
  std::sort(touched.begin(), touched.end());
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
  return touched;
}

}  // namespace

std::vector<UserActs> read_acts(Workspace& workspace, int64_t data_set, const std::optional<double>& threshold,
                                const std::vector<std::string>& view, const TaskContext& context) {
  const UserRows all = read_user_rows(workspace, data_set, context);
  const std::vector<int64_t> ids = item_ids(workspace, data_set);
  // Without a view the rows are there once: a set may have tens of millions.
  const UserRows under_view = view.empty() ? UserRows() : apply_steps(workspace, data_set, all, view, nullptr, context);
  const UserRows& seen = view.empty() ? all : under_view;

  std::vector<UserActs> acts;
  std::vector<size_t> last_user(seen.item_count, seen.users());  // an item that was chosen again is one positive
  SQLite::Statement users(workspace.db(), "SELECT id, key FROM user WHERE data_set = ? ORDER BY id");
  users.bind(1, data_set);
  for (size_t u = 0; users.executeStep(); ++u) {
    if (u % 1024 == 0) context.check();
    if (seen.user_begin[u] == seen.user_begin[u + 1]) continue;
    acts.push_back({users.getColumn(0).getInt64(), users.getColumn(1).getString(), {}, {}, {}});
    for (auto row = static_cast<size_t>(seen.user_begin[u]); row < static_cast<size_t>(seen.user_begin[u + 1]); ++row) {
      if (threshold && !(seen.ratings[row] > *threshold)) continue;
      const auto item = static_cast<size_t>(seen.items[row]);
      if (std::exchange(last_user[item], u) == u) continue;
      acts.back().positives.push_back(ids[item]);
      acts.back().times.push_back(seen.times[row]);
    }
    acts.back().touched = touched_items(all, u, ids);
  }
  return acts;
}

}  // namespace prefscope
