// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/item_rows.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <limits>

#include "engine/store/interaction_rows.h"

namespace prefscope {
namespace {

constexpr int64_t part_rows = 1 << 16;  // as many as a blob of an order has

}  // namespace

RowOwners row_owners(Workspace& workspace, int64_t data_set) {
  RowOwners owners;
  owners.begin.push_back(0);
  SQLite::Statement query(workspace.db(), "SELECT id, interactions FROM user WHERE data_set = ? ORDER BY id");
  query.bind(1, data_set);
  while (query.executeStep()) {
    owners.users.push_back(query.getColumn(0).getInt64());
    owners.begin.push_back(owners.begin.back() + query.getColumn(1).getInt64());
  }
  size_t user = 0;
  for (int64_t row = 0; row < owners.begin.back(); row += 64) {
    while (owners.begin[user + 1] <= row) ++user;
    owners.of_part.push_back(static_cast<uint32_t>(user));
  }
  return owners;
}

void visit_users_of_items(Workspace& workspace, int64_t data_set, const RowOwners& owners, const char* stage,
                          const TaskContext& context,
                          const std::function<void(int64_t, std::span<const uint32_t>)>& visit) {
  const int64_t total = owners.begin.back();
  ProgressClock clock(context, stage);
  SQLite::Statement items(workspace.db(), "SELECT id, interactions FROM item WHERE data_set = ? ORDER BY id");
  items.bind(1, data_set);
  std::vector<uint32_t> part, users;
  int64_t part_begin = 0, place = 0;
  while (items.executeStep()) {
    users.clear();
    for (const int64_t end = place + items.getColumn(1).getInt64(); place < end; ++place) {
      if (place >= part_begin + std::ssize(part)) {
        clock.update(static_cast<double>(place) / static_cast<double>(total));
        part_begin = place;
        part = read_order(workspace, data_set, RowOrder::Item, place, std::min(place + part_rows, total));
      }
      const uint32_t row =
          part.empty() ? std::numeric_limits<uint32_t>::max() : part[static_cast<size_t>(place - part_begin)];
      if (row >= total)
        throw Error(ErrorKind::Storage,
                    "workspace.db: the order of the set's rows by item is damaged; import its files again");
      const auto user = static_cast<uint32_t>(owners.owner(row));
      if (users.empty() || users.back() != user) users.push_back(user);  // an item's rows ascend, and so do its users
    }
    visit(items.getColumn(0).getInt64(), users);
  }
}

}  // namespace prefscope
