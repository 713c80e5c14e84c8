// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/item_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/data/interaction_columns.h"
#include "engine/data/quality.h"
#include "engine/store/data_sets.h"
#include "engine/store/interaction_rows.h"
#include "engine/store/item_rows.h"

namespace prefscope {
namespace {

/// A row of item, with the set that it belongs to.
struct ItemInSet {
  int64_t data_set = 0, first_row = 0, first_place = 0, rows = 0;
  std::string key, title;
};

ItemInSet find(Workspace& workspace, int64_t item) {
  SQLite::Statement query(workspace.db(),
                          "SELECT i.data_set, d.first_interaction, i.first_place, i.interactions, i.key, i.title FROM "
                          "item i JOIN data_set d ON d.id = i.data_set WHERE i.id = ?");
  query.bind(1, item);
  if (!query.executeStep())
    throw Error(ErrorKind::BadInput, fmt::format("there is no item with id {}; its data set may be deleted", item));
  return {query.getColumn(0).getInt64(), query.getColumn(1).getInt64(),  query.getColumn(2).getInt64(),
          query.getColumn(3).getInt64(), query.getColumn(4).getString(), query.getColumn(5).getString()};
}

/// Rows of an item within its set, ascending.
std::vector<uint32_t> rows_of(Workspace& workspace, const ItemInSet& in) {
  return read_order(workspace, in.data_set, RowOrder::Item, in.first_place, in.first_place + in.rows);
}

std::vector<uint32_t> users_of(const RowOwners& owners, const std::vector<uint32_t>& rows) {
  std::vector<uint32_t> users;
  for (const uint32_t row : rows) {
    const auto user = static_cast<uint32_t>(owners.owner(row));
    if (users.empty() || users.back() != user) users.push_back(user);
  }
  return users;
}

std::string attributes_of(Workspace& workspace, int64_t item) {
  SQLite::Statement query(workspace.db(), "SELECT name, value FROM item_attribute WHERE item = ? ORDER BY position");
  query.bind(1, item);
  std::string text;
  for (std::string last; query.executeStep();) {
    const std::string name = query.getColumn(0).getString();
    if (!text.empty()) text += name == last ? ", " : "; ";
    if (name != last) text += name + ": ";
    text += query.getColumn(1).getString();
    last = name;
  }
  return text;
}

int64_t count(Workspace& workspace, const char* sql, int64_t data_set, int64_t rows) {
  SQLite::Statement query(workspace.db(), sql);
  query.bind(1, data_set);
  query.bind(2, rows);
  query.executeStep();
  return query.getColumn(0).getInt64();
}

bool comes_before(const TogetherItem& a, const TogetherItem& b, TogetherOrder order) {
  if (order == TogetherOrder::Cosine && a.cosine != b.cosine) return a.cosine > b.cosine;
  if (order == TogetherOrder::Lift && a.lift != b.lift) return a.lift > b.lift;
  if (a.common != b.common) return a.common > b.common;
  return a.cosine != b.cosine ? a.cosine > b.cosine : a.id < b.id;
}

}  // namespace

int64_t find_item(const std::filesystem::path& folder, const std::string& data_set, const std::string& key) {
  Workspace workspace(folder);
  SQLite::Statement query(workspace.db(), "SELECT id FROM item WHERE data_set = ? AND key = ?");
  query.bind(1, find_data_set(workspace, data_set).id);
  query.bind(2, key);
  if (query.executeStep()) return query.getColumn(0).getInt64();
  throw Error(ErrorKind::BadInput,
              fmt::format("there is no item \"{}\" in data set \"{}\"; expected an id as it stands in the file", key,
                          data_set));
}

ItemFacts item_facts(const std::filesystem::path& folder, int64_t item, const TaskContext& context) {
  Workspace workspace(folder);
  const ItemInSet in = find(workspace, item);
  ItemFacts facts;
  facts.id = item;
  facts.key = in.key;
  facts.title = in.title;
  facts.attributes = attributes_of(workspace, item);
  facts.rows = in.rows;
  const char* ranked = "SELECT count(*) FROM item WHERE data_set = ? AND interactions > ?";
  facts.ranked = count(workspace, ranked, in.data_set, 0);
  if (in.rows > 0) facts.rank = 1 + count(workspace, ranked, in.data_set, in.rows);
  context.check();
  const std::vector<uint32_t> rows = rows_of(workspace, in);
  facts.users = std::ssize(users_of(row_owners(workspace, in.data_set), rows));

  ProgressClock clock(context, "Reading the item's rows");
  SQLite::Statement query(workspace.db(), "SELECT rating, time FROM interaction WHERE id = ?");
  std::vector<int64_t> times;
  UserRows rated;
  for (const uint32_t row : rows) {
    if (times.size() % 1024 == 0) clock.update(static_cast<double>(times.size()) / static_cast<double>(rows.size()));
    query.bind(1, in.first_row + row);
    if (query.executeStep()) {
      rated.ratings.push_back(query.getColumn(0).isNull() ? std::nan("") : query.getColumn(0).getDouble());
      times.push_back(query.getColumn(1).isNull() ? no_time : query.getColumn(1).getInt64());
    }
    query.reset();
  }
  facts.timeline = timeline_of(times);
  facts.mean_rating = mean_rating(rated);
  facts.ratings = rating_counts(rated, context);
  return facts;
}

std::vector<TogetherItem> items_together(const std::filesystem::path& folder, int64_t item, TogetherOrder order,
                                         const TaskContext& context) {
  Workspace workspace(folder);
  const ItemInSet in = find(workspace, item);
  const RowOwners owners = row_owners(workspace, in.data_set);
  const std::vector<uint32_t> own = users_of(owners, rows_of(workspace, in));
  if (own.empty()) return {};
  std::vector<bool> mine(owners.users.size());
  for (const uint32_t user : own) mine[user] = true;
  double all = 0;
  for (size_t u = 0; u < owners.users.size(); ++u) all += owners.begin[u + 1] > owners.begin[u] ? 1 : 0;

  std::vector<TogetherItem> together;
  visit_users_of_items(
      workspace, in.data_set, owners, "Comparing items", context, [&](int64_t other, std::span<const uint32_t> users) {
        const auto common = std::count_if(users.begin(), users.end(), [&](uint32_t u) { return mine[u]; });
        if (other == item || common == 0) return;
        if (order == TogetherOrder::Lift && common < least_users_for_lift) return;
        const double product = static_cast<double>(own.size()) * static_cast<double>(users.size());
        const auto both = static_cast<double>(common);
        together.push_back({other, {}, {}, std::ssize(users), common, both / std::sqrt(product), both * all / product});
      });
  const auto end = together.begin() + std::min(std::ssize(together), static_cast<std::ptrdiff_t>(together_count));
  std::partial_sort(together.begin(), end, together.end(),
                    [order](const TogetherItem& a, const TogetherItem& b) { return comes_before(a, b, order); });
  together.erase(end, together.end());
  for (TogetherItem& one : together) {
    const ItemInSet found = find(workspace, one.id);
    one.key = found.key;
    one.title = found.title;
  }
  return together;
}

}  // namespace prefscope
