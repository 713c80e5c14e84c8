// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/row_query.h"
#include "engine/store/workspace.h"

namespace prefscope {

struct UserRow {
  int64_t id = 0;
  std::string key;
  int64_t interactions = 0;
  std::optional<int64_t> first_time, last_time;  ///< seconds since 1970, UTC; absent where unknown
};
struct ItemRow {
  int64_t id = 0;
  std::string key, title, attributes;  ///< attributes: "genre: Drama, Crime; year: 1995"
  int64_t interactions = 0;
};
struct InteractionRow {
  int64_t id = 0, user = 0, item = 0;
  std::string user_key, item_key, title, attributes;
  std::optional<double> rating;
  std::optional<int64_t> time;  ///< seconds since 1970, UTC
};

/// The rows of a table that a query finds: users by User and Interactions; items by Title, ItemKey, Attributes and
/// Interactions; interactions by User, Title, ItemKey, Attributes, Rating and Time. Polls for a stop and reports
/// progress where it takes long. Throws BadInput for a column that the table lacks or that cannot be sorted by.
FoundRows find_users(Workspace& workspace, const RowQuery& query, const TaskContext& context);
FoundRows find_items(Workspace& workspace, const RowQuery& query, const TaskContext& context);
FoundRows find_interactions(Workspace& workspace, const RowQuery& query, const TaskContext& context);
/// One user's interactions, oldest first; ties in file order.
FoundRows find_history(Workspace& workspace, int64_t user);

/// Rows at places [offset, offset + limit) of what was found, as many as there are.
std::vector<UserRow> read_users(Workspace& workspace, const FoundRows& found, int64_t offset = 0, int64_t limit = 200);
std::vector<ItemRow> read_items(Workspace& workspace, const FoundRows& found, int64_t offset = 0, int64_t limit = 200);
std::vector<InteractionRow> read_interactions(Workspace& workspace, const FoundRows& found, int64_t offset = 0,
                                              int64_t limit = 200);
/// The whole of find_history.
std::vector<InteractionRow> read_history(Workspace& workspace, int64_t user);

}  // namespace prefscope
