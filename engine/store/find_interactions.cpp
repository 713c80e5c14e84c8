// SPDX-License-Identifier: GPL-3.0-or-later
// How millions of interactions are found and ordered. Each condition passes rows by the order that suits it: a rating
// or a time is a piece of the order by it, an item's rows a piece of the order by item, a user's rows lie side by side.
// Sorted by rating or time alone, rows come out of that order; by anything else their keys are read and sorted, the
// last key first.
#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>

#include "engine/base/error.h"
#include "engine/base/stable_order.h"
#include "engine/store/found_ids.h"
#include "engine/store/interaction_rows.h"
#include "engine/store/set_rows.h"
#include "engine/store/stops_statements.h"
#include "engine/store/text_match.h"

namespace prefscope {
namespace {

constexpr int64_t piece = 1 << 20;       // rows between two polls
constexpr int64_t few_rows_factor = 20;  // of a set with so many times the rows, each is read by its id

struct RowRange {
  int64_t first = 0, count = 0;
};

RowRange rows_of(Workspace& workspace, int64_t data_set) {
  SQLite::Statement query(workspace.db(), "SELECT first_interaction, interactions FROM data_set WHERE id = ?");
  query.bind(1, data_set);
  return query.executeStep() ? RowRange{query.getColumn(0).getInt64(), query.getColumn(1).getInt64()} : RowRange{};
}

/// Which rows have passed how many conditions, one after the other.
class Passes {
 public:
  explicit Passes(int64_t rows) : passed_(static_cast<size_t>(rows)) {}

  void pass(int64_t row) {
    uint8_t& passed = passed_[static_cast<size_t>(row)];
    if (passed == conditions_) ++passed;
  }
  void next_condition() { ++conditions_; }
  bool all(int64_t row) const { return passed_[static_cast<size_t>(row)] == conditions_; }
  size_t count() const { return static_cast<size_t>(std::count(passed_.begin(), passed_.end(), conditions_)); }

 private:
  std::vector<uint8_t> passed_;
  uint8_t conditions_ = 0;
};

/// The first place of an order whose row has a value of at least (after: above) `value`; rows without one come first.
int64_t place_of(Workspace& workspace, const RowQuery& query, const RowRange& all, RowColumn column, double value,
                 bool after) {
  const bool rating = column == RowColumn::Rating;
  SQLite::Statement read(workspace.db(), rating ? "SELECT rating FROM interaction WHERE id = ?"
                                                : "SELECT time FROM interaction WHERE id = ?");
  int64_t low = 0, high = all.count;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    const RowOrder order = rating ? RowOrder::Rating : RowOrder::Time;
    read.bind(1, all.first + read_order(workspace, query.data_set, order, middle, middle + 1).at(0));
    read.executeStep();
    const bool below = read.getColumn(0).isNull() ||
                       (after ? read.getColumn(0).getDouble() <= value : read.getColumn(0).getDouble() < value);
    read.reset();
    if (below) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

void pass_range(Workspace& workspace, const RowQuery& query, const RowRange& all, const RowCondition& condition,
                Passes& passes, const TaskContext& context) {
  const double infinite = std::numeric_limits<double>::infinity();
  const auto place = [&](double value, bool after) {
    return place_of(workspace, query, all, condition.column, value, after);
  };
  const int64_t begin = condition.range.missing ? 0 : place(condition.range.low, false);
  const int64_t end = condition.range.missing ? place(-infinite, false) : place(condition.range.high, true);
  const RowOrder order = condition.column == RowColumn::Rating ? RowOrder::Rating : RowOrder::Time;
  for (int64_t from = begin; from < end; from += piece) {
    context.check();
    for (const uint32_t row : read_order(workspace, query.data_set, order, from, std::min(from + piece, end)))
      passes.pass(row);
  }
}

/// Passes the rows of items that "... FROM item i WHERE i.data_set = ?" with these conditions finds.
void pass_items(Workspace& workspace, const RowQuery& query, const Sql& conditions, Passes& passes,
                const TaskContext& context) {
  Sql sql{"SELECT i.first_place, i.interactions FROM item i WHERE i.data_set = ?", {query.data_set}};
  sql += conditions;
  sql.text += " ORDER BY i.first_place";
  SQLite::Statement items(workspace.db(), sql.text);
  for (size_t i = 0; i < sql.values.size(); ++i)
    std::visit([&](const auto& value) { items.bind(static_cast<int>(i) + 1, value); }, sql.values[i]);
  // Items side by side are read in one piece.
  int64_t begin = 0, end = 0;
  const auto flush = [&] {
    for (; begin < end; begin += piece) {
      context.check();
      for (const uint32_t row :
           read_order(workspace, query.data_set, RowOrder::Item, begin, std::min(begin + piece, end)))
        passes.pass(row);
    }
  };
  for (int64_t n = 0; items.executeStep(); ++n) {
    if (n % 256 == 0) context.check();
    const int64_t first = items.getColumn(0).getInt64();
    if (first != end) {
      flush();
      begin = first;
    }
    end = first + items.getColumn(1).getInt64();
  }
  flush();
}

void pass_users(Workspace& workspace, const RowQuery& query, const RowRange& all, const Sql& condition, Passes& passes,
                const TaskContext& context) {
  SQLite::Statement users(workspace.db(),
                          "SELECT first_interaction, interactions FROM user WHERE data_set = ?" + condition.text);
  users.bind(1, query.data_set);
  users.bind(2, std::get<std::string>(condition.values.at(0)));
  for (int64_t n = 0; users.executeStep(); ++n) {
    if (n % 4096 == 0) context.check();
    const int64_t begin = users.getColumn(0).getInt64() - all.first;
    for (int64_t row = begin; row < begin + users.getColumn(1).getInt64(); ++row) passes.pass(row);
  }
}

Passes passing_rows(Workspace& workspace, const RowQuery& query, const RowRange& all, const TaskContext& context) {
  add_matches(workspace);
  Passes passes(all.count);
  if (!folded_words(query.search).empty()) {
    pass_items(workspace, query, item_words_sql(query.search, false), passes, context);
    pass_users(workspace, query, all, {" AND key = ?", {query.search}}, passes, context);
    passes.next_condition();
  }
  if (query.item != 0) {
    pass_items(workspace, query, {" AND i.id = ?", {query.item}}, passes, context);
    passes.next_condition();
  }
  for (const RowCondition& c : query.where) {
    if (c.column == RowColumn::Rating || c.column == RowColumn::Time) {
      pass_range(workspace, query, all, c, passes, context);
    } else if (c.column == RowColumn::User) {
      pass_users(workspace, query, all, text_sql("key", c.text), passes, context);
    } else if (is_item_text(c.column)) {
      pass_items(workspace, query, item_text_sql(c), passes, context);
    } else {
      refuse_column(c.column, "interactions");
    }
    passes.next_condition();
  }
  return passes;
}

/// Rows by rating or time, as their order is kept.
std::vector<uint32_t> kept_order(Workspace& workspace, const RowQuery& query, const RowRange& all, const Passes& passes,
                                 const TaskContext& context) {
  const RowOrder order = query.order[0].column == RowColumn::Rating ? RowOrder::Rating : RowOrder::Time;
  std::vector<uint32_t> rows;
  for (int64_t from = 0; from < all.count; from += piece) {
    context.check();
    for (const uint32_t row : read_order(workspace, query.data_set, order, from, std::min(from + piece, all.count)))
      if (passes.all(row)) rows.push_back(row);
  }
  if (query.order[0].descending) std::reverse(rows.begin(), rows.end());
  return rows;
}

/// What rows are sorted by, as numbers: [rows], of those keys that are asked for.
struct KeyValues {
  std::vector<uint64_t> users, titles, item_keys, ratings, times;
};

/// The place of each id in the order of a statement that gives (id, text); equal texts share one. First id, places.
std::pair<int64_t, std::vector<uint32_t>> places_by(Workspace& workspace, const std::string& sql, int64_t data_set,
                                                    const TaskContext& context) {
  std::vector<std::pair<int64_t, uint32_t>> placed;
  std::string last;
  SQLite::Statement query(workspace.db(), sql);
  query.bind(1, data_set);
  uint32_t place = 0;
  for (int64_t n = 0; query.executeStep(); ++n) {
    if (n % 4096 == 0) context.check();
    std::string text = query.getColumn(1).getString();
    if (n > 0 && text != last) ++place;
    placed.emplace_back(query.getColumn(0).getInt64(), place);
    last = std::move(text);
  }
  if (placed.empty()) return {};
  const auto [least, most] = std::minmax_element(placed.begin(), placed.end());
  std::vector<uint32_t> places(static_cast<size_t>(most->first - least->first + 1));
  for (const auto& [id, at] : placed) places[static_cast<size_t>(id - least->first)] = at;
  return {least->first, std::move(places)};
}

/// Reads what the sort needs of `rows`, ascending: one by one where they are few, else as they lie.
KeyValues read_keys(Workspace& workspace, const RowQuery& query, const RowRange& all, const std::vector<uint32_t>& rows,
                    const TaskContext& context) {
  KeyValues keys;
  const auto wants = [&](RowColumn column) {
    return std::any_of(query.order.begin(), query.order.end(), [&](const SortKey& k) { return k.column == column; });
  };
  if (wants(RowColumn::User)) {
    keys.users.reserve(rows.size());
    const auto [first, places] = places_by(
        workspace, "SELECT id, key FROM user WHERE data_set = ? ORDER BY length(key), key", query.data_set, context);
    SQLite::Statement users(workspace.db(),
                            "SELECT id, first_interaction + interactions FROM user WHERE data_set = ? AND interactions "
                            "> 0 ORDER BY first_interaction");
    users.bind(1, query.data_set);
    for (size_t i = 0; i < rows.size() && users.executeStep();) {
      const auto place = places[static_cast<size_t>(users.getColumn(0).getInt64() - first)];
      const int64_t end = users.getColumn(1).getInt64() - all.first;
      for (; i < rows.size() && rows[i] < end; ++i) keys.users.push_back(place);
    }
  }
  const bool titles = wants(RowColumn::Title), item_keys = wants(RowColumn::ItemKey);
  const bool ratings = wants(RowColumn::Rating), times = wants(RowColumn::Time);
  if (!titles && !item_keys && !ratings && !times) return keys;
  std::pair<int64_t, std::vector<uint32_t>> by_title, by_key;
  if (titles)
    by_title =
        places_by(workspace, "SELECT id, title FROM item WHERE data_set = ? ORDER BY title", query.data_set, context);
  if (item_keys)
    by_key = places_by(workspace, "SELECT id, key FROM item WHERE data_set = ? ORDER BY length(key), key",
                       query.data_set, context);
  ProgressClock clock(context, "Sorting");
  // SQLite's own calls: a wrapped column costs more than the row.
  const auto keep = [&](sqlite3_stmt* row) {
    const auto at = [&](const auto& places) {
      return places.second[static_cast<size_t>(sqlite3_column_int64(row, 1) - places.first)];
    };
    if (titles) keys.titles.push_back(at(by_title));
    if (item_keys) keys.item_keys.push_back(at(by_key));
    if (ratings)
      keys.ratings.push_back(sqlite3_column_type(row, 2) == SQLITE_NULL ? 0 : sortable(sqlite3_column_double(row, 2)));
    if (times)
      keys.times.push_back(sqlite3_column_type(row, 3) == SQLITE_NULL
                               ? 0
                               : sortable(static_cast<int64_t>(sqlite3_column_int64(row, 3))));
  };
  const bool few = std::ssize(rows) * few_rows_factor < all.count;
  const char* sql = few ? "SELECT id, item, rating, time FROM interaction WHERE id = ?1"
                        : "SELECT id, item, rating, time FROM interaction WHERE id >= ?1 AND id < ?2 ORDER BY id";
  sqlite3* db = workspace.db().getHandle();
  sqlite3_stmt* row = nullptr;
  if (sqlite3_prepare_v2(db, sql, -1, &row, nullptr) != SQLITE_OK) throw SQLite::Exception(db);
  const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> owner(row, &sqlite3_finalize);
  if (!few) {
    sqlite3_bind_int64(row, 1, all.first);
    sqlite3_bind_int64(row, 2, all.first + all.count);
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i % 65536 == 0) clock.update(static_cast<double>(i) / static_cast<double>(rows.size()));
    const int64_t id = all.first + rows[i];
    if (few) {
      sqlite3_reset(row);
      sqlite3_bind_int64(row, 1, id);
    }
    int status = sqlite3_step(row);
    while (status == SQLITE_ROW && sqlite3_column_int64(row, 0) < id) status = sqlite3_step(row);
    if (status != SQLITE_ROW) throw SQLite::Exception(db, status);
    keep(row);
  }
  return keys;
}

/// Rows by several keys, or by what has no order that is kept.
std::vector<uint32_t> sorted_rows(Workspace& workspace, const RowQuery& query, const RowRange& all,
                                  std::vector<uint32_t> rows, const TaskContext& context) {
  const KeyValues keys = read_keys(workspace, query, all, rows, context);
  std::vector<uint32_t> places(rows.size());
  std::iota(places.begin(), places.end(), 0u);
  if (query.order.front().descending) std::reverse(places.begin(), places.end());
  for (auto key = query.order.rbegin(); key != query.order.rend(); ++key) {
    const std::vector<uint64_t>& values = key->column == RowColumn::User      ? keys.users
                                          : key->column == RowColumn::Title   ? keys.titles
                                          : key->column == RowColumn::ItemKey ? keys.item_keys
                                          : key->column == RowColumn::Rating  ? keys.ratings
                                                                              : keys.times;
    const uint64_t flip = key->descending ? ~uint64_t{0} : 0;
    stable_order(
        places, [&](uint32_t place) { return values[place] ^ flip; }, context);
  }
  for (uint32_t& place : places) place = rows[place];
  return places;
}

/// What find_interactions finds, when its statements are stopped by whoever calls this.
FoundRows found_rows(Workspace& workspace, const RowQuery& query, const TaskContext& context) {
  const RowRange all = rows_of(workspace, query.data_set);
  for (const SortKey& key : query.order) {
    if (key.column != RowColumn::User && key.column != RowColumn::Title && key.column != RowColumn::ItemKey &&
        key.column != RowColumn::Rating && key.column != RowColumn::Time)
      refuse_column(key.column, "interactions");
  }
  FoundRows found{all.first, all.count, {}};
  if (query.order.empty() && query.where.empty() && query.item == 0 && folded_words(query.search).empty()) return found;
  const Passes passes = passing_rows(workspace, query, all, context);
  if (query.order.size() == 1 &&
      (query.order[0].column == RowColumn::Rating || query.order[0].column == RowColumn::Time)) {
    found.offsets = kept_order(workspace, query, all, passes, context);
  } else {
    found.offsets.reserve(passes.count());
    for (int64_t row = 0; row < all.count; ++row)
      if (passes.all(row)) found.offsets.push_back(static_cast<uint32_t>(row));
    if (!query.order.empty()) found.offsets = sorted_rows(workspace, query, all, std::move(found.offsets), context);
  }
  found.count = std::ssize(found.offsets);
  return found;
}

}  // namespace

FoundRows find_interactions(Workspace& workspace, const RowQuery& query, const TaskContext& context) {
  return stoppable(workspace, context, [&] { return found_rows(workspace, query, context); });
}

}  // namespace prefscope
