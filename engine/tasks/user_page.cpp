// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/user_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "engine/data/interaction_columns.h"
#include "engine/data/quality.h"
#include "engine/store/data_sets.h"
#include "engine/store/item_rows.h"
#include "engine/store/set_rows.h"

namespace prefscope {
namespace {

/// A row of user, with the set that it belongs to.
struct UserInSet {
  int64_t data_set = 0, set_rows = 0, set_items = 0;
  std::string key;
};

UserInSet find(Workspace& workspace, int64_t user) {
  SQLite::Statement query(workspace.db(),
                          "SELECT u.data_set, d.interactions, d.items, u.key FROM user u JOIN data_set d ON d.id = "
                          "u.data_set WHERE u.id = ?");
  query.bind(1, user);
  if (!query.executeStep())
    throw Error(ErrorKind::BadInput, fmt::format("there is no user with id {}; its data set may be deleted", user));
  return {query.getColumn(0).getInt64(), query.getColumn(1).getInt64(), query.getColumn(2).getInt64(),
          query.getColumn(3).getString()};
}

std::string key_of(Workspace& workspace, int64_t user) {
  return find(workspace, user).key;
}

std::vector<int64_t> items_of(const std::vector<InteractionRow>& history) {
  std::vector<int64_t> items;
  for (const InteractionRow& row : history) items.push_back(row.item);
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

/// What is counted of an attribute's value.
struct ValueCount {
  std::string attribute, value;
  int64_t rows = 0, set_rows = 0, rated = 0;
  double rating_sum = 0;
};

/// The values of a user's items, each with its number in `values`.
struct ValueCounts {
  std::vector<ValueCount> values;
  std::map<std::pair<std::string, std::string>, size_t> numbers;
};

/// Attributes of an item, each value once however often it stands there.
std::vector<std::pair<std::string, std::string>> attributes_of(SQLite::Statement& query, int64_t item) {
  std::vector<std::pair<std::string, std::string>> all;
  query.bind(1, item);
  while (query.executeStep()) {
    std::pair<std::string, std::string> one{query.getColumn(0).getString(), query.getColumn(1).getString()};
    if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
  }
  query.reset();
  return all;
}

ValueCounts count_own(Workspace& workspace, const std::vector<InteractionRow>& history, const TaskContext& context) {
  ValueCounts counts;
  SQLite::Statement query(workspace.db(), "SELECT name, value FROM item_attribute WHERE item = ? ORDER BY position");
  for (const InteractionRow& row : history) {
    context.check();
    for (const auto& attribute : attributes_of(query, row.item)) {
      const auto [place, fresh] = counts.numbers.try_emplace(attribute, counts.values.size());
      if (fresh) counts.values.push_back({attribute.first, attribute.second});
      ValueCount& value = counts.values[place->second];
      ++value.rows;
      if (!row.rating) continue;
      ++value.rated;
      value.rating_sum += *row.rating;
    }
  }
  return counts;
}

/// The set's rows on items that have each of the values.
void count_set(Workspace& workspace, int64_t data_set, int64_t items, ValueCounts& counts, const TaskContext& context) {
  ProgressClock clock(context, "Counting attributes");
  SQLite::Statement query(workspace.db(),
                          "SELECT i.id, i.interactions, a.name, a.value FROM item i JOIN item_attribute a ON a.item = "
                          "i.id WHERE i.data_set = ? AND i.interactions > 0 ORDER BY i.id, a.position");
  query.bind(1, data_set);
  std::vector<size_t> of_item;  // values of the item at hand that were counted
  int64_t item = 0, passed = 0;
  while (query.executeStep()) {
    if (const int64_t id = query.getColumn(0).getInt64(); id != item) {
      item = id;
      of_item.clear();
      if (passed++ % 256 == 0)
        clock.update(std::min(1.0, static_cast<double>(passed) / static_cast<double>(std::max<int64_t>(1, items))));
    }
    const auto found = counts.numbers.find({query.getColumn(2).getString(), query.getColumn(3).getString()});
    if (found == counts.numbers.end() || std::find(of_item.begin(), of_item.end(), found->second) != of_item.end())
      continue;
    of_item.push_back(found->second);
    counts.values[found->second].set_rows += query.getColumn(1).getInt64();
  }
}

double share(int64_t part, int64_t all) {
  return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : 0;
}

TasteValue taste_of(const ValueCount& count, int64_t rows, int64_t set_rows) {
  TasteValue value{count.value, count.rows, share(count.rows, rows), share(count.set_rows, set_rows), {}, {}};
  if (count.rows >= least_rows_for_lift) value.lift = value.share / value.set_share;
  if (count.rated > 0) value.mean_rating = count.rating_sum / static_cast<double>(count.rated);
  return value;
}

bool comes_before(const TasteValue& a, const TasteValue& b) {
  if (a.rows != b.rows) return a.rows > b.rows;
  if (a.set_share != b.set_share) return a.set_share < b.set_share;  // the higher lift
  return a.value < b.value;
}

}  // namespace

int64_t find_user(const std::filesystem::path& folder, const std::string& data_set, const std::string& key) {
  Workspace workspace(folder);
  SQLite::Statement query(workspace.db(), "SELECT id FROM user WHERE data_set = ? AND key = ?");
  query.bind(1, find_data_set(workspace, data_set).id);
  query.bind(2, key);
  if (query.executeStep()) return query.getColumn(0).getInt64();
  throw Error(ErrorKind::BadInput,
              fmt::format("there is no user \"{}\" in data set \"{}\"; expected an id as it stands in the file", key,
                          data_set));
}

UserFacts user_facts(const std::filesystem::path& folder, int64_t user, const TaskContext& context) {
  Workspace workspace(folder);
  UserFacts facts;
  facts.id = user;
  facts.key = find(workspace, user).key;
  const std::vector<InteractionRow> history = read_history(workspace, user);
  context.check();
  facts.rows = std::ssize(history);
  facts.items = std::ssize(items_of(history));
  std::vector<int64_t> times;
  UserRows rated;
  for (const InteractionRow& row : history) {
    times.push_back(row.time.value_or(no_time));
    rated.ratings.push_back(row.rating.value_or(std::nan("")));
  }
  facts.timeline = timeline_of(times);
  facts.mean_rating = mean_rating(rated);
  facts.ratings = rating_counts(rated, context);
  return facts;
}

std::vector<Taste> user_taste(const std::filesystem::path& folder, int64_t user, const TaskContext& context) {
  Workspace workspace(folder);
  const UserInSet in = find(workspace, user);
  const std::vector<InteractionRow> history = read_history(workspace, user);
  ValueCounts counts = count_own(workspace, history, context);
  if (counts.values.empty()) return {};
  const int64_t items = in.set_items;
  count_set(workspace, in.data_set, items, counts, context);
  std::vector<Taste> all;
  for (const ValueCount& count : counts.values) {
    auto taste = std::find_if(all.begin(), all.end(), [&](const Taste& t) { return t.attribute == count.attribute; });
    if (taste == all.end()) taste = all.insert(all.end(), {count.attribute, 0, {}});
    ++taste->values;
    taste->most.push_back(taste_of(count, std::ssize(history), in.set_rows));
  }
  for (Taste& taste : all) {
    std::sort(taste.most.begin(), taste.most.end(), comes_before);
    if (taste.most.size() > most_taste_values) taste.most.resize(most_taste_values);
  }
  return all;
}

std::vector<NearUser> nearest_users(const std::filesystem::path& folder, int64_t user, const TaskContext& context) {
  Workspace workspace(folder);
  const UserInSet in = find(workspace, user);
  const std::vector<int64_t> own = items_of(read_history(workspace, user));
  if (own.empty()) return {};
  const RowOwners owners = row_owners(workspace, in.data_set);
  std::vector<uint32_t> items(owners.users.size()), shared(owners.users.size());
  visit_users_of_items(workspace, in.data_set, owners, "Comparing users", context,
                       [&](int64_t item, std::span<const uint32_t> users) {
                         const bool mine = std::binary_search(own.begin(), own.end(), item);
                         for (const uint32_t u : users) {
                           ++items[u];
                           if (mine) ++shared[u];
                         }
                       });
  std::vector<NearUser> near;
  for (size_t u = 0; u < owners.users.size(); ++u) {
    if (shared[u] == 0 || owners.users[u] == user) continue;
    near.push_back({owners.users[u],
                    {},
                    items[u],
                    shared[u],
                    shared[u] / std::sqrt(static_cast<double>(items[u]) * static_cast<double>(own.size()))});
  }
  const auto end = near.begin() + std::min(std::ssize(near), static_cast<std::ptrdiff_t>(nearest_count));
  std::partial_sort(near.begin(), end, near.end(), [](const NearUser& a, const NearUser& b) {
    if (a.cosine != b.cosine) return a.cosine > b.cosine;
    return a.shared != b.shared ? a.shared > b.shared : a.id < b.id;
  });
  near.erase(end, near.end());
  for (NearUser& one : near) one.key = key_of(workspace, one.id);
  return near;
}

std::vector<SharedItem> shared_items(const std::filesystem::path& folder, int64_t user, int64_t other,
                                     const TaskContext& context) {
  Workspace workspace(folder);
  std::unordered_map<int64_t, std::optional<double>> ratings;
  for (const InteractionRow& row : read_history(workspace, other)) ratings[row.item] = row.rating;
  context.check();
  std::vector<SharedItem> shared;
  std::unordered_map<int64_t, size_t> places;
  for (const InteractionRow& row : read_history(workspace, user)) {
    const auto found = ratings.find(row.item);
    if (found == ratings.end()) continue;
    const auto [place, fresh] = places.try_emplace(row.item, shared.size());
    if (fresh) shared.push_back({row.item, row.title, {}, found->second});
    shared[place->second].rating = row.rating;
  }
  return shared;
}

}  // namespace prefscope
