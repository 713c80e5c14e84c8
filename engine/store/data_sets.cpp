// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/data_sets.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/store/stops_statements.h"

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

constexpr int64_t deleted_at_once = 1 << 16;  // rows between two polls: some 40 ms

void delete_interactions(Workspace& workspace, int64_t data_set, const TaskContext& context) {
  SQLite::Statement range(workspace.db(), "SELECT first_interaction, interactions FROM data_set WHERE id = ?");
  range.bind(1, data_set);
  if (!range.executeStep()) return;
  const int64_t begin = range.getColumn(0).getInt64(), count = range.getColumn(1).getInt64();
  SQLite::Statement remove(workspace.db(), "DELETE FROM interaction WHERE id >= ? AND id < ?");
  ProgressClock clock(context, "Deleting rows");
  for (int64_t at = 0; at < count; at += deleted_at_once) {
    clock.update(static_cast<double>(at) / static_cast<double>(count));
    remove.bind(1, begin + at);
    remove.bind(2, begin + std::min(at + deleted_at_once, count));
    remove.exec();
    remove.reset();
  }
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

void delete_data_set(Workspace& workspace, int64_t data_set, const TaskContext& context) {
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
  stoppable(workspace, context, [&] {
    // Children first: a run's parent and preparation, a row's user and item are not deleted by cascade on purpose.
    execute("UPDATE run SET parent = NULL WHERE data_set = ?1");
    execute("DELETE FROM run WHERE data_set = ?1");
    // Its examples, their scores, cases and rationales go by cascade.
    execute("DELETE FROM preparation WHERE data_set = ?1");
    delete_interactions(workspace, data_set, context);
    execute("DELETE FROM data_set WHERE id = ?1");
    context.check();
  });
  transaction.commit();
  // A later run may get the same number: it must not find these checkpoints.
  std::error_code ignored;
  for (const int64_t run : runs) std::filesystem::remove_all(workspace.run_folder(run), ignored);
}

}  // namespace prefscope
