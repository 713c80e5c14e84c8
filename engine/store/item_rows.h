// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/workspace.h"

namespace prefscope {

/// Whose the rows of a set are: rows are counted from 0 within the set, and lie by user in order of id.
struct RowOwners {
  std::vector<int64_t> users;     ///< [users] ids, ascending
  std::vector<int64_t> begin;     ///< [users + 1] first row of each
  std::vector<uint32_t> of_part;  ///< the user of every 64th row: where the search for a row's user begins

  /// Index of a row's user.
  size_t owner(uint32_t row) const {
    size_t user = of_part[row / 64];
    while (begin[user + 1] <= row) ++user;
    return user;
  }
};
RowOwners row_owners(Workspace& workspace, int64_t data_set);

/// Calls `visit` for every item in order of id with the indices of its users, ascending, each once however often the
/// user has the item. Reads the set's order by item once from end to end, in parts of 256 KiB: 4 bytes a row. Reports
/// `stage` and polls for a stop.
void visit_users_of_items(Workspace& workspace, int64_t data_set, const RowOwners& owners, const char* stage,
                          const TaskContext& context,
                          const std::function<void(int64_t item, std::span<const uint32_t> users)>& visit);

}  // namespace prefscope
