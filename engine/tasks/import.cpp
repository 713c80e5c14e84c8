// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/base/files.h"
#include "engine/data/raw_data_set.h"

namespace prefscope {
namespace {

RawDataSet read_raw(const std::string& format, const std::vector<InputFile>& files, const TaskContext& context) {
  if (format == "movielens") return read_movielens(files, context);
  if (format == "sample-world") return read_sample_world(files, context);
  if (format == "dmpo-json") return read_preference_json(files, context);
  throw Error(ErrorKind::BadInput, fmt::format("format {}: expected movielens, dmpo-json or sample-world", format));
}

std::string unique_name(Workspace& workspace, const ImportOptions& options) {
  const std::vector<DataSet> known = list_data_sets(workspace);
  const auto taken = [&](const std::string& name) {
    return std::any_of(known.begin(), known.end(), [&](const DataSet& d) { return d.name == name; });
  };
  if (!options.name.empty()) {
    if (taken(options.name))
      throw Error(ErrorKind::BadInput,
                  fmt::format("there is a data set \"{}\" already; choose another name", options.name));
    return options.name;
  }
  std::filesystem::path path = options.paths.front();
  if (!path.has_filename()) path = path.parent_path();
  const std::string stem = std::filesystem::is_directory(path) ? path.filename().string() : path.stem().string();
  std::string name = stem.empty() ? "data set" : stem;
  for (int n = 2; taken(name); ++n) name = fmt::format("{} {}", stem, n);
  return name;
}

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

void save_interactions(Workspace& workspace, int64_t data_set, const RawDataSet& raw, const TaskContext& context) {
  ProgressClock clock(context, "Saving rows");
  const auto total = static_cast<double>(raw.users.size() + raw.items.size() + raw.interactions.size() + 1);
  size_t done = 0;
  const auto tick = [&] {
    if (++done % 1024 == 0) clock.update(static_cast<double>(done) / total);
  };
  std::vector<int64_t> user_counts(raw.users.size()), item_counts(raw.items.size());
  for (const RawInteraction& x : raw.interactions) {
    ++user_counts[static_cast<size_t>(x.user)];
    ++item_counts[static_cast<size_t>(x.item)];
  }
  std::vector<int64_t> user_ids, item_ids;
  Inserter users(workspace, "INSERT INTO user(data_set, key, interactions) VALUES (?, ?, ?)");
  for (size_t u = 0; u < raw.users.size(); ++u, tick()) {
    users.row(data_set, raw.users[u], user_counts[u]);
    user_ids.push_back(workspace.db().getLastInsertRowid());
  }
  Inserter items(workspace, "INSERT INTO item(data_set, key, title, interactions) VALUES (?, ?, ?, ?)");
  Inserter attributes(workspace, "INSERT INTO item_attribute(item, position, name, value) VALUES (?, ?, ?, ?)");
  for (size_t i = 0; i < raw.items.size(); ++i, tick()) {
    items.row(data_set, raw.items[i].key, raw.items[i].title, item_counts[i]);
    item_ids.push_back(workspace.db().getLastInsertRowid());
    int64_t position = 0;
    for (const auto& [name, value] : raw.items[i].attributes) attributes.row(item_ids.back(), position++, name, value);
  }
  Inserter interactions(
      workspace, "INSERT INTO interaction(data_set, user, item, rating, time, position) VALUES (?, ?, ?, ?, ?, ?)");
  int64_t position = 0;
  for (const RawInteraction& x : raw.interactions) {
    interactions.row(data_set, user_ids[static_cast<size_t>(x.user)], item_ids[static_cast<size_t>(x.item)], x.rating,
                     x.time, position++);
    tick();
  }
}

/// Imported preference examples come with their own pairs: a preparation with split "given".
void save_examples(Workspace& workspace, int64_t data_set, const RawDataSet& raw) {
  size_t k = 0, held_out = 0, pairs_saved = 0;
  for (const RawExample& example : raw.examples) {
    k = std::max(k, example.pairs.size());
    held_out += example.role == Role::HeldOut ? 1 : 0;
    pairs_saved += example.pairs.size();
  }
  const std::string protocol = fmt::format(
      "given pairs: {} examples ({} held out: files named eval), {} pairs, up to {} pairs an example, each with its "
      "own prompt",
      raw.examples.size(), held_out, pairs_saved, k);
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
  for (const RawExample& example : raw.examples) {
    examples.row(data_set, preparation_id, position++, std::string(example.role == Role::Train ? "train" : "held_out"),
                 example.source);
    const int64_t id = workspace.db().getLastInsertRowid();
    int64_t pair_position = 0;
    for (const TextPair& pair : example.pairs) pairs.row(id, pair_position++, pair.prompt, pair.chosen, pair.rejected);
  }
}

}  // namespace

ImportResult import_data(const ImportOptions& options, const TaskContext& context) {
  const auto start = std::chrono::steady_clock::now();
  if (options.paths.empty())
    throw Error(ErrorKind::BadInput, "import: expected at least one file, folder or zip archive");
  Workspace workspace(options.workspace);
  const std::string name = unique_name(workspace, options);
  context.report({"Reading files", 0, -1, ""});
  const std::vector<InputFile> files = read_inputs(options.paths, context);
  const std::string format = options.format.empty() ? recognise_format(files) : options.format;
  const RawDataSet raw = read_raw(format, files, context);

  std::string source, hashes;
  for (const InputFile& file : files) {
    source += (source.empty() ? "" : ", ") + file.name;
    hashes += sha256(file.content);
    context.check();
  }
  const bool has_ratings = std::any_of(raw.interactions.begin(), raw.interactions.end(),
                                       [](const RawInteraction& x) { return x.rating.has_value(); });

  SQLite::Transaction transaction(workspace.db(), SQLite::TransactionBehavior::IMMEDIATE);
  Inserter data_set(workspace,
                    "INSERT INTO data_set(name, format, source, content_hash, imported_at, users, items, interactions, "
                    "examples, has_ratings) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  data_set.row(name, format, source, sha256(hashes), utc_now(), static_cast<int64_t>(raw.users.size()),
               static_cast<int64_t>(raw.items.size()), static_cast<int64_t>(raw.interactions.size()),
               static_cast<int64_t>(raw.examples.size()), has_ratings ? 1 : 0);
  const int64_t id = workspace.db().getLastInsertRowid();
  save_interactions(workspace, id, raw, context);
  if (!raw.examples.empty()) save_examples(workspace, id, raw);
  Inserter dropped(workspace, "INSERT INTO import_drop(data_set, file, line, reason) VALUES (?, ?, ?, ?)");
  for (const Dropped& d : raw.dropped) dropped.row(id, d.file, d.line, d.reason);
  context.check();
  transaction.commit();
  return {find_data_set(workspace, name), raw.dropped,
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()};
}

}  // namespace prefscope
