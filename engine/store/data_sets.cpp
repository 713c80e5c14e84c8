// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/data_sets.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <utf8proc.h>

#include <cstdlib>
#include <string_view>
#include <type_traits>

#include "engine/base/error.h"

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
std::string interaction_where(const std::string& search) {
  if (search.empty()) return "WHERE x.data_set = ?1 AND ?2 = '' ";
  return "WHERE x.data_set = ?1 AND (x.item IN (SELECT id FROM item WHERE data_set = ?1 AND has(title, ?2)) "
         "OR x.user IN (SELECT id FROM user WHERE data_set = ?1 AND key = ?5)) ";
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
  if (std::is_same_v<Order, InteractionOrder> && !page.search.empty()) query.bind(5, page.search);
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

constexpr const char* interaction_columns = "SELECT x.id, x.user, x.item, u.key, i.title, x.rating, x.time ";

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
  execute("DELETE FROM interaction WHERE data_set = ?1");
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
  if (page.search.empty()) return counted(workspace, "interactions", page);
  return count(workspace, "SELECT count(*) FROM interaction x " + interaction_where(page.search), page);
}

std::vector<InteractionRow> read_interactions(Workspace& workspace, const RowQuery<InteractionOrder>& page) {
  const char* direction = page.descending ? "DESC" : "ASC";
  const std::string order = page.order == InteractionOrder::Time     ? fmt::format("x.time {0}, x.id {0}", direction)
                            : page.order == InteractionOrder::Rating ? fmt::format("x.rating {0}, x.id {0}", direction)
                                                                     : fmt::format("x.position {}", direction);
  // The page is cut from the index alone before users and titles are looked up.
  SQLite::Statement query =
      searching(workspace, std::string(interaction_columns) + "FROM (SELECT id FROM interaction x " +
                               interaction_where(page.search) + "ORDER BY " + order +
                               " LIMIT ?3 OFFSET ?4) p JOIN interaction x ON x.id = p.id JOIN user u ON "
                               "u.id = x.user JOIN item i ON i.id = x.item ORDER BY " +
                               order);
  bind_page(query, page);
  std::vector<InteractionRow> rows;
  while (query.executeStep()) rows.push_back(read_interaction(query));
  return rows;
}

std::vector<InteractionRow> read_history(Workspace& workspace, int64_t user) {
  SQLite::Statement query(workspace.db(), std::string(interaction_columns) +
                                              "FROM interaction x JOIN user u ON u.id = x.user JOIN item i ON i.id = "
                                              "x.item WHERE x.user = ? ORDER BY x.time, x.position");
  query.bind(1, user);
  std::vector<InteractionRow> rows;
  while (query.executeStep()) rows.push_back(read_interaction(query));
  return rows;
}

}  // namespace prefscope
