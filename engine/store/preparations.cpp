// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/preparations.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "engine/base/error.h"
#include "engine/store/acts.h"
#include "engine/store/interaction_rows.h"
#include "engine/store/views.h"

namespace prefscope {
namespace {

constexpr const char* columns =
    "SELECT p.id, p.data_set, p.created_at, p.split, p.prompt, p.template, p.protocol, p.candidates, p.negatives, "
    "p.history, p.orders, p.threshold, "
    "p.held_out, p.users, p.seed, (SELECT count(*) FROM example WHERE preparation = p.id AND role = 'train'), "
    "(SELECT count(*) FROM example WHERE preparation = p.id AND role = 'panel'), "
    "(SELECT count(*) FROM example WHERE preparation = p.id AND role = 'held_out'), p.train_users, p.targets, p.view, "
    "p.sampling FROM "
    "preparation p ";

Preparation read_row(SQLite::Statement& query) {
  Preparation p;
  p.id = query.getColumn(0).getInt64();
  p.data_set = query.getColumn(1).getInt64();
  p.created_at = query.getColumn(2).getString();
  p.split = query.getColumn(3).getString();
  p.prompt = query.getColumn(4).getString();
  p.prompt_template = query.getColumn(5).getString();
  p.protocol = query.getColumn(6).getString();
  p.candidates = query.getColumn(7).getInt();
  p.negatives = query.getColumn(8).getInt();
  p.history = query.getColumn(9).getInt();
  p.orders = query.getColumn(10).getInt();
  if (!query.getColumn(11).isNull()) p.threshold = query.getColumn(11).getDouble();
  p.held_out = query.getColumn(12).getDouble();
  if (!query.getColumn(13).isNull()) p.users = query.getColumn(13).getInt64();
  p.seed = static_cast<uint64_t>(query.getColumn(14).getInt64());
  p.train_examples = query.getColumn(15).getInt64();
  p.panel_examples = query.getColumn(16).getInt64();
  p.held_out_examples = query.getColumn(17).getInt64();
  if (!query.getColumn(18).isNull()) p.train_users = query.getColumn(18).getInt64();
  p.targets = query.getColumn(19).getInt();
  p.view = texts_of(query.getColumn(20).getString());
  p.sampling = query.getColumn(21).getString();
  return p;
}

std::vector<int64_t> read_items(SQLite::Statement& query, int64_t example) {
  std::vector<int64_t> items;
  query.bind(1, example);
  while (query.executeStep()) items.push_back(query.getColumn(0).getInt64());
  query.reset();
  return items;
}

/// Reads examples that a condition on example e selects, with their items and pairs.
std::vector<Example> read_where(Workspace& workspace, const std::string& condition,
                                const std::function<void(SQLite::Statement&)>& bind) {
  SQLite::Database& db = workspace.db();
  SQLite::Statement rows(db,
                         "SELECT e.id, e.position, e.role, ifnull(e.user, 0), ifnull(u.key, ''), ifnull(e.target, 0), "
                         "ifnull(e.source, '') "
                         "FROM example e LEFT JOIN user u ON u.id = e.user " +
                             condition);
  bind(rows);
  SQLite::Statement history(db, "SELECT item FROM example_history WHERE example = ? ORDER BY position");
  SQLite::Statement candidates(db, "SELECT item FROM candidate WHERE example = ? ORDER BY position");
  SQLite::Statement negatives(db, "SELECT item FROM example_negative WHERE example = ? ORDER BY position");
  SQLite::Statement pairs(db, "SELECT prompt, chosen, rejected FROM example_pair WHERE example = ? ORDER BY position");
  std::vector<Example> examples;
  while (rows.executeStep()) {
    Example e;
    e.id = rows.getColumn(0).getInt64();
    e.position = rows.getColumn(1).getInt64();
    e.role = role_of(rows.getColumn(2).getString());
    e.user = rows.getColumn(3).getInt64();
    e.user_key = rows.getColumn(4).getString();
    e.target = rows.getColumn(5).getInt64();
    e.source = rows.getColumn(6).getString();
    e.history = read_items(history, e.id);
    e.candidates = read_items(candidates, e.id);
    e.negatives = read_items(negatives, e.id);
    pairs.bind(1, e.id);
    while (pairs.executeStep()) {
      TextPair pair{pairs.getColumn(0).getString(), pairs.getColumn(1).getString(), std::nullopt};
      if (!pairs.getColumn(2).isNull()) pair.rejected = pairs.getColumn(2).getString();
      e.pairs.push_back(std::move(pair));
    }
    pairs.reset();
    examples.push_back(std::move(e));
  }
  return examples;
}

}  // namespace

const char* role_name(Role role) {
  constexpr const char* names[] = {"train", "panel", "held_out"};
  return names[static_cast<size_t>(role)];
}

Role role_of(const std::string& name) {
  for (const Role role : {Role::Train, Role::Panel, Role::HeldOut}) {
    if (name == role_name(role)) return role;
  }
  throw Error(ErrorKind::Storage, fmt::format("an example has the unknown role {}", name));
}

std::vector<Preparation> list_preparations(Workspace& workspace, int64_t data_set) {
  SQLite::Statement query(workspace.db(), std::string(columns) + "WHERE p.data_set = ? ORDER BY p.id");
  query.bind(1, data_set);
  std::vector<Preparation> all;
  while (query.executeStep()) all.push_back(read_row(query));
  return all;
}

Preparation read_preparation(Workspace& workspace, int64_t id) {
  SQLite::Statement query(workspace.db(), std::string(columns) + "WHERE p.id = ?");
  query.bind(1, id);
  if (!query.executeStep())
    throw Error(ErrorKind::BadInput, fmt::format("there is no preparation {} in this workspace", id));
  return read_row(query);
}

Preparation latest_preparation(Workspace& workspace, int64_t data_set) {
  SQLite::Statement query(workspace.db(), std::string(columns) + "WHERE p.data_set = ? ORDER BY p.id DESC LIMIT 1");
  query.bind(1, data_set);
  if (!query.executeStep()) {
    throw Error(ErrorKind::BadInput,
                "this data set is not prepared yet; prepare it first (Data page, or prefscope-cli prepare)");
  }
  return read_row(query);
}

std::vector<Example> read_examples(Workspace& workspace, int64_t preparation, std::optional<Role> role, int64_t limit) {
  return read_where(workspace, "WHERE e.preparation = ?1 AND (?2 = '' OR e.role = ?2) ORDER BY e.position LIMIT ?3",
                    [&](SQLite::Statement& query) {
                      query.bind(1, preparation);
                      query.bind(2, role ? role_name(*role) : "");
                      query.bind(3, limit > 0 ? limit : int64_t{-1});
                    });
}

Example read_example(Workspace& workspace, int64_t example) {
  auto found = read_where(workspace, "WHERE e.id = ?", [&](SQLite::Statement& query) { query.bind(1, example); });
  if (found.empty()) throw Error(ErrorKind::BadInput, fmt::format("there is no example {} in this workspace", example));
  return std::move(found.front());
}

ExampleHome example_home(Workspace& workspace, int64_t example) {
  SQLite::Statement query(workspace.db(), "SELECT data_set, preparation FROM example WHERE id = ?");
  query.bind(1, example);
  if (!query.executeStep())
    throw Error(ErrorKind::BadInput, fmt::format("there is no example {} in this workspace", example));
  return {query.getColumn(0).getInt64(), query.getColumn(1).getInt64()};
}

std::vector<Example> examples_of_user(Workspace& workspace, int64_t data_set, const std::string& user_key,
                                      const std::string& protocol) {
  return read_where(workspace,
                    "JOIN preparation p ON p.id = e.preparation WHERE u.data_set = ? AND u.key = ? AND p.protocol = ? "
                    "ORDER BY p.id DESC, e.position",
                    [&](SQLite::Statement& query) {
                      query.bind(1, data_set);
                      query.bind(2, user_key);
                      query.bind(3, protocol);
                    });
}

Example find_example(Workspace& workspace, int64_t preparation, const std::string& user_key) {
  auto found = read_where(workspace, "WHERE e.preparation = ? AND u.key = ? ORDER BY e.position LIMIT 1",
                          [&](SQLite::Statement& query) {
                            query.bind(1, preparation);
                            query.bind(2, user_key);
                          });
  if (!found.empty()) return std::move(found.front());
  const Preparation p = read_preparation(workspace, preparation);
  SQLite::Statement known(workspace.db(), "SELECT 1 FROM user WHERE data_set = ? AND key = ?");
  known.bind(1, p.data_set);
  known.bind(2, user_key);
  const char* why = "there is no such user in its data set";
  if (known.executeStep())
    why = p.users || p.train_users
              ? "the user has too few positives, or is not among the users that were sampled for it"
              : "the user has too few positives for a history and a target";
  throw Error(ErrorKind::BadInput,
              fmt::format("user {} has no example in preparation {}: {}", user_key, preparation, why));
}

namespace {

/// Training users of a preparation, in saved order, with what they did. Of several examples of a user the first, which
/// has the latest target.
struct TrainingUser {
  int64_t target;
  UserActs acts;
};

std::vector<TrainingUser> training_users(Workspace& workspace, int64_t preparation) {
  const Preparation p = read_preparation(workspace, preparation);
  std::map<int64_t, UserActs> acts;
  for (UserActs& user : read_acts(workspace, p.data_set, p.threshold, p.view, {}))
    acts.emplace(user.user, std::move(user));
  SQLite::Statement query(
      workspace.db(),
      "SELECT user, target FROM example WHERE preparation = ? AND role = 'train' AND user IS NOT NULL "
      "ORDER BY position");
  query.bind(1, preparation);
  std::vector<TrainingUser> users;
  while (query.executeStep()) {
    const auto found = acts.find(query.getColumn(0).getInt64());
    if (found == acts.end()) continue;
    users.push_back({query.getColumn(1).getInt64(), std::move(found->second)});
    acts.erase(found);
  }
  return users;
}

}  // namespace

std::vector<std::vector<int64_t>> read_training_sequences(Workspace& workspace, int64_t preparation) {
  std::vector<std::vector<int64_t>> sequences;
  for (const TrainingUser& user : training_users(workspace, preparation)) {
    const auto& positives = user.acts.positives;
    sequences.emplace_back(positives.begin(), std::find(positives.begin(), positives.end(), user.target));
  }
  return sequences;
}

std::vector<std::vector<int64_t>> read_touched(Workspace& workspace, int64_t preparation) {
  std::vector<std::vector<int64_t>> touched;
  for (TrainingUser& user : training_users(workspace, preparation)) touched.push_back(std::move(user.acts.touched));
  return touched;
}

std::vector<int64_t> read_catalogue(Workspace& workspace, int64_t data_set, const std::vector<std::string>& view,
                                    const TaskContext& context) {
  if (!view.empty()) {
    const std::vector<int64_t> counts = item_counts(rows_under(workspace, data_set, view, nullptr, context));
    const std::vector<int64_t> ids = item_ids(workspace, data_set);
    std::vector<int64_t> left;
    for (size_t i = 0; i < ids.size(); ++i) {
      if (counts[i] > 0) left.push_back(ids[i]);
    }
    return left;
  }
  SQLite::Statement query(workspace.db(), "SELECT id FROM item WHERE data_set = ? AND interactions > 0 ORDER BY id");
  query.bind(1, data_set);
  std::vector<int64_t> items;
  while (query.executeStep()) {
    context.check();
    items.push_back(query.getColumn(0).getInt64());
  }
  return items;
}

std::vector<ItemText> read_item_texts(Workspace& workspace, int64_t data_set) {
  SQLite::Statement query(
      workspace.db(),
      "SELECT i.id, i.title, a.name, a.value, i.key FROM item i LEFT JOIN item_attribute a ON a.item = "
      "i.id WHERE i.data_set = ? "
      "ORDER BY i.id, a.position");
  query.bind(1, data_set);
  std::vector<ItemText> items;
  while (query.executeStep()) {
    const int64_t id = query.getColumn(0).getInt64();
    if (items.empty() || items.back().id != id)
      items.push_back({id, query.getColumn(1).getString(), {}, query.getColumn(4).getString()});
    if (!query.getColumn(2).isNull())
      items.back().attributes.emplace_back(query.getColumn(2).getString(), query.getColumn(3).getString());
  }
  return items;
}

}  // namespace prefscope
