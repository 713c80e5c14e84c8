// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/prepare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "engine/base/files.h"
#include "engine/base/utf8.h"
#include "engine/data/inputs.h"
#include "engine/data/prompts.h"
#include "engine/data/split.h"
#include "engine/data/table_rows.h"
#include "engine/data/time_text.h"
#include "engine/store/acts.h"
#include "engine/store/data_sets.h"
#include "engine/store/views.h"

namespace prefscope {
namespace {

constexpr int listed_orders = 4;

void check(const PrepareOptions& o) {
  const auto fail = [](const std::string& message) { throw Error(ErrorKind::BadInput, message); };
  const SplitKind kind = split_kind(o.split);
  const CandidateSource source = candidate_source(o.sampling);
  if (!o.from_time.empty() && kind != SplitKind::GlobalTime)
    fail(fmt::format("--from-time: only the split global-time has one, this is {}", o.split));
  if ((source == CandidateSource::Given) == o.candidate_lists.empty())
    fail(source == CandidateSource::Given ? "--sampling given: expected --candidate-lists, found none"
                                          : "--candidate-lists: needs --sampling given");
  if ((kind == SplitKind::Given) == o.held_out_rows.empty())
    fail(kind == SplitKind::Given ? "--split given: expected --held-out-rows, found none"
                                  : "--held-out-rows: needs --split given");
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

size_t longest_list(const SplitResult& split) {
  size_t longest = 0;
  for (const auto* examples : {&split.examples, &split.panel}) {
    for (const Example& e : *examples) longest = std::max(longest, e.candidates.size());
  }
  return longest;
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

/// Which candidates stand beside the target, in words.
std::string candidates_in_words(const PrepareOptions& o) {
  const std::string counted = fmt::format("{} candidates (1 target, {} drawn", o.candidates, o.candidates - 1);
  switch (candidate_source(o.sampling)) {
    case CandidateSource::Uniform:
      return counted + " uniformly from items that somebody chose and the user never touched); ";
    case CandidateSource::Popularity:
      return counted + " by popularity from items that somebody chose and the user never touched); ";
    case CandidateSource::All:
      return "candidates: the target and all items that somebody chose and the user never touched; ";
    case CandidateSource::Given:
      return fmt::format("candidates: the target and those of {}; ", o.candidate_lists.filename().string());
  }
  return {};
}

/// Which positives are whose targets, in words.
std::string split_in_words(const PrepareOptions& o) {
  const std::string several =
      o.targets > 1 ? fmt::format(", and those before it, up to {} a user, each an example", o.targets) : "";
  const std::string before = fmt::format(
      "the one before is the panel's, watched while training and never reported, the one before that trains{}; ",
      several);
  switch (split_kind(o.split)) {
    case SplitKind::LeaveLastOut:
      return fmt::format(
          "leave-last-out, ties in time by file order; {:.0f} % of users held out (target: last positive), the others "
          "train (target: last but one{}); ",
          100 * o.held_out, several);
    case SplitKind::LeaveTwoOut:
      return "leave-two-out, ties in time by file order; every user's last positive is held out, " + before;
    case SplitKind::Ratio:
      return fmt::format(
                 "ratio by user, ties in time by file order; the last {:.0f} % of every user's positives are "
                 "held out, ",
                 100 * o.held_out) +
             before;
    case SplitKind::GlobalTime:
      return (o.from_time.empty()
                  ? fmt::format(
                        "global time: positives from the moment on after which the last {:.0f} % of all came are "
                        "held out, ",
                        100 * o.held_out)
                  : fmt::format("global time: positives from {} on are held out, ", o.from_time)) +
             "of each user " + before;
    case SplitKind::Given:
      return fmt::format(
          "given: the positives that {} lists are held out, ties in time by file order; of those before a user's first "
          "{}",
          o.held_out_rows.filename().string(), before);
  }
  return {};
}

/// How many listed candidates were left out, as their users had touched them.
int64_t touched_candidates(const SplitResult& split, const SplitOptions& options) {
  int64_t count = 0;
  for (const auto* examples : {&split.examples, &split.panel}) {
    for (const Example& e : *examples) {
      const std::vector<int64_t>& given = options.given.at(e.user_key);
      const bool names_target = std::find(given.begin(), given.end(), e.target) != given.end();
      count += std::ssize(given) - (names_target ? 1 : 0) - (std::ssize(e.candidates) - 1);
    }
  }
  return count;
}

/// What a file of candidates or held-out rows lists and cannot be used, in words.
std::string unused_in_words(const SplitResult& split, const SplitOptions& options) {
  std::string text;
  if (options.source == CandidateSource::Given) {
    if (const int64_t touched = touched_candidates(split, options); touched > 0)
      text += fmt::format("{} listed candidates left out, as their users had touched them; ", touched);
  }
  if (options.kind == SplitKind::Given) {
    int64_t listed = 0;
    for (const auto& [user, items] : options.held_out_items) listed += std::ssize(items);
    const int64_t used = std::count_if(split.examples.begin(), split.examples.end(),
                                       [](const Example& e) { return e.role == Role::HeldOut; });
    if (used < listed)
      text += fmt::format(
          "{} of {} listed rows are no targets: not positive, nothing before them, or of a user who is "
          "not there; ",
          listed - used, listed);
  }
  return text;
}

/// What the import made of the files, so that it stands beside every number.
std::string data_in_words(Workspace& workspace, const DataSet& data_set) {
  const std::string report = report_json(workspace, data_set.id);
  return fmt::format("data: {}content {}", report.empty() ? "" : report_summary(read_report(report)) + ", ",
                     data_set.content_hash.substr(0, 12));
}

std::string protocol(const PrepareOptions& o, const DataSet& data_set, const std::vector<std::string>& view, int orders,
                     size_t panel) {
  std::string text = fmt::format("{} prompt; ", o.prompt) + candidates_in_words(o);
  if (orders > 1) text += fmt::format("score averaged over {} seeded orders of the list; ", orders);
  if (!view.empty()) text += fmt::format("view {}: {}; ", o.view, fmt::join(view, ", "));
  text += split_in_words(o);
  text += data_set.has_ratings ? fmt::format("positives: ratings above {}; ", o.threshold)
                               : "positives: all interactions; ";
  text += fmt::format("history up to {} positives; k = {} negatives from the candidates; ", o.history, o.negatives);
  if (o.users) text += fmt::format("{} users sampled; ", *o.users);
  if (o.train_users) text += fmt::format("few-shot: {} training users; ", *o.train_users);
  if (panel > 0 && split_kind(o.split) == SplitKind::LeaveLastOut)
    text +=
        fmt::format("panel: the last positives of {} training users, watched while training, never reported; ", panel);
  return text + fmt::format("seed {}", o.seed);
}

/// What a file lists: items by user's key. Its columns are user and item, or those of a RecBole file.
std::map<std::string, std::vector<int64_t>> read_lists(Workspace& workspace, const DataSet& data_set,
                                                       const std::filesystem::path& path, const TaskContext& context) {
  std::unordered_map<std::string, int64_t> items;
  SQLite::Statement query(workspace.db(), "SELECT key, id FROM item WHERE data_set = ?");
  query.bind(1, data_set.id);
  while (query.executeStep()) {
    context.check();
    items.emplace(query.getColumn(0).getString(), query.getColumn(1).getInt64());
  }
  std::map<std::string, std::vector<int64_t>> lists;
  std::map<std::string, std::unordered_set<int64_t>> listed;  // the same, to find an item that stands twice
  for (const InputFile& file : open_inputs({path}, context)) {
    ImportReport ignored;
    TableForm form;
    std::vector<std::string> columns = {"user", "item"};
    if (first_line(file).find("user_id:token\t") != std::string_view::npos) {
      form.delimited = {"\t", false};
      columns = {"user_id:token", "item_id:token"};
    }
    TableRows rows(file, form, columns, ignored, context);
    ProgressClock clock(context, "Reading " + file.name);
    for (int64_t n = 0; rows.next(); ++n) {
      if (n % 4096 == 0) clock.update(rows.done(), fmt::format("line {}", rows.line()));
      const auto item = items.find(std::string(rows[1]));
      if (item == items.end())
        throw Error(ErrorKind::BadFile, fmt::format("{} line {}: expected the id of an item of {}, found \"{}\"",
                                                    rows.file(), rows.line(), data_set.name, lossy_utf8(rows[1])));
      const std::string user(rows[0]);
      if (listed[user].insert(item->second).second) lists[user].push_back(item->second);
    }
  }
  return lists;
}

SplitOptions split_options(Workspace& workspace, const DataSet& data_set, const PrepareOptions& o,
                           const std::vector<int64_t>& catalogue, const TaskContext& context) {
  SplitOptions split{o.candidates, o.negatives, o.history, o.held_out, o.users, o.seed, o.train_users, o.targets};
  split.kind = split_kind(o.split);
  split.source = candidate_source(o.sampling);
  int64_t seconds = 0;
  if (!o.from_time.empty() && read_time(o.from_time, TimeForm::Any, "", seconds) != TimeFound::Time)
    throw Error(ErrorKind::BadInput,
                fmt::format("--from-time: expected a date like 2015-01-01, found \"{}\"", o.from_time));
  if (!o.from_time.empty()) split.from_time = seconds;
  if (split.source == CandidateSource::Popularity) {
    SQLite::Statement query(workspace.db(), "SELECT interactions FROM item WHERE id = ?");
    for (const int64_t item : catalogue) {
      context.check();
      query.bind(1, item);
      query.executeStep();
      split.popularity.push_back(query.getColumn(0).getDouble());
      query.reset();
    }
  }
  if (split.kind == SplitKind::Given) split.held_out_items = read_lists(workspace, data_set, o.held_out_rows, context);
  if (split.source == CandidateSource::Given) split.given = read_lists(workspace, data_set, o.candidate_lists, context);
  return split;
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
  const auto view =
      options.view.empty() ? std::vector<std::string>() : find_view(workspace, data_set.id, options.view).steps;
  std::vector<UserActs> users = read_acts(
      workspace, data_set.id, data_set.has_ratings ? std::optional(options.threshold) : std::nullopt, view, context);
  const std::vector<int64_t> catalogue = read_catalogue(workspace, data_set.id, view, context);
  const SplitOptions how = split_options(workspace, data_set, options, catalogue, context);
  const SplitResult split = split_users(std::move(users), catalogue, how, context);
  if (split.examples.empty()) {
    throw Error(ErrorKind::BadInput,
                fmt::format("{}: no user has {} positives; lower --threshold (now {}) or choose a wider view",
                            data_set.name, options.split == "leave-last-out" ? "three" : "two", options.threshold));
  }
  if (how.kind == SplitKind::GlobalTime && std::none_of(split.examples.begin(), split.examples.end(),
                                                        [](const Example& e) { return e.role == Role::HeldOut; }))
    throw Error(ErrorKind::BadInput,
                fmt::format("{}: no positive from {} on has another before it, so nothing would be held out; choose an "
                            "earlier --from-time",
                            data_set.name, options.from_time));
  const int orders = options.prompt == "listed" ? listed_orders : 1;

  SQLite::Transaction transaction(workspace.db(), SQLite::TransactionBehavior::IMMEDIATE);
  SQLite::Statement insert(
      workspace.db(),
      "INSERT INTO preparation(data_set, created_at, split, candidates, negatives, history, "
      "threshold, held_out, prompt, template, orders, users, seed, "
      "protocol, train_users, targets, view, sampling) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(1, data_set.id);
  insert.bind(2, utc_now());
  insert.bind(3, options.split);
  insert.bind(4, static_cast<int64_t>(longest_list(split)));
  insert.bind(5, options.negatives);
  insert.bind(6, options.history);
  if (data_set.has_ratings) insert.bind(7, options.threshold);
  insert.bind(8, options.held_out);
  insert.bind(9, options.prompt);
  insert.bind(10, load_prompt_template(options.prompt));
  insert.bind(11, orders);
  if (options.users) insert.bind(12, *options.users);
  insert.bind(13, static_cast<int64_t>(options.seed));
  insert.bind(14, protocol(options, data_set, view, orders, split.panel.size()) + "; " + unused_in_words(split, how) +
                      data_in_words(workspace, data_set));
  if (options.train_users) insert.bind(15, *options.train_users);
  insert.bind(16, options.targets);
  insert.bind(17, texts_json(view));
  insert.bind(18, options.sampling);
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
  PrepareResult result{read_preparation(workspace, preparation), 0, 0, 0, split.skipped_users};
  std::set<int64_t> all, training, held_out;
  for (const Example& e : split.examples) {
    all.insert(e.user);
    (e.role == Role::HeldOut ? held_out : training).insert(e.user);
  }
  result.users = std::ssize(all);
  result.training_users = std::ssize(training);
  result.held_out_users = std::ssize(held_out);
  return result;
}

}  // namespace prefscope
