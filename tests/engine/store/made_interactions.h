// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "engine/store/interaction_rows.h"

namespace prefscope {

struct MadeInteraction {
  int64_t user = 0, item = 0;  ///< ids
  std::optional<double> rating = {};
  std::optional<int64_t> time = {};
};

/// Gives a set that has none these interactions, in file order, and its users and items their counts, as an import
/// does.
inline void give_interactions(Workspace& workspace, int64_t data_set, const std::vector<MadeInteraction>& made) {
  SQLite::Database& db = workspace.db();
  const auto ids = [&](const char* table) {
    SQLite::Statement query(db, std::string("SELECT id FROM ") + table + " WHERE data_set = ? ORDER BY id");
    query.bind(1, data_set);
    std::vector<int64_t> found;
    while (query.executeStep()) found.push_back(query.getColumn(0).getInt64());
    return found;
  };
  const std::vector<int64_t> users = ids("user"), items = ids("item");
  const auto index = [](const std::vector<int64_t>& all, int64_t id) {
    return static_cast<int32_t>(std::lower_bound(all.begin(), all.end(), id) - all.begin());
  };
  InteractionColumns columns;
  for (const MadeInteraction& x : made)
    columns.add(index(users, x.user), index(items, x.item), x.rating.value_or(std::nan("")), x.time.value_or(no_time));
  SortedInteractions sorted = sort_interactions(std::move(columns), users.size(), items.size(), {});
  const int64_t first = next_interaction(workspace);
  const auto place = [&](const char* sql, const std::vector<int64_t>& all, const std::vector<int64_t>& begin,
                         int64_t from) {
    SQLite::Statement update(db, sql);
    for (size_t i = 0; i < all.size(); ++i) {
      update.bind(1, from + begin[i]);
      update.bind(2, begin[i + 1] - begin[i]);
      update.bind(3, all[i]);
      update.exec();
      update.reset();
    }
  };
  place("UPDATE user SET first_interaction = ?, interactions = ? WHERE id = ?", users, sorted.user_begin, first);
  place("UPDATE item SET first_place = ?, interactions = ? WHERE id = ?", items, sorted.item_begin, 0);
  SQLite::Statement set(db, "UPDATE data_set SET first_interaction = ?, interactions = ? WHERE id = ?");
  set.bind(1, first);
  set.bind(2, static_cast<int64_t>(made.size()));
  set.bind(3, data_set);
  set.exec();
  write_interactions(workspace, data_set, items, std::move(sorted), {});
}

}  // namespace prefscope
