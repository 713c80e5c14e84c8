// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/data_sets.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string_view>

#include "engine/base/error.h"
#include "engine/store/interaction_rows.h"

namespace prefscope {
namespace {

constexpr const char* data_set_columns =
    "SELECT id, name, format, source, content_hash, imported_at, users, items, interactions, examples, has_ratings "
    "FROM data_set ";

DataSet read_row(SQLite::Statement& query) {
  DataSet d;
  d.id = query.getColumn(0).getInt64();
  d.name = query.getColumn(1).getString();
  d.format = query.getColumn(2).getString();
  d.source = query.getColumn(3).getString();
  d.content_hash = query.getColumn(4).getString();
  d.imported_at = query.getColumn(5).getString();
  d.users = query.getColumn(6).getInt64();
  d.items = query.getColumn(7).getInt64();
  d.interactions = query.getColumn(8).getInt64();
  d.examples = query.getColumn(9).getInt64();
  d.has_ratings = query.getColumn(10).getInt() != 0;
  return d;
}

/// Text in the form that searches compare: case folded and in one normal form, in any script.
std::string folded(std::string_view text) {
  std::string plain(text);
  bool ascii = true;
  for (char& c : plain) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    ascii = ascii && static_cast<unsigned char>(c) < 0x80;
  }
  if (ascii) return plain;
  utf8proc_uint8_t* out = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &out, options);
  if (size >= 0) plain.assign(reinterpret_cast<const char*>(out), static_cast<size_t>(size));
  std::free(out);
  return plain;
}

/// SQL: has(text, part), where part is folded. What is searched for is plain text, whatever it holds.
void has(sqlite3_context* context, int, sqlite3_value** values) {
  const auto text = [&](int i) {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(values[i]));
    return bytes == nullptr ? std::string_view()
                            : std::string_view(bytes, static_cast<size_t>(sqlite3_value_bytes(values[i])));
  };
  sqlite3_result_int(context, folded(text(0)).find(text(1)) != std::string::npos ? 1 : 0);
}

std::string user_where(const std::string& search) {
  return search.empty() ? "WHERE data_set = ?1 AND ?2 = '' " : "WHERE data_set = ?1 AND has(key, ?2) ";
}
std::string item_where(const std::string& search) {
  return search.empty() ? "WHERE data_set = ?1 AND ?2 = '' "
                        : "WHERE data_set = ?1 AND (has(title, ?2) OR has(key, ?2)) ";
}
/// A query that may search.
SQLite::Statement searching(Workspace& workspace, const std::string& sql) {
  sqlite3_create_function_v2(workspace.db().getHandle(), "has", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, &has,
                             nullptr, nullptr, nullptr);
  return SQLite::Statement(workspace.db(), sql);
}

template <typename Order>
void bind_filter(SQLite::Statement& query, const RowQuery<Order>& page) {
  query.bind(1, page.data_set);
  query.bind(2, folded(page.search));
}

template <typename Order>
void bind_page(SQLite::Statement& query, const RowQuery<Order>& page) {
  bind_filter(query, page);
  query.bind(3, page.limit);
  query.bind(4, page.offset);
}

template <typename Order>
int64_t count(Workspace& workspace, const std::string& sql, const RowQuery<Order>& page) {
  SQLite::Statement query = searching(workspace, sql);
  bind_filter(query, page);
  query.executeStep();
  return query.getColumn(0).getInt64();
}

template <typename Order>
int64_t counted(Workspace& workspace, const char* column, const RowQuery<Order>& page) {
  SQLite::Statement query(workspace.db(), fmt::format("SELECT {} FROM data_set WHERE id = ?", column));
  query.bind(1, page.data_set);
  return query.executeStep() ? query.getColumn(0).getInt64() : 0;
}

InteractionRow read_interaction(SQLite::Statement& query) {
  InteractionRow row;
  row.id = query.getColumn(0).getInt64();
  row.user = query.getColumn(1).getInt64();
  row.item = query.getColumn(2).getInt64();
  row.user_key = query.getColumn(3).getString();
  row.title = query.getColumn(4).getString();
  if (!query.getColumn(5).isNull()) row.rating = query.getColumn(5).getDouble();
  if (!query.getColumn(6).isNull()) row.time = query.getColumn(6).getInt64();
  return row;
}

/// A set's rows: ids [first, first + count).
struct RowRange {
  int64_t first = 0, count = 0;
};

RowRange rows_of(Workspace& workspace, int64_t data_set) {
  SQLite::Statement query(workspace.db(), "SELECT first_interaction, interactions FROM data_set WHERE id = ?");
  query.bind(1, data_set);
  return query.executeStep() ? RowRange{query.getColumn(0).getInt64(), query.getColumn(1).getInt64()} : RowRange{};
}

/// [rows of the set] whether the search finds each.
std::vector<bool> found_rows(Workspace& workspace, const RowRange& all, const RowQuery<InteractionOrder>& page) {
  std::vector<bool> found(static_cast<size_t>(all.count));
  SQLite::Statement items =
      searching(workspace, "SELECT first_place, interactions FROM item WHERE data_set = ?1 AND has(title, ?2)");
  bind_filter(items, page);
  while (items.executeStep()) {
    const int64_t begin = items.getColumn(0).getInt64(), count = items.getColumn(1).getInt64();
    for (const uint32_t row : read_order(workspace, page.data_set, RowOrder::Item, begin, begin + count))
      found[row] = true;
  }
  SQLite::Statement user(workspace.db(),
                         "SELECT first_interaction, interactions FROM user WHERE data_set = ? AND key = ?");
  user.bind(1, page.data_set);
  user.bind(2, page.search);
  if (user.executeStep()) {
    const auto begin = found.begin() + (user.getColumn(0).getInt64() - all.first);
    std::fill(begin, begin + user.getColumn(1).getInt64(), true);
  }
  return found;
}

/// Rows at places [begin, end) of the wanted order, ascending.
std::vector<uint32_t> ordered_rows(Workspace& workspace, const RowQuery<InteractionOrder>& page, int64_t begin,
                                   int64_t end) {
  if (page.order != InteractionOrder::User)
    return read_order(workspace, page.data_set,
                      page.order == InteractionOrder::Time ? RowOrder::Time : RowOrder::Rating, begin, end);
  std::vector<uint32_t> rows(static_cast<size_t>(std::max<int64_t>(end - begin, 0)));
  std::iota(rows.begin(), rows.end(), static_cast<uint32_t>(begin));
  return rows;
}

/// The rows of a page, in its order.
std::vector<uint32_t> page_rows(Workspace& workspace, const RowRange& all, const RowQuery<InteractionOrder>& page) {
  const int64_t end = page.limit < 0 ? all.count : std::min(page.offset + page.limit, all.count);
  const auto part = [&](int64_t from, int64_t to) {  // of the order as it is wanted, descending or not
    if (!page.descending) return ordered_rows(workspace, page, from, to);
    std::vector<uint32_t> rows = ordered_rows(workspace, page, all.count - to, all.count - from);
    std::reverse(rows.begin(), rows.end());
    return rows;
  };
  if (page.search.empty()) return part(page.offset, end);
  constexpr int64_t piece = 1 << 20;
  const std::vector<bool> found = found_rows(workspace, all, page);
  std::vector<uint32_t> rows;
  int64_t before = page.offset;
  for (int64_t from = 0; from < all.count; from += piece) {
    for (const uint32_t row : part(from, std::min(from + piece, all.count))) {
      if (!found[row] || before-- > 0) continue;
      rows.push_back(row);
      if (std::ssize(rows) == page.limit) return rows;
    }
  }
  return rows;
}

}  // namespace

std::vector<DataSet> list_data_sets(Workspace& workspace) {
  SQLite::Statement query(workspace.db(), std::string(data_set_columns) + "ORDER BY id");
  std::vector<DataSet> all;
  while (query.executeStep()) all.push_back(read_row(query));
  return all;
}

DataSet find_data_set(Workspace& workspace, const std::string& name) {
  SQLite::Statement query(workspace.db(), std::string(data_set_columns) + "WHERE name = ?");
  query.bind(1, name);
  if (query.executeStep()) return read_row(query);
  std::string known;
  for (const DataSet& d : list_data_sets(workspace)) known += (known.empty() ? "" : ", ") + d.name;
  throw Error(ErrorKind::BadInput,
              fmt::format("there is no data set \"{}\" in {}; {}", name, workspace.folder().string(),
                          known.empty() ? "import one first" : "there are: " + known));
}

std::string report_json(Workspace& workspace, int64_t data_set) {
  SQLite::Statement query(workspace.db(), "SELECT report FROM data_set WHERE id = ?");
  query.bind(1, data_set);
  return query.executeStep() ? query.getColumn(0).getString() : "";
}

std::vector<Dropped> dropped_of(Workspace& workspace, int64_t data_set) {
  SQLite::Statement query(workspace.db(),
                          "SELECT file, line, reason FROM import_drop WHERE data_set = ? ORDER BY rowid");
  query.bind(1, data_set);
  std::vector<Dropped> all;
  while (query.executeStep())
    all.push_back({query.getColumn(0).getString(), query.getColumn(1).getInt64(), query.getColumn(2).getString()});
  return all;
}

void delete_data_set(Workspace& workspace, int64_t data_set) {
  SQLite::Transaction transaction(workspace.db(), SQLite::TransactionBehavior::IMMEDIATE);
  const auto ids = [&](const char* sql) {
    SQLite::Statement query(workspace.db(), sql);
    query.bind(1, data_set);
    std::vector<int64_t> found;
    while (query.executeStep()) found.push_back(query.getColumn(0).getInt64());
    return found;
  };
  if (const auto busy = ids("SELECT id FROM run WHERE data_set = ?1 AND status = 'running' ORDER BY id"); !busy.empty())
    throw Error(ErrorKind::BadInput, fmt::format("run {} of this data set is training; stop it first", busy.front()));
  if (const auto heirs =
          ids("SELECT id FROM run WHERE data_set <> ?1 AND parent IN (SELECT id FROM run WHERE data_set = ?1) "
              "ORDER BY id");
      !heirs.empty())
    throw Error(
        ErrorKind::BadInput,
        fmt::format("run {} on another data set builds on a run of this one; delete that run first", heirs.front()));
  const std::vector<int64_t> runs = ids("SELECT id FROM run WHERE data_set = ?1 ORDER BY id");
  const auto execute = [&](const char* sql) {
    SQLite::Statement statement(workspace.db(), sql);
    statement.bind(1, data_set);
    statement.exec();
  };
  // Children first: a run's parent and preparation, a row's user and item are not deleted by cascade on purpose.
  execute("UPDATE run SET parent = NULL WHERE data_set = ?1");
  execute("DELETE FROM run WHERE data_set = ?1");
  execute(
      "DELETE FROM preparation WHERE data_set = ?1");  // its examples, their scores, cases and rationales go by cascade
  execute(
      "DELETE FROM interaction WHERE id >= (SELECT first_interaction FROM data_set WHERE id = ?1) AND id < (SELECT "
      "first_interaction + interactions FROM data_set WHERE id = ?1)");
  execute("DELETE FROM data_set WHERE id = ?1");
  transaction.commit();
  // A later run may get the same number: it must not find these checkpoints.
  std::error_code ignored;
  for (const int64_t run : runs) std::filesystem::remove_all(workspace.run_folder(run), ignored);
}

int64_t count_users(Workspace& workspace, const RowQuery<UserOrder>& page) {
  if (page.search.empty()) return counted(workspace, "users", page);
  return count(workspace, "SELECT count(*) FROM user " + user_where(page.search), page);
}

std::vector<UserRow> read_users(Workspace& workspace, const RowQuery<UserOrder>& page) {
  const char* direction = page.descending ? "DESC" : "ASC";
  // Keys that are numbers sort as numbers.
  const std::string order = page.order == UserOrder::Key ? fmt::format("length(key) {0}, key {0}, id {0}", direction)
                            : page.order == UserOrder::Interactions ? fmt::format("interactions {0}, id {0}", direction)
                                                                    : fmt::format("id {}", direction);
  SQLite::Statement query = searching(workspace, "SELECT id, key, interactions FROM user " + user_where(page.search) +
                                                     "ORDER BY " + order + " LIMIT ?3 OFFSET ?4");
  bind_page(query, page);
  std::vector<UserRow> rows;
  while (query.executeStep())
    rows.push_back({query.getColumn(0).getInt64(), query.getColumn(1).getString(), query.getColumn(2).getInt64()});
  return rows;
}

int64_t count_items(Workspace& workspace, const RowQuery<ItemOrder>& page) {
  if (page.search.empty()) return counted(workspace, "items", page);
  return count(workspace, "SELECT count(*) FROM item " + item_where(page.search), page);
}

std::vector<ItemRow> read_items(Workspace& workspace, const RowQuery<ItemOrder>& page) {
  const char* direction = page.descending ? "DESC" : "ASC";
  const std::string order = page.order == ItemOrder::Key ? fmt::format("length(key) {0}, key {0}, id {0}", direction)
                            : page.order == ItemOrder::Title        ? fmt::format("title {0}, id {0}", direction)
                            : page.order == ItemOrder::Interactions ? fmt::format("interactions {0}, id {0}", direction)
                                                                    : fmt::format("id {}", direction);
  SQLite::Statement query =
      searching(workspace, "SELECT id, key, title, interactions FROM item " + item_where(page.search) + "ORDER BY " +
                               order + " LIMIT ?3 OFFSET ?4");
  SQLite::Statement attributes(workspace.db(),
                               "SELECT name, value FROM item_attribute WHERE item = ? ORDER BY position");
  bind_page(query, page);
  std::vector<ItemRow> rows;
  while (query.executeStep()) {
    ItemRow row;
    row.id = query.getColumn(0).getInt64();
    row.key = query.getColumn(1).getString();
    row.title = query.getColumn(2).getString();
    row.interactions = query.getColumn(3).getInt64();
    attributes.bind(1, row.id);
    for (std::string last; attributes.executeStep();) {
      const std::string name = attributes.getColumn(0).getString();
      if (!row.attributes.empty()) row.attributes += name == last ? ", " : "; ";
      if (name != last) row.attributes += name + ": ";
      row.attributes += attributes.getColumn(1).getString();
      last = name;
    }
    attributes.reset();
    rows.push_back(std::move(row));
  }
  return rows;
}

int64_t count_interactions(Workspace& workspace, const RowQuery<InteractionOrder>& page) {
  const RowRange all = rows_of(workspace, page.data_set);
  if (page.search.empty()) return all.count;
  const std::vector<bool> found = found_rows(workspace, all, page);
  return std::count(found.begin(), found.end(), true);
}

std::vector<InteractionRow> read_interactions(Workspace& workspace, const RowQuery<InteractionOrder>& page) {
  const RowRange all = rows_of(workspace, page.data_set);
  SQLite::Statement query(
      workspace.db(),
      "SELECT x.id, u.id, x.item, u.key, i.title, x.rating, x.time FROM interaction x JOIN item i ON i.id = x.item "
      "JOIN "
      "user u ON u.id = (SELECT id FROM user WHERE data_set = ?1 AND first_interaction <= x.id AND interactions > 0 "
      "ORDER BY first_interaction DESC LIMIT 1) WHERE x.id = ?2");
  std::vector<InteractionRow> rows;
  query.bind(1, page.data_set);
  for (const uint32_t row : page_rows(workspace, all, page)) {
    query.bind(2, all.first + row);
    if (query.executeStep()) rows.push_back(read_interaction(query));
    query.reset();
  }
  return rows;
}

std::vector<InteractionRow> read_history(Workspace& workspace, int64_t user) {
  SQLite::Statement query(workspace.db(),
                          "SELECT x.id, x.user, x.item, x.user_key, i.title, x.rating, x.time FROM user_interaction x "
                          "JOIN item i ON i.id = x.item WHERE x.user = ? ORDER BY x.id");
  query.bind(1, user);
  std::vector<InteractionRow> rows;
  while (query.executeStep()) rows.push_back(read_interaction(query));
  return rows;
}

}  // namespace prefscope
