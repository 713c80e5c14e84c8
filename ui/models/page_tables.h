// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "engine/store/data_sets.h"
#include "engine/tasks/item_page.h"
#include "engine/tasks/user_page.h"
#include "ui/models/paged_table_model.h"

namespace prefscope {

/// The tables on the pages of a user and an item. The ids of their rows are users or items.

/// Users nearest to one with so many items.
TableSource nearestTable(const std::vector<NearUser>& users, qint64 items);
/// Items that a user shares with another, `shared` of them.
TableSource sharedTable(qint64 user, qint64 other, qint64 shared, bool ratings);
/// The rows of an item, by user where nothing else is asked for.
TableSource itemRowsTable(const DataSet& dataSet, qint64 item);
/// Items seen together with one that has so many users.
TableSource togetherTable(const std::vector<TogetherItem>& items, qint64 users);

}  // namespace prefscope
