// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/example_rows.h"

#include "engine/store/found_ids.h"
#include "engine/store/text_match.h"

namespace prefscope {
namespace {

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

FoundRows find_examples(Workspace& workspace, int64_t preparation, const RowQuery& query, const TaskContext& context) {
  const std::string subject = "ifnull(u.key, ifnull(e.source, ''))", target = "ifnull(i.title, ifnull(p.chosen, ''))";
  const std::string history = "(SELECT count(*) FROM example_history WHERE example = e.id)";
  Sql sql{
      "SELECT e.id FROM example e LEFT JOIN user u ON u.id = e.user LEFT JOIN item i ON i.id = e.target "
      "LEFT JOIN example_pair p ON p.example = e.id AND p.position = 0 WHERE e.preparation = ?",
      {preparation}};
  if (const auto words = folded_words(query.search); !words.empty()) {
    sql += {" AND (u.key = ? OR (1", {query.search}};
    for (const std::string& word : words) sql += word_sql(target, word);
    sql.text += "))";
  }
  for (const RowCondition& c : query.where) {
    if (c.column == RowColumn::User) {
      sql += text_sql(subject, c.text);
    } else if (c.column == RowColumn::Title) {
      sql += text_sql(target, c.text);
    } else if (c.column == RowColumn::Role) {
      sql += text_sql("replace(e.role, '_', ' ')", c.text);
    } else if (c.column == RowColumn::History) {
      sql += range_sql(history, c.range);
    } else {
      refuse_column(c.column, "examples");
    }
  }
  sql.text += " ORDER BY " + order_sql(query, "e.position", [&](RowColumn column, const std::string& direction) {
                if (column == RowColumn::User) return key_order_sql(subject, direction);
                if (column == RowColumn::Title) return target + direction;
                if (column == RowColumn::Role) return "e.role" + direction;
                if (column != RowColumn::History) refuse_column(column, "examples");
                return history + direction;
              });
  return found_ids(workspace, sql, context);
}

std::vector<ExampleRow> read_example_rows(Workspace& workspace, const FoundRows& found, int64_t offset, int64_t limit) {
  SQLite::Statement query(
      workspace.db(),
      "SELECT e.id, e.position, e.role, ifnull(u.key, ifnull(e.source, '')), ifnull(i.title, ifnull(p.chosen, '')), "
      "(SELECT count(*) FROM example_history WHERE example = e.id), (SELECT count(*) FROM candidate WHERE example = "
      "e.id), (SELECT count(*) FROM example_negative WHERE example = e.id) + (SELECT count(*) FROM example_pair WHERE "
      "example = e.id) FROM example e LEFT JOIN user u ON u.id = e.user LEFT JOIN item i ON i.id = e.target LEFT JOIN "
      "example_pair p ON p.example = e.id AND p.position = 0 WHERE e.id = ?");
  std::vector<ExampleRow> rows;
  for (int64_t place = offset; place < found.count && place - offset < limit; ++place) {
    query.bind(1, found.id(place));
    if (query.executeStep())
      rows.push_back({query.getColumn(0).getInt64(), query.getColumn(1).getInt64(),
                      role_of(query.getColumn(2).getString()), query.getColumn(3).getString(),
                      query.getColumn(4).getString(), query.getColumn(5).getInt64(), query.getColumn(6).getInt64(),
                      query.getColumn(7).getInt64()});
    query.reset();
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
