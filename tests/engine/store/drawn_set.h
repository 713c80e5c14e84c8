// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <set>
#include <string>

#include "engine/base/random.h"
#include "tests/engine/store/made_interactions.h"

namespace prefscope {

/// The users' and items' sets of each other, by id.
struct DrawnSet {
  std::vector<MadeInteraction> rows;
  std::vector<std::set<int64_t>> items_of, users_of;  ///< [users + 1], [items + 1]: ids begin with 1
};

/// Gives an empty workspace the set 1, "drawn": `users` users and `items` items with ids from 1 and `count` rows, some
/// of them with a rating or a time, many of a user and item again. Item n has the attribute kind = n modulo 3, and even
/// ones twice.
inline DrawnSet draw_set(Workspace& workspace, int users, int items, int count, uint64_t seed) {
  SQLite::Database& db = workspace.db();
  db.exec(
      "INSERT INTO data_set(id, name, format, source, content_hash, imported_at, users, items) VALUES (1, 'drawn', "
      "'movielens', '', '', '', " +
      std::to_string(users) + ", " + std::to_string(items) + ")");
  for (int u = 1; u <= users; ++u)
    db.exec("INSERT INTO user(id, data_set, key) VALUES (" + std::to_string(u) + ", 1, 'u" + std::to_string(u) + "')");
  for (int i = 1; i <= items; ++i) {
    const std::string id = std::to_string(i), kind = std::to_string(i % 3);
    db.exec("INSERT INTO item(id, data_set, key, title) VALUES (" + id + ", 1, 'i" + id + "', 'Item " + id + "')");
    db.exec("INSERT INTO item_attribute VALUES (" + id + ", 0, 'kind', '" + kind + "')");
    if (i % 2 == 0) db.exec("INSERT INTO item_attribute VALUES (" + id + ", 1, 'kind', '" + kind + "')");
  }
  DrawnSet set;
  set.items_of.resize(static_cast<size_t>(users) + 1);
  set.users_of.resize(static_cast<size_t>(items) + 1);
  Random random(seed);
  for (int n = 0; n < count; ++n) {
    // The first ones are drawn more often; the last user and the last item have nothing.
    const auto most = [&](int all) { return 1 + random.below(1 + random.below(static_cast<uint64_t>(all) - 1)); };
    MadeInteraction row{static_cast<int64_t>(most(users)), static_cast<int64_t>(most(items))};
    if (random.below(4) > 0) row.rating = static_cast<double>(1 + random.below(5));
    if (random.below(4) > 0) row.time = static_cast<int64_t>(random.below(1'000'000'000));
    set.rows.push_back(row);
    set.items_of[static_cast<size_t>(row.user)].insert(row.item);
    set.users_of[static_cast<size_t>(row.item)].insert(row.user);
  }
  give_interactions(workspace, 1, set.rows);
  return set;
}

}  // namespace prefscope
