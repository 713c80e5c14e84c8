// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/save_data_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/files.h"
#include "engine/base/utf8.h"
#include "engine/store/interaction_rows.h"

namespace prefscope {
namespace {

using Clock = std::chrono::steady_clock;

/// Inserts rows through one prepared statement, polling for a stop.
class Inserter {
 public:
  Inserter(Workspace& workspace, const char* sql) : statement_(workspace.db(), sql) {}
  template <typename... Values>
  void row(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    statement_.exec();
    statement_.reset();
  }

 private:
  void bind(int index, int64_t value) { statement_.bind(index, value); }
  void bind(int index, int value) { statement_.bind(index, value); }
  void bind(int index, double value) { statement_.bind(index, value); }
  void bind(int index, const std::string& value) { statement_.bindNoCopy(index, value); }
  template <typename T>
  void bind(int index, const std::optional<T>& value) {
    if (value) {
      bind(index, *value);
    } else {
      statement_.bind(index);
    }
  }
  SQLite::Statement statement_;
};

void save_interactions(Workspace& workspace, int64_t data_set, RawDataSet& raw, const TaskContext& context) {
  constexpr double catalogue_share = 0.3;  // of the time
  const TaskContext first_part = part_of(context, 0, catalogue_share, Clock::now());
  ProgressClock clock(first_part, "Saving rows");
  const auto total = static_cast<double>(raw.users.size() + raw.items.size() + 1);
  size_t done = 0;
  const auto tick = [&] {
    if (++done % 1024 == 0) clock.update(static_cast<double>(done) / total);
  };
  SortedInteractions sorted =
      sort_interactions(std::move(raw.interactions), raw.users.size(), raw.items.size(), context);
  const int64_t first = next_interaction(workspace);
  SQLite::Statement set(workspace.db(), "UPDATE data_set SET first_interaction = ? WHERE id = ?");
  set.bind(1, first);
  set.bind(2, data_set);
  set.exec();
  const auto count = [](const std::vector<int64_t>& begin, size_t i) { return begin[i + 1] - begin[i]; };
  Inserter users(workspace, "INSERT INTO user(data_set, key, first_interaction, interactions) VALUES (?, ?, ?, ?)");
  for (size_t u = 0; u < raw.users.size(); ++u, tick())
    users.row(data_set, raw.users[u], first + sorted.user_begin[u], count(sorted.user_begin, u));
  std::vector<int64_t> item_ids;
  Inserter items(workspace, "INSERT INTO item(data_set, key, title, first_place, interactions) VALUES (?, ?, ?, ?, ?)");
  Inserter attributes(workspace, "INSERT INTO item_attribute(item, position, name, value) VALUES (?, ?, ?, ?)");
  for (size_t i = 0; i < raw.items.size(); ++i, tick()) {
    items.row(data_set, raw.items[i].key, raw.items[i].title, sorted.item_begin[i], count(sorted.item_begin, i));
    item_ids.push_back(workspace.db().getLastInsertRowid());
    int64_t position = 0;
    for (const auto& [name, value] : raw.items[i].attributes) attributes.row(item_ids.back(), position++, name, value);
  }
  write_interactions(workspace, data_set, item_ids, std::move(sorted),
                     part_of(context, catalogue_share, 1, Clock::now()));
}

/// Imported preference examples come with their own pairs: a preparation with split "given".
void save_examples(Workspace& workspace, int64_t data_set, const RawDataSet& raw, const std::string& role,
                   const TaskContext& context) {
  size_t k = 0, held_out = 0, pair_count = 0, without_rejected = 0;
  for (const RawExample& example : raw.examples) {
    held_out += example.role == Role::HeldOut ? 1 : 0;
    if (!example.pairs.front().rejected) {
      ++without_rejected;
    } else {
      k = std::max(k, example.pairs.size());
      pair_count += example.pairs.size();
    }
  }
  const std::string protocol = fmt::format(
      "given pairs, each with its own prompt: {} examples, {} of them held out {}; {} pairs, up to {} an example; {} "
      "examples without a rejected response",
      raw.examples.size(), held_out, role.empty() ? "(those of files named eval)" : "(as asked for on import)",
      pair_count, k, without_rejected);
  Inserter preparation(workspace,
                       "INSERT INTO preparation(data_set, created_at, split, candidates, negatives, history, held_out, "
                       "prompt, template, orders, seed, protocol) "
                       "VALUES (?, ?, 'given', 2, ?, 0, ?, 'given', '', 1, 0, ?)");
  preparation.row(data_set, utc_now(), static_cast<int64_t>(k),
                  static_cast<double>(held_out) / static_cast<double>(raw.examples.size()), protocol);
  const int64_t preparation_id = workspace.db().getLastInsertRowid();
  Inserter examples(workspace,
                    "INSERT INTO example(data_set, preparation, position, role, source) VALUES (?, ?, ?, ?, ?)");
  Inserter pairs(workspace,
                 "INSERT INTO example_pair(example, position, prompt, chosen, rejected) VALUES (?, ?, ?, ?, ?)");
  int64_t position = 0;
  ProgressClock clock(context, "Saving examples");
  for (const RawExample& example : raw.examples) {
    clock.update(static_cast<double>(position) / static_cast<double>(raw.examples.size()));
    examples.row(data_set, preparation_id, position++, std::string(role_name(example.role)), example.source);
    const int64_t id = workspace.db().getLastInsertRowid();
    int64_t pair_position = 0;
    for (const TextPair& pair : example.pairs) pairs.row(id, pair_position++, pair.prompt, pair.chosen, pair.rejected);
  }
}

}  // namespace

void check_new_name(Workspace& workspace, const std::string& name) {
  if (!is_utf8(name)) throw Error(ErrorKind::BadInput, "the name of a data set: expected UTF-8 text");
  for (const DataSet& known : list_data_sets(workspace)) {
    if (known.name == name)
      throw Error(ErrorKind::BadInput, fmt::format("there is a data set \"{}\" already; choose another name", name));
  }
}

int64_t save_data_set(Workspace& workspace, const NewDataSet& set, RawDataSet& raw, const TaskContext& context) {
  const bool has_ratings = std::any_of(raw.interactions.ratings.begin(), raw.interactions.ratings.end(),
                                       [](double rating) { return !std::isnan(rating); });
  Inserter data_set(workspace,
                    "INSERT INTO data_set(name, format, source, content_hash, imported_at, users, items, interactions, "
                    "examples, has_ratings, report) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  data_set.row(set.name, raw.format, set.source, set.content_hash, utc_now(), static_cast<int64_t>(raw.users.size()),
               static_cast<int64_t>(raw.items.size()), static_cast<int64_t>(raw.interactions.size()),
               static_cast<int64_t>(raw.examples.size()), has_ratings ? 1 : 0, to_json(raw.report));
  const int64_t id = workspace.db().getLastInsertRowid();
  save_interactions(workspace, id, raw, context);
  if (!raw.examples.empty()) save_examples(workspace, id, raw, set.role, context);
  Inserter dropped(workspace, "INSERT INTO import_drop(data_set, file, line, reason) VALUES (?, ?, ?, ?)");
  for (const Dropped& d : remark_lines(raw.report)) dropped.row(id, d.file, d.line, d.reason);
  return id;
}

std::vector<Dropped> remark_lines(const ImportReport& report) {
  std::vector<Dropped> lines;
  for (const Remark& remark : report.remarks) {
    const std::string text = remark.example.empty() ? remark.reason : remark.reason + ", " + remark.example;
    const std::string file = remark.file.empty() ? "all files" : remark.file;
    if (remark.lines.empty())
      lines.push_back({file, 0, remark.count > 1 ? fmt::format("{} times: {}", remark.count, text) : text});
    for (const int64_t line : remark.lines)
      lines.push_back({file, line, line == remark.lines.front() ? text : remark.reason});
    const int64_t more = remark.count - static_cast<int64_t>(remark.lines.size());
    if (!remark.lines.empty() && more > 0)
      lines.push_back({file, 0, fmt::format("{} more lines: {}", more, remark.reason)});
  }
  return lines;
}

TaskContext part_of(const TaskContext& whole, double begin, double end, Clock::time_point start) {
  return {[&whole, begin, end, start](const Progress& p) {
            const double fraction = begin + (end - begin) * std::clamp(p.fraction, 0.0, 1.0);
            const double elapsed_s = std::chrono::duration<double>(Clock::now() - start).count();
            const bool known = fraction > 0.02 && elapsed_s > 0.5;
            whole.report({p.stage, fraction, known ? elapsed_s * (1 - fraction) / fraction : -1, p.detail});
          },
          whole.stop};
}

}  // namespace prefscope
