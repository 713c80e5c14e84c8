// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "engine/base/files.h"
#include "engine/data/prompts.h"
#include "engine/data/split.h"
#include "engine/store/data_sets.h"

namespace prefscope {
namespace {

constexpr int listed_orders = 4;

void check(const PrepareOptions& o) {
  const auto fail = [](const std::string& message) { throw Error(ErrorKind::BadInput, message); };
  if (o.split != "leave-last-out") fail(fmt::format("--split {}: expected leave-last-out", o.split));
  if (o.prompt != "open" && o.prompt != "listed") fail(fmt::format("--prompt {}: expected open or listed", o.prompt));
  if (o.candidates < 2 || o.candidates > 1000)
    fail(fmt::format("--candidates: expected 2 .. 1000, found {}", o.candidates));
  if (o.negatives < 1 || o.negatives >= o.candidates)
    fail(fmt::format("--negatives: expected 1 .. {} (fewer than the candidates), found {}", o.candidates - 1,
                     o.negatives));
  if (o.history < 1 || o.history > 500) fail(fmt::format("--history: expected 1 .. 500, found {}", o.history));
  if (!(o.held_out >= 0 && o.held_out <= 1))
    fail(fmt::format("--held-out: expected a share within 0 .. 1, found {}", o.held_out));
  if (!std::isfinite(o.threshold)) fail("--threshold: expected a number");
  if (o.targets < 1 || o.targets > 100) fail(fmt::format("--targets: expected 1 .. 100, found {}", o.targets));
  if (o.users && *o.users < 1) fail(fmt::format("--users: expected at least 1, found {}", *o.users));
  if (o.train_users && *o.train_users < 1)
    fail(fmt::format("--train-users: expected at least 1, found {}", *o.train_users));
}

/// Every user's acts in order of time; ties by file order.
std::vector<UserActs> read_acts(Workspace& workspace, const DataSet& data_set, double threshold,
                                const TaskContext& context) {
  SQLite::Statement query(
      workspace.db(), "SELECT user, user_key, item, rating FROM user_interaction WHERE data_set = ? ORDER BY user, id");
  query.bind(1, data_set.id);
  std::vector<UserActs> users;
  std::unordered_set<int64_t> seen;  // an item that was chosen again is one positive, at its first place
  ProgressClock clock(context, "Reading histories");
  for (int64_t n = 0; query.executeStep(); ++n) {
    if (n % 4096 == 0) clock.update(static_cast<double>(n) / static_cast<double>(data_set.interactions + 1));
    const int64_t user = query.getColumn(0).getInt64();
    if (users.empty() || users.back().user != user) {
      users.push_back({user, query.getColumn(1).getString(), {}, {}});
      seen.clear();
    }
    const int64_t item = query.getColumn(2).getInt64();
    users.back().touched.push_back(item);
    const bool positive = !data_set.has_ratings || query.getColumn(3).getDouble() > threshold;
    if (positive && seen.insert(item).second) users.back().positives.push_back(item);
  }
  for (UserActs& user : users) {
    std::sort(user.touched.begin(), user.touched.end());
    user.touched.erase(std::unique(user.touched.begin(), user.touched.end()), user.touched.end());
  }
  return users;
}

void insert_items(SQLite::Statement& insert, int64_t example, const std::vector<int64_t>& items) {
  for (size_t i = 0; i < items.size(); ++i) {
    insert.bind(1, example);
    insert.bind(2, static_cast<int64_t>(i));
    insert.bind(3, items[i]);
    insert.exec();
    insert.reset();
  }
}

std::string protocol(const PrepareOptions& o, const DataSet& data_set, int orders, size_t panel) {
  std::string text = fmt::format(
      "{} prompt; {} candidates (1 target, {} drawn uniformly from items that somebody chose and the user never "
      "touched); ",
      o.prompt, o.candidates, o.candidates - 1);
  if (orders > 1) text += fmt::format("score averaged over {} seeded orders of the list; ", orders);
  text += fmt::format(
      "leave-last-out, ties in time by file order; {:.0f} % of users held out (target: last positive), the others "
      "train (target: last but one{}); ",
      100 * o.held_out,
      o.targets > 1 ? fmt::format(", and those before it, up to {} a user, each an example", o.targets) : "");
  text += data_set.has_ratings ? fmt::format("positives: ratings above {}; ", o.threshold)
                               : "positives: all interactions; ";
  text += fmt::format("history up to {} positives; k = {} negatives from the candidates; ", o.history, o.negatives);
  if (o.users) text += fmt::format("{} users sampled; ", *o.users);
  if (o.train_users) text += fmt::format("few-shot: {} training users; ", *o.train_users);
  if (panel > 0)
    text +=
        fmt::format("panel: the last positives of {} training users, watched while training, never reported; ", panel);
  return text + fmt::format("seed {}", o.seed);
}

}  // namespace

PrepareResult prepare(const PrepareOptions& options, const TaskContext& context) {
  check(options);
  Workspace workspace(options.workspace);
  const DataSet data_set = find_data_set(workspace, options.data_set);
  if (data_set.interactions == 0) {
    throw Error(
        ErrorKind::BadInput,
        fmt::format(
            "{}: this set has no interactions to split; imported preference examples are ready to train as they are",
            data_set.name));
  }
  std::vector<UserActs> users = read_acts(workspace, data_set, options.threshold, context);
  const std::vector<int64_t> catalogue = read_catalogue(workspace, data_set.id);
  const SplitResult split = leave_last_out(std::move(users), catalogue,
                                           {options.candidates, options.negatives, options.history, options.held_out,
                                            options.users, options.seed, options.train_users, options.targets},
                                           context);
  if (split.examples.empty()) {
    throw Error(ErrorKind::BadInput, fmt::format("{}: no user has three positives; lower --threshold (now {})",
                                                 data_set.name, options.threshold));
  }
  const int orders = options.prompt == "listed" ? listed_orders : 1;

  SQLite::Transaction transaction(workspace.db(), SQLite::TransactionBehavior::IMMEDIATE);
  SQLite::Statement insert(workspace.db(),
                           "INSERT INTO preparation(data_set, created_at, split, candidates, negatives, history, "
                           "threshold, held_out, prompt, template, orders, users, seed, "
                           "protocol, train_users, targets) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(1, data_set.id);
  insert.bind(2, utc_now());
  insert.bind(3, options.split);
  insert.bind(4, options.candidates);
  insert.bind(5, options.negatives);
  insert.bind(6, options.history);
  if (data_set.has_ratings) insert.bind(7, options.threshold);
  insert.bind(8, options.held_out);
  insert.bind(9, options.prompt);
  insert.bind(10, load_prompt_template(options.prompt));
  insert.bind(11, orders);
  if (options.users) insert.bind(12, *options.users);
  insert.bind(13, static_cast<int64_t>(options.seed));
  insert.bind(14, protocol(options, data_set, orders, split.panel.size()));
  if (options.train_users) insert.bind(15, *options.train_users);
  insert.bind(16, options.targets);
  insert.exec();
  const int64_t preparation = workspace.db().getLastInsertRowid();

  SQLite::Statement example(
      workspace.db(),
      "INSERT INTO example(data_set, preparation, position, role, user, target) VALUES (?, ?, ?, ?, ?, ?)");
  SQLite::Statement history(workspace.db(), "INSERT INTO example_history(example, position, item) VALUES (?, ?, ?)");
  SQLite::Statement candidate(workspace.db(), "INSERT INTO candidate(example, position, item) VALUES (?, ?, ?)");
  SQLite::Statement negative(workspace.db(), "INSERT INTO example_negative(example, position, item) VALUES (?, ?, ?)");
  ProgressClock clock(context, "Saving examples");
  const auto total = static_cast<double>(split.examples.size() + split.panel.size());
  for (const auto* examples : {&split.examples, &split.panel}) {
    for (const Example& e : *examples) {
      clock.update(static_cast<double>(e.position) / total);
      example.bind(1, data_set.id);
      example.bind(2, preparation);
      example.bind(3, e.position);
      example.bind(4, role_name(e.role));
      example.bind(5, e.user);
      example.bind(6, e.target);
      example.exec();
      example.reset();
      const int64_t id = workspace.db().getLastInsertRowid();
      insert_items(history, id, e.history);
      insert_items(candidate, id, e.candidates);
      insert_items(negative, id, e.negatives);
    }
  }
  context.check();
  transaction.commit();
  PrepareResult result{read_preparation(workspace, preparation), 0, split.skipped_users};
  int64_t before = 0;
  for (const Example& e : split.examples) result.users += std::exchange(before, e.user) == e.user ? 0 : 1;
  return result;
}

}  // namespace prefscope
