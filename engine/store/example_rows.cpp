// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/example_rows.h"

namespace prefscope {
namespace {

const std::string from_examples =
    "FROM example e LEFT JOIN user u ON u.id = e.user LEFT JOIN item i ON i.id = e.target "
    "LEFT JOIN example_pair p ON p.example = e.id AND p.position = 0 "
    "WHERE e.preparation = ?1 AND (?2 = '' OR u.key = ?2 OR instr(lower(ifnull(i.title, p.chosen)), lower(?2)) > 0) ";

std::optional<int64_t> next_where(Workspace& workspace, const char* also, int64_t preparation, int64_t position,
                                  bool forward) {
  SQLite::Statement query(workspace.db(), std::string("SELECT id FROM example WHERE preparation = ? ") + also +
                                              (forward ? "AND position > ? ORDER BY position LIMIT 1"
                                                       : "AND position < ? ORDER BY position DESC LIMIT 1"));
  query.bind(1, preparation);
  query.bind(2, position);
  if (!query.executeStep()) return std::nullopt;
  return query.getColumn(0).getInt64();
}

}  // namespace

int64_t count_example_rows(Workspace& workspace, int64_t preparation, const std::string& search) {
  SQLite::Statement query(workspace.db(), search.empty() ? "SELECT count(*) FROM example WHERE preparation = ?1"
                                                         : "SELECT count(*) " + from_examples);
  query.bind(1, preparation);
  if (!search.empty()) query.bind(2, search);
  query.executeStep();
  return query.getColumn(0).getInt64();
}

std::vector<ExampleRow> read_example_rows(Workspace& workspace, int64_t preparation, const std::string& search,
                                          int64_t offset, int64_t limit) {
  SQLite::Statement query(
      workspace.db(),
      "SELECT e.id, e.position, e.role, ifnull(u.key, ifnull(e.source, '')), "
      "ifnull(i.title, ifnull(p.chosen, '')), (SELECT count(*) FROM example_history WHERE example = e.id), "
      "(SELECT count(*) FROM candidate WHERE example = e.id), (SELECT count(*) FROM example_negative WHERE example = "
      "e.id) + "
      "(SELECT count(*) FROM example_pair WHERE example = e.id) " +
          from_examples + "ORDER BY e.position LIMIT ?3 OFFSET ?4");
  query.bind(1, preparation);
  query.bind(2, search);
  query.bind(3, limit);
  query.bind(4, offset);
  std::vector<ExampleRow> rows;
  while (query.executeStep()) {
    rows.push_back({query.getColumn(0).getInt64(), query.getColumn(1).getInt64(),
                    role_of(query.getColumn(2).getString()), query.getColumn(3).getString(),
                    query.getColumn(4).getString(), query.getColumn(5).getInt64(), query.getColumn(6).getInt64(),
                    query.getColumn(7).getInt64()});
  }
  return rows;
}

std::optional<int64_t> next_held_out(Workspace& workspace, int64_t preparation, int64_t position, bool forward) {
  return next_where(workspace, "AND role = 'held_out' ", preparation, position, forward);
}

std::optional<int64_t> next_example(Workspace& workspace, int64_t preparation, int64_t position, bool forward) {
  return next_where(workspace, "", preparation, position, forward);
}

std::map<int64_t, std::string> read_example_keys(Workspace& workspace, int64_t preparation) {
  SQLite::Statement query(workspace.db(),
                          "SELECT e.id, ifnull(u.key, ifnull(e.source, '')) FROM example e LEFT JOIN user u ON u.id = "
                          "e.user WHERE e.preparation = ?");
  query.bind(1, preparation);
  std::map<int64_t, std::string> keys;
  while (query.executeStep()) keys[query.getColumn(0).getInt64()] = query.getColumn(1).getString();
  return keys;
}

std::vector<std::string> read_titles(Workspace& workspace, const std::vector<int64_t>& items) {
  SQLite::Statement query(workspace.db(), "SELECT title FROM item WHERE id = ?");
  std::vector<std::string> titles;
  for (const int64_t item : items) {
    query.bind(1, item);
    titles.push_back(query.executeStep() ? query.getColumn(0).getString() : "");
    query.reset();
  }
  return titles;
}

}  // namespace prefscope
