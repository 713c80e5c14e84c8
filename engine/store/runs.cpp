// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/store/bind.h"
#include "engine/store/run_lock.h"

namespace prefscope {
namespace {

constexpr std::array<const char*, 5> status_names = {"queued", "running", "stopped", "failed", "done"};

RunStatus status_of(const std::string& name) {
  for (size_t i = 0; i < status_names.size(); ++i) {
    if (name == status_names[i]) return static_cast<RunStatus>(i);
  }
  throw Error(ErrorKind::Storage, fmt::format("a run has the unknown status {}", name));
}

constexpr const char* run_columns =
    "SELECT id, data_set, preparation, model, parent, name, objective, options, message, created_at, "
    "ifnull(finished_at, ''), status, steps_done, steps_total, seconds, best_step, estimated_bytes, peak_bytes FROM "
    "run ";

Run read_row(SQLite::Statement& query) {
  Run r;
  r.id = query.getColumn(0).getInt64();
  r.data_set = query.getColumn(1).getInt64();
  r.preparation = query.getColumn(2).getInt64();
  r.model = query.getColumn(3).getInt64();
  if (!query.getColumn(4).isNull()) r.parent = query.getColumn(4).getInt64();
  r.name = query.getColumn(5).getString();
  r.objective = query.getColumn(6).getString();
  r.options = query.getColumn(7).getString();
  r.message = query.getColumn(8).getString();
  r.created_at = query.getColumn(9).getString();
  r.finished_at = query.getColumn(10).getString();
  r.status = status_of(query.getColumn(11).getString());
  r.steps_done = query.getColumn(12).getInt64();
  r.steps_total = query.getColumn(13).getInt64();
  r.seconds = query.getColumn(14).getDouble();
  const auto whole = [&](int column) {
    return query.getColumn(column).isNull() ? std::nullopt : std::optional(query.getColumn(column).getInt64());
  };
  r.best_step = whole(15);
  r.estimated_bytes = whole(16);
  r.peak_bytes = whole(17);
  return r;
}

ModelRow read_model_row(SQLite::Statement& query) {
  return {query.getColumn(0).getInt64(),  query.getColumn(1).getString(), query.getColumn(2).getString(),
          query.getColumn(3).getString(), query.getColumn(4).getString(), query.getColumn(5).getString(),
          query.getColumn(6).getString()};
}

std::optional<double> optional_number(const SQLite::Column& column) {
  if (column.isNull()) return std::nullopt;
  return column.getDouble();
}

}  // namespace

const char* status_name(RunStatus status) {
  return status_names[static_cast<size_t>(status)];
}

std::vector<Run> list_runs(Workspace& workspace, int64_t data_set) {
  SQLite::Statement query(workspace.db(), std::string(run_columns) + "WHERE ?1 = 0 OR data_set = ?1 ORDER BY id");
  query.bind(1, data_set);
  std::vector<Run> runs;
  while (query.executeStep()) runs.push_back(read_row(query));
  return runs;
}

Run read_run(Workspace& workspace, int64_t run) {
  SQLite::Statement query(workspace.db(), std::string(run_columns) + "WHERE id = ?");
  query.bind(1, run);
  if (!query.executeStep())
    throw Error(ErrorKind::BadInput,
                fmt::format("there is no run {} in this workspace; `prefscope-cli runs` lists them", run));
  return read_row(query);
}

std::vector<Run> run_chain(Workspace& workspace, int64_t run) {
  std::vector<Run> chain;
  for (std::optional<int64_t> at = run; at; at = chain.back().parent) chain.push_back(read_run(workspace, *at));
  std::reverse(chain.begin(), chain.end());
  return chain;
}

ModelRow read_model(Workspace& workspace, int64_t model) {
  SQLite::Statement query(workspace.db(),
                          "SELECT id, name, path, weights_hash, config, added_at, chat FROM model WHERE id = ?");
  query.bind(1, model);
  if (!query.executeStep())
    throw Error(ErrorKind::BadInput, fmt::format("there is no model {} in this workspace", model));
  return read_model_row(query);
}

std::vector<ModelRow> list_models(Workspace& workspace) {
  SQLite::Statement query(workspace.db(),
                          "SELECT id, name, path, weights_hash, config, added_at, chat FROM model ORDER BY id");
  std::vector<ModelRow> models;
  while (query.executeStep()) models.push_back(read_model_row(query));
  return models;
}

std::vector<StepMetric> read_step_metrics(Workspace& workspace, int64_t run, int64_t after_step) {
  SQLite::Statement query(workspace.db(),
                          "SELECT step, epoch, loss, reward_chosen, reward_rejected, margin, accuracy, learning_rate, "
                          "gradient_norm, tokens, seconds "
                          "FROM step_metric WHERE run = ? AND step > ? ORDER BY step");
  query.bind(1, run);
  query.bind(2, after_step);
  std::vector<StepMetric> metrics;
  while (query.executeStep()) {
    StepMetric m;
    m.step = query.getColumn(0).getInt64();
    m.epoch = query.getColumn(1).getDouble();
    m.loss = query.getColumn(2).getDouble();
    m.reward_chosen = optional_number(query.getColumn(3));
    m.reward_rejected = optional_number(query.getColumn(4));
    m.margin = optional_number(query.getColumn(5));
    m.accuracy = optional_number(query.getColumn(6));
    m.learning_rate = query.getColumn(7).getDouble();
    m.gradient_norm = query.getColumn(8).getDouble();
    m.tokens = query.getColumn(9).getInt64();
    m.seconds = query.getColumn(10).getDouble();
    metrics.push_back(m);
  }
  return metrics;
}

void save_step_metric(Workspace& workspace, int64_t run, const StepMetric& metric, const std::function<void()>& also) {
  SQLite::Transaction transaction(workspace.db(), SQLite::TransactionBehavior::IMMEDIATE);
  SQLite::Statement insert(workspace.db(), "INSERT INTO step_metric VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const auto bind = [&](int index, const std::optional<double>& value) {
    value ? insert.bind(index, *value) : insert.bind(index);
  };
  insert.bind(1, run);
  insert.bind(2, metric.step);
  insert.bind(3, metric.epoch);
  insert.bind(4, metric.loss);
  bind(5, metric.reward_chosen);
  bind(6, metric.reward_rejected);
  bind(7, metric.margin);
  bind(8, metric.accuracy);
  insert.bind(9, metric.learning_rate);
  insert.bind(10, metric.gradient_norm);
  insert.bind(11, metric.tokens);
  insert.bind(12, metric.seconds);
  insert.exec();
  SQLite::Statement update(workspace.db(), "UPDATE run SET steps_done = ?, seconds = seconds + ? WHERE id = ?");
  update.bind(1, metric.step);
  update.bind(2, metric.seconds);
  update.bind(3, run);
  update.exec();
  if (also) also();
  transaction.commit();
}

void begin_steps(Workspace& workspace, int64_t run, int64_t steps_total, int64_t steps_done) {
  SQLite::Transaction transaction(workspace.db(), SQLite::TransactionBehavior::IMMEDIATE);
  SQLite::Statement cut(workspace.db(), "DELETE FROM step_metric WHERE run = ? AND step > ?");
  cut.bind(1, run);
  cut.bind(2, steps_done);
  cut.exec();
  SQLite::Statement cut_panel(workspace.db(), "DELETE FROM panel_score WHERE run = ? AND step > ?");
  cut_panel.bind(1, run);
  cut_panel.bind(2, steps_done);
  cut_panel.exec();
  SQLite::Statement update(
      workspace.db(),
      "UPDATE run SET status = 'running', message = '', finish_asked = 0, steps_total = ?2, steps_done = ?3, "
      "seconds = (SELECT ifnull(sum(seconds), 0) FROM step_metric WHERE run = ?1) WHERE id = ?1");
  update.bind(1, run);
  update.bind(2, steps_total);
  update.bind(3, steps_done);
  update.exec();
  transaction.commit();
}

void mark_interrupted_runs(Workspace& workspace) {
  for (const Run& run : list_runs(workspace)) {
    if (run.status != RunStatus::Running) continue;
    const auto lock = RunLock::take(workspace.run_folder(run.id));
    // It may have ended by itself since the list was read.
    if (lock && read_run(workspace, run.id).status == RunStatus::Running)
      set_run_status(workspace, run.id, RunStatus::Stopped, "interrupted");
  }
}

void set_run_status(Workspace& workspace, int64_t run, RunStatus status, const std::string& message) {
  SQLite::Statement update(workspace.db(), "UPDATE run SET status = ?, message = ?, finished_at = ? WHERE id = ?");
  update.bind(1, status_name(status));
  update.bind(2, message);
  if (status != RunStatus::Queued && status != RunStatus::Running) update.bind(3, utc_now());
  update.bind(4, run);
  update.exec();
}

std::vector<PanelScore> read_panel_scores(Workspace& workspace, int64_t run, int64_t after_step) {
  SQLite::Statement query(workspace.db(),
                          "SELECT step, example, ratio_chosen, ratio_rejected, target_rank FROM panel_score "
                          "WHERE run = ? AND step > ? ORDER BY step, example");
  query.bind(1, run);
  query.bind(2, after_step);
  std::vector<PanelScore> scores;
  while (query.executeStep()) {
    scores.push_back({query.getColumn(0).getInt64(), query.getColumn(1).getInt64(), query.getColumn(2).getDouble(),
                      query.getColumn(3).getDouble(), query.getColumn(4).getDouble()});
  }
  return scores;
}

void save_panel_scores(Workspace& workspace, int64_t run, const std::vector<PanelScore>& scores,
                       const std::function<void()>& also) {
  SQLite::Transaction transaction(workspace.db(), SQLite::TransactionBehavior::IMMEDIATE);
  SQLite::Statement insert(workspace.db(), "INSERT OR REPLACE INTO panel_score VALUES (?, ?, ?, ?, ?, ?)");
  for (const PanelScore& score : scores) {
    insert.bind(1, run);
    insert.bind(2, score.step);
    insert.bind(3, score.example);
    insert.bind(4, score.ratio_chosen);
    insert.bind(5, score.ratio_rejected);
    insert.bind(6, score.target_rank);
    insert.exec();
    insert.reset();
  }
  if (also) also();
  transaction.commit();
}

void ask_to_finish(Workspace& workspace, int64_t run) {
  SQLite::Statement update(workspace.db(), "UPDATE run SET finish_asked = 1 WHERE id = ?");
  update.bind(1, run);
  update.exec();
}

bool is_asked_to_finish(Workspace& workspace, int64_t run) {
  SQLite::Statement query(workspace.db(), "SELECT finish_asked FROM run WHERE id = ?");
  query.bind(1, run);
  return query.executeStep() && query.getColumn(0).getInt() != 0;
}

void save_run_memory(Workspace& workspace, int64_t run, std::optional<int64_t> estimated_bytes,
                     std::optional<int64_t> peak_bytes) {
  SQLite::Statement update(workspace.db(),
                           "UPDATE run SET estimated_bytes = ifnull(?, estimated_bytes), peak_bytes = ifnull(?, "
                           "peak_bytes) WHERE id = ?");
  bind_optional(update, 1, estimated_bytes);
  bind_optional(update, 2, peak_bytes);
  update.bind(3, run);
  update.exec();
}

void save_best_step(Workspace& workspace, int64_t run, int64_t step) {
  SQLite::Statement update(workspace.db(), "UPDATE run SET best_step = ? WHERE id = ?");
  update.bind(1, step);
  update.bind(2, run);
  update.exec();
}

void delete_run(Workspace& workspace, int64_t run) {
  const auto lock = RunLock::take(workspace.run_folder(run));
  if (!lock) throw Error(ErrorKind::BadInput, fmt::format("run {} is being trained; stop it first", run));
  SQLite::Statement children(workspace.db(), "SELECT id FROM run WHERE parent = ? LIMIT 1");
  children.bind(1, run);
  if (children.executeStep()) {
    throw Error(ErrorKind::BadInput,
                fmt::format("run {} builds on run {}; delete that one first", children.getColumn(0).getInt64(), run));
  }
  SQLite::Statement erase(workspace.db(), "DELETE FROM run WHERE id = ?");
  erase.bind(1, run);
  erase.exec();
  std::filesystem::remove_all(workspace.run_folder(run));
}

}  // namespace prefscope
