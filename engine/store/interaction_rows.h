// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/progress.h"
#include "engine/data/interaction_columns.h"
#include "engine/data/quality.h"
#include "engine/store/workspace.h"

namespace prefscope {

/// Interactions in the order in which a workspace keeps them: by user, then time (unknown times first), then their
/// place in the file.
struct SortedInteractions {
  std::vector<int32_t> items;       ///< indices
  std::vector<double> ratings;      ///< NaN where there is none
  std::vector<int64_t> times;       ///< no_time where unknown
  std::vector<int64_t> user_begin;  ///< [users + 1] first row of each user
  std::vector<uint32_t> by_item;    ///< rows in order of item, then row
  std::vector<int64_t> item_begin;  ///< [items + 1] where an item's rows begin in by_item
};

/// Sorts by counting, so in time linear in the rows but for the times within a user; the columns are given up one by
/// one, which keeps the peak at about 40 bytes a row. At most 2^32 rows; throws BadInput above.
SortedInteractions sort_interactions(InteractionColumns&& columns, size_t users, size_t items,
                                     const TaskContext& context);

/// The id that the first row of a new set will have.
int64_t next_interaction(Workspace& workspace);

/// Writes the rows of a set from id next_interaction() on, and its orders by item, time and rating. item_ids: [items].
/// Within the caller's transaction. Throws SQLite::Exception, Cancelled.
void write_interactions(Workspace& workspace, int64_t data_set, std::span<const int64_t> item_ids,
                        SortedInteractions&& sorted, const TaskContext& context);

/// Which order of a set's rows.
enum class RowOrder { Item, Time, Rating };

/// Rows, counted from 0 within their set, at places [begin, end) of an order. Ties are in the set's own order.
std::vector<uint32_t> read_order(Workspace& workspace, int64_t data_set, RowOrder order, int64_t begin, int64_t end);

/// The ids of a set's items, ascending: what the indices of UserRows stand for.
std::vector<int64_t> item_ids(Workspace& workspace, int64_t data_set);

/// A set's rows as they are kept, with users and items as indices in order of id. Polls and reports the share that is
/// read.
UserRows read_user_rows(Workspace& workspace, int64_t data_set, const TaskContext& context);

/// Gives the orders to sets that a schema before version 8 wrote.
void write_missing_orders(Workspace& workspace);

}  // namespace prefscope
