// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/item_rows.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <limits>

#include "engine/store/interaction_rows.h"

namespace prefscope {
namespace {

constexpr int64_t part_rows = 1 << 16;  // as many as a blob of an order has
constexpr size_t poll_rows = 1 << 10;   // rows that are read one by one, from places far apart

/// What orders an item's rows, and the row.
struct Key {
  double value = 0;
  uint32_t row = 0;
};

/// -infinity where there is none: first.
double value_of(SQLite::Statement& query, ItemRowOrder order) {
  const SQLite::Column value = query.getColumn(order == ItemRowOrder::Rating ? 0 : 1);
  return value.isNull() ? -std::numeric_limits<double>::infinity() : value.getDouble();
}

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

std::vector<InteractionRow> read_item_rows(Workspace& workspace, int64_t item, ItemRowOrder order, bool descending,
                                           int64_t offset, int64_t limit, const TaskContext& context) {
  std::vector<InteractionRow> found;
  SQLite::Statement place(workspace.db(),
                          "SELECT i.data_set, i.first_place, i.interactions, i.title, d.first_interaction FROM item i "
                          "JOIN data_set d ON d.id = i.data_set WHERE i.id = ?");
  place.bind(1, item);
  if (!place.executeStep()) return found;
  const int64_t data_set = place.getColumn(0).getInt64(), begin = place.getColumn(1).getInt64();
  const int64_t count = place.getColumn(2).getInt64(), first_row = place.getColumn(4).getInt64();
  std::vector<uint32_t> rows = read_order(workspace, data_set, RowOrder::Item, begin, begin + count);

  SQLite::Statement value(workspace.db(), "SELECT rating, time FROM interaction WHERE id = ?");
  if (order != ItemRowOrder::User) {
    std::vector<Key> keys;
    for (const uint32_t row : rows) {
      if (keys.size() % poll_rows == 0) context.check();
      value.bind(1, first_row + row);
      if (value.executeStep()) keys.push_back({value_of(value, order), row});
      value.reset();
    }
    std::sort(keys.begin(), keys.end(),
              [](const Key& a, const Key& b) { return a.value != b.value ? a.value < b.value : a.row < b.row; });
    rows.clear();
    for (const Key& key : keys) rows.push_back(key.row);
  }
  if (descending) std::reverse(rows.begin(), rows.end());

  SQLite::Statement owner(workspace.db(),
                          "SELECT id, key FROM user WHERE data_set = ? AND first_interaction <= ? AND interactions > 0 "
                          "ORDER BY first_interaction DESC LIMIT 1");
  owner.bind(1, data_set);
  const int64_t end = limit < 0 ? std::ssize(rows) : std::min(std::ssize(rows), offset + limit);
  for (int64_t i = offset; i < end; ++i) {
    if (found.size() % poll_rows == 0) context.check();
    InteractionRow row;
    row.id = first_row + rows[static_cast<size_t>(i)];
    row.item = item;
    row.title = place.getColumn(3).getString();
    value.bind(1, row.id);
    owner.bind(2, row.id);
    if (!value.executeStep() || !owner.executeStep()) continue;
    row.user = owner.getColumn(0).getInt64();
    row.user_key = owner.getColumn(1).getString();
    if (!value.getColumn(0).isNull()) row.rating = value.getColumn(0).getDouble();
    if (!value.getColumn(1).isNull()) row.time = value.getColumn(1).getInt64();
    value.reset();
    owner.reset();
    found.push_back(std::move(row));
  }
  return found;
}

}  // namespace prefscope
