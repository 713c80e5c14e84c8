// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/interaction_rows.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>

#include "engine/base/stable_order.h"

namespace prefscope {
namespace {

constexpr size_t poll_rows = 1 << 18;
constexpr int64_t chunk_rows = 1 << 16;  // of an order: 256 KiB a blob
constexpr double rows_share = 0.8;       // of the time that saving takes; the rest goes into the orders

/// Row numbers by value, ties in row order.
template <typename Value>
std::vector<uint32_t> order_by(const std::vector<Value>& values, const TaskContext& context) {
  std::vector<uint32_t> rows(values.size());
  std::iota(rows.begin(), rows.end(), 0);
  stable_order(
      rows, [&](uint32_t row) { return sortable(values[row]); }, context);
  return rows;
}

/// Where each of `count` indices begins when values are in their order: [count + 1].
std::vector<int64_t> begins(const std::vector<int32_t>& indices, size_t count) {
  std::vector<int64_t> begin(count + 1);
  for (const int32_t index : indices) ++begin[static_cast<size_t>(index) + 1];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  return begin;
}

/// Row numbers by index, ties in row order.
std::vector<uint32_t> counting_sort(const std::vector<int32_t>& indices, std::vector<int64_t> begin,
                                    const TaskContext& context) {
  std::vector<uint32_t> rows(indices.size());
  for (size_t row = 0; row < indices.size(); ++row) {
    if (row % poll_rows == 0) context.check();
    rows[static_cast<size_t>(begin[static_cast<size_t>(indices[row])]++)] = static_cast<uint32_t>(row);
  }
  return rows;
}

template <typename Value>
void rearrange(std::vector<Value>& values, const std::vector<uint32_t>& order, const TaskContext& context) {
  std::vector<Value> out;
  out.reserve(values.size());
  for (const uint32_t row : order) {
    if (out.size() % poll_rows == 0) context.check();
    out.push_back(values[row]);
  }
  values.swap(out);
}

/// A virtual table of sorted rows (sqlite.org/vtab.html): INSERT ... SELECT from one takes a third of the time that
/// binding each row takes.
struct RowTable {
  const SortedInteractions& rows;
  std::span<const int64_t> item_ids;
  ProgressClock clock;

  void at(size_t row) {
    if (row % poll_rows == 0)
      clock.update(rows_share * static_cast<double>(row) / static_cast<double>(rows.items.size()));
  }
  static RowTable& of(sqlite3_vtab_cursor* cursor);
};

/// What SQLite holds of it. It lets go of this at a later statement, when the table itself may be gone.
struct RowConnection {
  sqlite3_vtab base;
  RowTable* table;
};

struct RowCursor {
  sqlite3_vtab_cursor base;
  size_t row;
};

RowTable& RowTable::of(sqlite3_vtab_cursor* cursor) {
  return *reinterpret_cast<RowConnection*>(cursor->pVtab)->table;
}

RowCursor& cursor_of(sqlite3_vtab_cursor* cursor) {
  return *reinterpret_cast<RowCursor*>(cursor);
}

sqlite3_module row_module() {
  sqlite3_module module{};
  module.xConnect = [](sqlite3* db, void* table, int, const char* const*, sqlite3_vtab** out, char**) {
    *out = &(new RowConnection{{}, static_cast<RowTable*>(table)})->base;
    return sqlite3_declare_vtab(db, "CREATE TABLE x(item INTEGER, rating REAL, time INTEGER)");
  };
  module.xDisconnect = [](sqlite3_vtab* connection) {
    delete reinterpret_cast<RowConnection*>(connection);
    return SQLITE_OK;
  };
  module.xBestIndex = [](sqlite3_vtab*, sqlite3_index_info*) { return SQLITE_OK; };
  module.xOpen = [](sqlite3_vtab*, sqlite3_vtab_cursor** out) {
    *out = &(new RowCursor{{}, 0})->base;
    return SQLITE_OK;
  };
  module.xClose = [](sqlite3_vtab_cursor* cursor) {
    delete &cursor_of(cursor);
    return SQLITE_OK;
  };
  module.xFilter = [](sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
    cursor_of(cursor).row = 0;
    return SQLITE_OK;
  };
  module.xNext = [](sqlite3_vtab_cursor* cursor) {
    try {
      RowTable::of(cursor).at(++cursor_of(cursor).row);
    } catch (const Cancelled&) {
      return SQLITE_INTERRUPT;  // no exception may pass through SQLite
    }
    return SQLITE_OK;
  };
  module.xEof = [](sqlite3_vtab_cursor* cursor) {
    return cursor_of(cursor).row >= RowTable::of(cursor).rows.items.size() ? 1 : 0;
  };
  module.xColumn = [](sqlite3_vtab_cursor* cursor, sqlite3_context* out, int column) {
    const RowTable& table = RowTable::of(cursor);
    const size_t row = cursor_of(cursor).row;
    if (column == 0) {
      sqlite3_result_int64(out, table.item_ids[static_cast<size_t>(table.rows.items[row])]);
    } else if (column == 1 && !std::isnan(table.rows.ratings[row])) {
      sqlite3_result_double(out, table.rows.ratings[row]);
    } else if (column == 2 && table.rows.times[row] != no_time) {
      sqlite3_result_int64(out, table.rows.times[row]);
    }
    return SQLITE_OK;
  };
  module.xRowid = [](sqlite3_vtab_cursor* cursor, sqlite3_int64* out) {
    *out = static_cast<sqlite3_int64>(cursor_of(cursor).row);
    return SQLITE_OK;
  };
  return module;
}

void insert_rows(Workspace& workspace, const SortedInteractions& sorted, std::span<const int64_t> item_ids,
                 const TaskContext& context) {
  static const sqlite3_module module = row_module();
  RowTable table{sorted, item_ids, ProgressClock(context, "Saving rows")};
  sqlite3* db = workspace.db().getHandle();
  sqlite3_create_module_v2(db, "sorted_interaction", &module, &table, nullptr);
  try {
    // Without an id each row gets the one after the last.
    workspace.db().exec(
        "INSERT INTO interaction(item, rating, time) SELECT item, rating, time FROM sorted_interaction");
  } catch (const SQLite::Exception&) {
    sqlite3_create_module_v2(db, "sorted_interaction", nullptr, nullptr, nullptr);
    context.check();
    throw;
  }
  sqlite3_create_module_v2(db, "sorted_interaction", nullptr, nullptr, nullptr);
}

void write_order(Workspace& workspace, int64_t data_set, RowOrder order, const std::vector<uint32_t>& rows,
                 const TaskContext& context) {
  SQLite::Statement insert(workspace.db(),
                           "INSERT INTO interaction_order(data_set, kind, chunk, rows) VALUES (?, ?, ?, ?)");
  for (int64_t chunk = 0; chunk * chunk_rows < std::ssize(rows); ++chunk) {
    context.check();
    const int64_t begin = chunk * chunk_rows, count = std::min(chunk_rows, std::ssize(rows) - begin);
    insert.bind(1, data_set);
    insert.bind(2, static_cast<int>(order));
    insert.bind(3, chunk);
    insert.bindNoCopy(4, rows.data() + begin, static_cast<int>(count * 4));
    insert.exec();
    insert.reset();
  }
}

}  // namespace

SortedInteractions sort_interactions(InteractionColumns&& columns, size_t users, size_t items,
                                     const TaskContext& context) {
  if (columns.size() >> 32 != 0)
    throw Error(ErrorKind::BadInput,
                fmt::format("expected at most 4,294,967,296 interactions in a set, found {}; import a part of the file",
                            columns.size()));
  SortedInteractions sorted;
  sorted.user_begin = begins(columns.users, users);
  context.check();
  std::vector<uint32_t> order = counting_sort(columns.users, sorted.user_begin, context);
  std::vector<int32_t>().swap(columns.users);
  const auto earlier = [&](uint32_t a, uint32_t b) { return columns.moment(a) < columns.moment(b); };
  size_t polled = 0;
  for (size_t u = 0; u < users; ++u) {
    const auto begin = order.begin() + sorted.user_begin[u], end = order.begin() + sorted.user_begin[u + 1];
    if (!std::is_sorted(begin, end, earlier)) std::stable_sort(begin, end, earlier);
    for (; polled < static_cast<size_t>(sorted.user_begin[u + 1]); polled += poll_rows) context.check();
  }
  std::vector<uint16_t>().swap(columns.thousandths);
  if (!std::is_sorted(order.begin(), order.end())) {
    rearrange(columns.items, order, context);
    rearrange(columns.ratings, order, context);
    rearrange(columns.times, order, context);
  }
  std::vector<uint32_t>().swap(order);
  sorted.items = std::move(columns.items);
  sorted.ratings = std::move(columns.ratings);
  sorted.times = std::move(columns.times);
  sorted.item_begin = begins(sorted.items, items);
  sorted.by_item = counting_sort(sorted.items, sorted.item_begin, context);
  return sorted;
}

int64_t next_interaction(Workspace& workspace) {
  return workspace.db().execAndGet("SELECT ifnull(max(id), 0) + 1 FROM interaction").getInt64();
}

void write_interactions(Workspace& workspace, int64_t data_set, std::span<const int64_t> item_ids,
                        SortedInteractions&& sorted, const TaskContext& context) {
  insert_rows(workspace, sorted, item_ids, context);
  std::vector<int32_t>().swap(sorted.items);
  write_order(workspace, data_set, RowOrder::Item, sorted.by_item, context);
  std::vector<uint32_t>().swap(sorted.by_item);
  context.report({"Saving rows", rows_share, -1, ""});
  write_order(workspace, data_set, RowOrder::Time, order_by(sorted.times, context), context);
  std::vector<int64_t>().swap(sorted.times);
  context.report({"Saving rows", 0.9, -1, ""});
  write_order(workspace, data_set, RowOrder::Rating, order_by(sorted.ratings, context), context);
}

std::vector<uint32_t> read_order(Workspace& workspace, int64_t data_set, RowOrder order, int64_t begin, int64_t end) {
  SQLite::Statement query(workspace.db(),
                          "SELECT chunk, rows FROM interaction_order WHERE data_set = ? AND kind = ? AND chunk BETWEEN "
                          "? AND ? ORDER BY chunk");
  std::vector<uint32_t> rows;
  if (begin >= end) return rows;
  query.bind(1, data_set);
  query.bind(2, static_cast<int>(order));
  query.bind(3, begin / chunk_rows);
  query.bind(4, (end - 1) / chunk_rows);
  rows.reserve(static_cast<size_t>(end - begin));
  while (query.executeStep()) {
    const int64_t chunk_begin = query.getColumn(0).getInt64() * chunk_rows;
    const auto* values = static_cast<const uint32_t*>(query.getColumn(1).getBlob());
    const int64_t count = query.getColumn(1).getBytes() / 4;
    const int64_t from = std::clamp<int64_t>(begin - chunk_begin, 0, count),
                  to = std::clamp<int64_t>(end - chunk_begin, 0, count);
    rows.insert(rows.end(), values + from, values + to);
  }
  return rows;
}

std::vector<int64_t> item_ids(Workspace& workspace, int64_t data_set) {
  SQLite::Statement query(workspace.db(), "SELECT id FROM item WHERE data_set = ? ORDER BY id");
  query.bind(1, data_set);
  std::vector<int64_t> ids;
  while (query.executeStep()) ids.push_back(query.getColumn(0).getInt64());
  return ids;
}

UserRows read_user_rows(Workspace& workspace, int64_t data_set, const TaskContext& context) {
  UserRows rows;
  const std::vector<int64_t> ids = item_ids(workspace, data_set);
  rows.item_count = ids.size();
  SQLite::Statement users(workspace.db(), "SELECT interactions FROM user WHERE data_set = ? ORDER BY id");
  users.bind(1, data_set);
  while (users.executeStep()) rows.user_begin.push_back(rows.user_begin.back() + users.getColumn(0).getInt64());

  const auto total = static_cast<size_t>(rows.user_begin.back());
  rows.items.reserve(total);
  rows.ratings.reserve(total);
  rows.times.reserve(total);
  ProgressClock clock(context, "Reading interactions");
  // SQLite's own calls: a wrapped column costs more than the row.
  sqlite3_stmt* row = nullptr;
  sqlite3* db = workspace.db().getHandle();
  const char* sql =
      "SELECT x.item, x.rating, x.time FROM data_set d JOIN interaction x ON x.id >= d.first_interaction AND x.id < "
      "d.first_interaction + d.interactions WHERE d.id = ? ORDER BY x.id";
  if (sqlite3_prepare_v2(db, sql, -1, &row, nullptr) != SQLITE_OK) throw SQLite::Exception(db);
  const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> owner(row, &sqlite3_finalize);
  sqlite3_bind_int64(row, 1, data_set);
  int status = SQLITE_ROW;
  while ((status = sqlite3_step(row)) == SQLITE_ROW) {
    const int64_t item = sqlite3_column_int64(row, 0), first = ids.front();
    // The ids of an import follow each other, so an index is a difference; else it is looked for.
    size_t index = static_cast<size_t>(item - first);
    if (index >= ids.size() || ids[index] != item)
      index = static_cast<size_t>(std::lower_bound(ids.begin(), ids.end(), item) - ids.begin());
    rows.items.push_back(static_cast<int32_t>(index));
    rows.ratings.push_back(sqlite3_column_type(row, 1) == SQLITE_NULL ? std::nan("") : sqlite3_column_double(row, 1));
    rows.times.push_back(sqlite3_column_type(row, 2) == SQLITE_NULL ? no_time : sqlite3_column_int64(row, 2));
    if (rows.items.size() % poll_rows == 0)
      clock.update(static_cast<double>(rows.items.size()) / static_cast<double>(total));
  }
  if (status != SQLITE_DONE) throw SQLite::Exception(db, status);
  return rows;
}

void write_missing_orders(Workspace& workspace) {
  SQLite::Statement sets(workspace.db(),
                         "SELECT id, first_interaction, interactions FROM data_set WHERE interactions > 0 AND id NOT "
                         "IN (SELECT data_set FROM interaction_order) ORDER BY id");
  SQLite::Statement read(workspace.db(),
                         "SELECT item, rating, time FROM interaction WHERE id >= ?1 AND id < ?1 + ?2 ORDER BY id");
  while (sets.executeStep()) {
    const int64_t data_set = sets.getColumn(0).getInt64();
    std::vector<int64_t> items, times;
    std::vector<double> ratings;
    read.bind(1, sets.getColumn(1).getInt64());
    read.bind(2, sets.getColumn(2).getInt64());
    while (read.executeStep()) {
      items.push_back(read.getColumn(0).getInt64());
      ratings.push_back(read.getColumn(1).isNull() ? std::nan("") : read.getColumn(1).getDouble());
      times.push_back(read.getColumn(2).isNull() ? no_time : read.getColumn(2).getInt64());
    }
    read.reset();
    write_order(workspace, data_set, RowOrder::Item, order_by(items, {}), {});
    write_order(workspace, data_set, RowOrder::Time, order_by(times, {}), {});
    write_order(workspace, data_set, RowOrder::Rating, order_by(ratings, {}), {});
  }
}

}  // namespace prefscope
