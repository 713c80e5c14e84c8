// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/run_bundle.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/store/example_rows.h"
#include "engine/store/preparations.h"
#include "engine/store/runs.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* adapter_files[] = {"adapter_config.json", "adapter_model.safetensors"};
constexpr uintmax_t max_bundle_bytes = uintmax_t{64} << 20;

json row_of(const StepMetric& m) {
  const auto optional = [](const std::optional<double>& value) { return value ? json(*value) : json(nullptr); };
  return {m.epoch,
          m.loss,
          optional(m.reward_chosen),
          optional(m.reward_rejected),
          optional(m.margin),
          optional(m.accuracy),
          m.learning_rate,
          m.gradient_norm,
          m.tokens,
          m.seconds};
}

StepMetric metric_of(const json& row, int64_t step) {
  const auto optional = [&](size_t i) {
    return row.at(i).is_null() ? std::optional<double>() : row.at(i).get<double>();
  };
  StepMetric m;
  m.step = step;
  m.epoch = row.at(0).get<double>();
  m.loss = row.at(1).get<double>();
  m.reward_chosen = optional(2);
  m.reward_rejected = optional(3);
  m.margin = optional(4);
  m.accuracy = optional(5);
  m.learning_rate = row.at(6).get<double>();
  m.gradient_norm = row.at(7).get<double>();
  m.tokens = row.at(8).get<int64_t>();
  m.seconds = row.at(9).get<double>();
  return m;
}

int64_t insert_run(Workspace& workspace, const json& run, const Preparation& preparation, int64_t model,
                   std::optional<int64_t> parent) {
  SQLite::Statement insert(workspace.db(),
                           "INSERT INTO run(data_set, preparation, model, parent, name, objective, options, status, "
                           "steps_done, steps_total, seconds, created_at, finished_at) "
                           "VALUES (?, ?, ?, ?, ?, ?, ?, 'done', ?, ?, ?, ?, ?)");
  const auto steps = static_cast<int64_t>(run.at("steps").size());
  insert.bind(1, preparation.data_set);
  insert.bind(2, preparation.id);
  insert.bind(3, model);
  if (parent) insert.bind(4, *parent);
  insert.bind(5, run.at("name").get<std::string>());
  insert.bind(6, run.at("objective").get<std::string>());
  insert.bind(7, run.at("options").dump());
  insert.bind(8, steps);
  insert.bind(9, steps);
  insert.bind(10, run.at("seconds").get<double>());
  insert.bind(11, utc_now());
  insert.bind(12, utc_now());
  insert.exec();
  return workspace.db().getLastInsertRowid();
}

/// Everything of the run but its adapter, in the caller's transaction.
int64_t insert_all(Workspace& workspace, const json& run, const Preparation& preparation, int64_t model,
                   std::optional<int64_t> parent) {
  const int64_t id = insert_run(workspace, run, preparation, model, parent);
  SQLite::Statement metric(workspace.db(), "INSERT INTO step_metric VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (size_t s = 0; s < run.at("steps").size(); ++s) {
    const StepMetric m = metric_of(run["steps"][s], static_cast<int64_t>(s) + 1);
    int column = 0;
    const auto bind = [&](const auto& value) { metric.bind(++column, value); };
    const auto bind_optional = [&](const std::optional<double>& value) {
      ++column;
      if (value) metric.bind(column, *value);
    };
    metric.clearBindings();
    bind(id);
    bind(m.step);
    bind(m.epoch);
    bind(m.loss);
    bind_optional(m.reward_chosen);
    bind_optional(m.reward_rejected);
    bind_optional(m.margin);
    bind_optional(m.accuracy);
    bind(m.learning_rate);
    bind(m.gradient_norm);
    bind(m.tokens);
    bind(m.seconds);
    metric.exec();
    metric.reset();
  }
  std::map<std::string, int64_t> panel;
  for (const Example& e : read_examples(workspace, preparation.id, Role::Panel)) panel[e.user_key] = e.id;
  SQLite::Statement score(workspace.db(), "INSERT INTO panel_score VALUES (?, ?, ?, ?, ?, ?)");
  for (const json& row : run.at("panel")) {
    const auto found = panel.find(row.at(1).get<std::string>());
    if (found == panel.end()) continue;  // another seed's panel: a curve less, the run itself is whole
    score.bind(1, id);
    score.bind(2, row.at(0).get<int64_t>());
    score.bind(3, found->second);
    score.bind(4, row.at(2).get<double>());
    score.bind(5, row.at(3).get<double>());
    score.bind(6, row.at(4).get<double>());
    score.exec();
    score.reset();
  }
  return id;
}

}  // namespace

void save_run_bundle(Workspace& workspace, int64_t id, const fs::path& folder) {
  const Run run = read_run(workspace, id);
  if (run.status != RunStatus::Done)
    throw Error(ErrorKind::BadInput, fmt::format("run {} is {}; finish it first", id, status_name(run.status)));
  const auto keys = read_example_keys(workspace, run.preparation);
  json bundle = {{"name", run.name},       {"objective", run.objective}, {"options", json::parse(run.options)},
                 {"seconds", run.seconds}, {"steps", json::array()},     {"panel", json::array()}};
  for (const StepMetric& m : read_step_metrics(workspace, id)) bundle["steps"].push_back(row_of(m));
  for (const PanelScore& s : read_panel_scores(workspace, id))
    bundle["panel"].push_back({s.step, keys.at(s.example), s.ratio_chosen, s.ratio_rejected, s.target_rank});
  const fs::path adapter = workspace.run_folder(id) / "adapter";
  for (const char* name : adapter_files)
    write_file_atomically(folder / "adapter" / name, read_file(adapter / name, max_bundle_bytes));
  write_file_atomically(folder / "run.json", bundle.dump() + "\n");
}

int64_t load_run_bundle(Workspace& workspace, const fs::path& folder, int64_t preparation_id, int64_t model,
                        std::optional<int64_t> parent) {
  const fs::path path = folder / "run.json";
  const Preparation preparation = read_preparation(workspace, preparation_id);
  SQLite::Transaction transaction(workspace.db(), SQLite::TransactionBehavior::IMMEDIATE);
  int64_t id = 0;
  try {
    id = insert_all(workspace, json::parse(read_file(path, max_bundle_bytes)), preparation, model, parent);
  } catch (const json::exception& e) {
    throw Error(ErrorKind::BadFile,
                fmt::format("{}: expected a run as Prefscope writes it: {}", path.string(), e.what()));
  }
  for (const char* name : adapter_files)
    write_file_atomically(workspace.run_folder(id) / "adapter" / name,
                          read_file(folder / "adapter" / name, max_bundle_bytes));
  transaction.commit();
  return id;
}

}  // namespace prefscope
