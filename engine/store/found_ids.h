// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/row_query.h"
#include "engine/store/workspace.h"

namespace prefscope {

/// Part of a statement, and what its question marks stand for.
struct Sql {
  std::string text;
  std::vector<std::variant<int64_t, double, std::string>> values;

  Sql& operator+=(const Sql& more) {
    text += more.text;
    values.insert(values.end(), more.values.begin(), more.values.end());
    return *this;
  }
};

/// " AND ..." that a column holds a condition's text.
Sql text_sql(const std::string& column, const std::string& text);
/// " AND ..." that a column holds a folded word.
Sql word_sql(const std::string& column, const std::string& word);
/// " AND column >= low AND column <= high", or that it is missing.
Sql range_sql(const std::string& column, const ValueRange& range);
/// " AND ..." that an item of table alias i holds all words in its title, its attributes and, where asked, its key.
Sql item_words_sql(const std::string& search, bool keys);
/// Title, ItemKey or Attributes.
bool is_item_text(RowColumn column);
/// " AND ..." of a condition on an item of table alias i; its column is one of those.
Sql item_text_sql(const RowCondition& condition);
/// "title DESC, id DESC": the sort keys' columns, as `column_sql` writes each for a direction, then id.
template <typename ColumnSql>
std::string order_sql(const RowQuery& query, const std::string& id, const ColumnSql& column_sql) {
  std::string text;
  for (const SortKey& key : query.order) text += column_sql(key.column, key.descending ? " DESC" : " ASC") + ", ";
  return text + id + (!query.order.empty() && query.order.front().descending ? " DESC" : " ASC");
}
/// Numbers in text sort as numbers: 2 before 10.
std::string key_order_sql(const std::string& column, const std::string& direction);

/// Runs "SELECT id FROM ...", which gives ids in order, and can be stopped at any moment.
FoundRows found_ids(Workspace& workspace, const Sql& select, const TaskContext& context);

/// Throws BadInput: the table of `rows` has no such filter or order.
[[noreturn]] void refuse_column(RowColumn column, const char* rows);

}  // namespace prefscope
