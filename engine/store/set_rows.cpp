// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/set_rows.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>

#include "engine/store/found_ids.h"
#include "engine/store/text_match.h"

namespace prefscope {
namespace {

/// "genre: Drama, Crime; year: 1995".
class AttributeText {
 public:
  explicit AttributeText(Workspace& workspace)
      : query_(workspace.db(), "SELECT name, value FROM item_attribute WHERE item = ? ORDER BY position") {}

  std::string of(int64_t item) {
    std::string text, last;
    for (query_.bind(1, item); query_.executeStep();) {
      const std::string name = query_.getColumn(0).getString();
      if (!text.empty()) text += name == last ? ", " : "; ";
      if (name != last) text += name + ": ";
      text += query_.getColumn(1).getString();
      last = name;
    }
    query_.reset();
    return text;
  }

 private:
  SQLite::Statement query_;
};

template <typename Row, typename Read>
std::vector<Row> read_rows(Workspace& workspace, const std::string& sql, const FoundRows& found, int64_t offset,
                           int64_t limit, Read read) {
  SQLite::Statement query(workspace.db(), sql);
  std::vector<Row> rows;
  for (int64_t place = offset; place < found.count && place - offset < limit; ++place) {
    query.bind(1, found.id(place));
    if (query.executeStep()) rows.push_back(read(query));
    query.reset();
  }
  return rows;
}

std::optional<int64_t> known(const SQLite::Column& column) {
  return column.isNull() ? std::nullopt : std::optional(column.getInt64());
}

}  // namespace

FoundRows find_users(Workspace& workspace, const RowQuery& query, const TaskContext& context) {
  Sql sql{"SELECT id FROM user WHERE data_set = ?", {query.data_set}};
  for (const std::string& word : folded_words(query.search)) sql += word_sql("key", word);
  for (const RowCondition& c : query.where) {
    if (c.column == RowColumn::User) {
      sql += text_sql("key", c.text);
    } else if (c.column == RowColumn::Interactions) {
      sql += range_sql("interactions", c.range);
    } else {
      refuse_column(c.column, "users");
    }
  }
  sql.text += " ORDER BY " + order_sql(query, "id", [](RowColumn column, const std::string& direction) {
                if (column == RowColumn::User) return key_order_sql("key", direction);
                if (column != RowColumn::Interactions) refuse_column(column, "users");
                return "interactions" + direction;
              });
  return found_ids(workspace, sql, context);
}

FoundRows find_items(Workspace& workspace, const RowQuery& query, const TaskContext& context) {
  Sql sql{"SELECT i.id FROM item i WHERE i.data_set = ?", {query.data_set}};
  sql += item_words_sql(query.search, true);
  for (const RowCondition& c : query.where) {
    if (c.column == RowColumn::Interactions) {
      sql += range_sql("i.interactions", c.range);
    } else if (is_item_text(c.column)) {
      sql += item_text_sql(c);
    } else {
      refuse_column(c.column, "items");
    }
  }
  sql.text += " ORDER BY " + order_sql(query, "i.id", [](RowColumn column, const std::string& direction) {
                if (column == RowColumn::ItemKey) return key_order_sql("i.key", direction);
                if (column == RowColumn::Title) return "i.title" + direction;
                if (column != RowColumn::Interactions) refuse_column(column, "items");
                return "i.interactions" + direction;
              });
  return found_ids(workspace, sql, context);
}

FoundRows find_history(Workspace& workspace, int64_t user) {
  SQLite::Statement query(workspace.db(), "SELECT first_interaction, interactions FROM user WHERE id = ?");
  query.bind(1, user);
  if (!query.executeStep()) return {};
  return {query.getColumn(0).getInt64(), query.getColumn(1).getInt64(), {}};
}

std::vector<UserRow> read_users(Workspace& workspace, const FoundRows& found, int64_t offset, int64_t limit) {
  return read_rows<UserRow>(
      workspace,
      "SELECT id, key, interactions, (SELECT time FROM interaction WHERE id = u.first_interaction AND u.interactions > "
      "0), (SELECT time FROM interaction WHERE id = u.first_interaction + u.interactions - 1 AND u.interactions > 0) "
      "FROM user u WHERE id = ?",
      found, offset, limit, [](SQLite::Statement& row) {
        return UserRow{row.getColumn(0).getInt64(), row.getColumn(1).getString(), row.getColumn(2).getInt64(),
                       known(row.getColumn(3)), known(row.getColumn(4))};
      });
}

std::vector<ItemRow> read_items(Workspace& workspace, const FoundRows& found, int64_t offset, int64_t limit) {
  AttributeText attributes(workspace);
  return read_rows<ItemRow>(workspace, "SELECT id, key, title, interactions FROM item WHERE id = ?", found, offset,
                            limit, [&](SQLite::Statement& row) {
                              const int64_t id = row.getColumn(0).getInt64();
                              return ItemRow{id, row.getColumn(1).getString(), row.getColumn(2).getString(),
                                             attributes.of(id), row.getColumn(3).getInt64()};
                            });
}

std::vector<InteractionRow> read_interactions(Workspace& workspace, const FoundRows& found, int64_t offset,
                                              int64_t limit) {
  AttributeText attributes(workspace);
  return read_rows<InteractionRow>(
      workspace,
      "SELECT x.id, u.id, x.item, u.key, i.key, i.title, x.rating, x.time FROM interaction x JOIN item i ON i.id = "
      "x.item JOIN user u ON u.id = (SELECT id FROM user WHERE data_set = i.data_set AND first_interaction <= x.id AND "
      "interactions > 0 ORDER BY first_interaction DESC LIMIT 1) WHERE x.id = ?",
      found, offset, limit, [&](SQLite::Statement& query) {
        InteractionRow row;
        row.id = query.getColumn(0).getInt64();
        row.user = query.getColumn(1).getInt64();
        row.item = query.getColumn(2).getInt64();
        row.user_key = query.getColumn(3).getString();
        row.item_key = query.getColumn(4).getString();
        row.title = query.getColumn(5).getString();
        row.attributes = attributes.of(row.item);
        if (!query.getColumn(6).isNull()) row.rating = query.getColumn(6).getDouble();
        row.time = known(query.getColumn(7));
        return row;
      });
}

std::vector<InteractionRow> read_history(Workspace& workspace, int64_t user) {
  const FoundRows found = find_history(workspace, user);
  return read_interactions(workspace, found, 0, found.count);
}

}  // namespace prefscope
