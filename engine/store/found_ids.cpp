// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/found_ids.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/store/stops_statements.h"
#include "engine/store/text_match.h"

namespace prefscope {
namespace {

const char* name_of(RowColumn column) {
  switch (column) {
    case RowColumn::User:
      return "user";
    case RowColumn::Title:
      return "title";
    case RowColumn::ItemKey:
      return "item key";
    case RowColumn::Attributes:
      return "attributes";
    case RowColumn::Interactions:
      return "interactions";
    case RowColumn::Rating:
      return "rating";
    case RowColumn::Time:
      return "time";
    case RowColumn::Role:
      return "role";
    case RowColumn::History:
      return "history";
  }
  return "";
}

}  // namespace

bool is_text(RowColumn column) {
  return is_item_text(column) || column == RowColumn::User || column == RowColumn::Role;
}

bool is_item_text(RowColumn column) {
  return column == RowColumn::Title || column == RowColumn::ItemKey || column == RowColumn::Attributes;
}

Sql range_sql(const std::string& column, const ValueRange& range) {
  if (range.missing) return {" AND " + column + " IS NULL", {}};
  return {" AND " + column + " >= ? AND " + column + " <= ?", {range.low, range.high}};
}

Sql text_sql(const std::string& column, const std::string& text) {
  if (text.starts_with('=')) return {" AND equals(" + column + ", ?)", {folded(without_edges(text.substr(1)))}};
  return {" AND contains(" + column + ", ?)", {folded(text)}};
}

Sql word_sql(const std::string& column, const std::string& word) {
  return {" AND contains(" + column + ", ?)", {word}};
}

Sql item_words_sql(const std::string& search, bool keys) {
  Sql sql;
  for (const std::string& word : folded_words(search)) {
    if (keys) sql += {" AND (contains(i.key, ?) OR", {word}};
    sql += {std::string(keys ? "" : " AND (") +
                " contains(i.title, ?) OR EXISTS (SELECT 1 FROM item_attribute a WHERE a.item = i.id AND "
                "contains(a.value, ?)))",
            {word, word}};
  }
  return sql;
}

Sql item_text_sql(const RowCondition& condition) {
  if (condition.column == RowColumn::Title) return text_sql("i.title", condition.text);
  if (condition.column == RowColumn::ItemKey) return text_sql("i.key", condition.text);
  // As it is shown: "genre: Drama", or the value alone.
  Sql sql = text_sql("a.name || ': ' || a.value", condition.text);
  Sql value = text_sql("a.value", condition.text);
  const size_t begin = std::string(" AND ").size();
  return {" AND EXISTS (SELECT 1 FROM item_attribute a WHERE a.item = i.id AND (" + sql.text.substr(begin) + " OR " +
              value.text.substr(begin) + "))",
          {sql.values[0], value.values[0]}};
}

std::string key_order_sql(const std::string& column, const std::string& direction) {
  return "length(" + column + ")" + direction + ", " + column + direction;
}

FoundRows found_ids(Workspace& workspace, const Sql& select, const TaskContext& context) {
  add_matches(workspace);
  const std::vector<int64_t> ids = stoppable(workspace, context, [&] {
    SQLite::Statement query(workspace.db(), select.text);
    for (size_t i = 0; i < select.values.size(); ++i)
      std::visit([&](const auto& value) { query.bind(static_cast<int>(i) + 1, value); }, select.values[i]);
    std::vector<int64_t> all;
    while (query.executeStep()) all.push_back(query.getColumn(0).getInt64());
    return all;
  });
  FoundRows found;
  found.count = std::ssize(ids);
  if (ids.empty()) return found;
  const auto [least, most] = std::minmax_element(ids.begin(), ids.end());
  if ((*most - *least) >> 32 != 0)
    throw Error(
        ErrorKind::Unsupported,
        fmt::format("expected the rows of a table within 4,294,967,296 ids, found ids from {} to {}; import the "
                    "set anew",
                    *least, *most));
  found.first = *least;
  found.offsets.reserve(ids.size());
  bool in_file_order = true;
  for (const int64_t id : ids) {
    in_file_order = in_file_order && id - found.first == std::ssize(found.offsets);
    found.offsets.push_back(static_cast<uint32_t>(id - found.first));
  }
  if (in_file_order) found.offsets = {};
  return found;
}

void refuse_column(RowColumn column, const char* rows) {
  throw Error(ErrorKind::BadInput,
              fmt::format("{} cannot be filtered or sorted by {}; choose another column", rows, name_of(column)));
}

}  // namespace prefscope
