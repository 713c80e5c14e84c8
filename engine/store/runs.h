// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/evaluate/panel.h"
#include "engine/store/workspace.h"

namespace prefscope {

struct ModelRow {
  int64_t id = 0;
  std::string name, path, weights_hash, config, added_at;
  std::string chat = {};  ///< chat format in which its prompts are written (chat.h), or none
};

enum class RunStatus { Queued, Running, Stopped, Failed, Done };

struct Run {
  int64_t id = 0, data_set = 0, preparation = 0, model = 0;
  std::optional<int64_t> parent;
  std::string name, objective, options, message, created_at, finished_at;  ///< options: JSON
  RunStatus status = RunStatus::Queued;
  int64_t steps_done = 0, steps_total = 0;
  double seconds = 0;
  std::optional<int64_t> best_step;                    ///< of the adapter that was kept, where it is not the last one
  std::optional<int64_t> estimated_bytes, peak_bytes;  ///< memory of the steps: expected before, measured
};

/// One optimizer step. Rewards and margin in nats times beta; absent for SFT.
struct StepMetric {
  int64_t step = 0;  ///< from 1
  double epoch = 0, loss = 0;
  std::optional<double> reward_chosen, reward_rejected, margin, accuracy;
  double learning_rate = 0, gradient_norm = 0;
  int64_t tokens = 0;
  double seconds = 0;
};

/// Runs of a data set, or all with 0, oldest first.
std::vector<Run> list_runs(Workspace& workspace, int64_t data_set = 0);
/// Throws BadInput when there is no such run.
Run read_run(Workspace& workspace, int64_t run);
/// The run and those whose frozen adapters lie below it, the lowest first.
std::vector<Run> run_chain(Workspace& workspace, int64_t run);
ModelRow read_model(Workspace& workspace, int64_t model);
std::vector<ModelRow> list_models(Workspace& workspace);
/// Metrics of the steps after `after_step`, in order.
std::vector<StepMetric> read_step_metrics(Workspace& workspace, int64_t run, int64_t after_step = 0);
/// Runs marked running by a program that was killed become stopped. Call once when a window opens; a run in another
/// live process keeps its lock file and is left alone.
void mark_interrupted_runs(Workspace& workspace);
/// queued, running, stopped, failed, done.
const char* status_name(RunStatus status);
/// Adds a step's figures and moves the run's steps and seconds on, in one transaction. also: writes more in it.
void save_step_metric(Workspace& workspace, int64_t run, const StepMetric& metric,
                      const std::function<void()>& also = {});
/// Marks a run running from a step on: metrics and panel scores after steps_done, which a lost checkpoint left behind,
/// are deleted, and a wish to finish is forgotten.
void begin_steps(Workspace& workspace, int64_t run, int64_t steps_total, int64_t steps_done);
void set_run_status(Workspace& workspace, int64_t run, RunStatus status, const std::string& message = {});
/// Scores of the panel at evaluations after `after_step`, by step and example.
std::vector<PanelScore> read_panel_scores(Workspace& workspace, int64_t run, int64_t after_step = -1);
/// Saves one evaluation of the panel in one transaction. also: writes more in it.
void save_panel_scores(Workspace& workspace, int64_t run, const std::vector<PanelScore>& scores,
                       const std::function<void()>& also = {});
/// Asks a run, in this process or another, to end after the step at hand and keep what it has learned.
void ask_to_finish(Workspace& workspace, int64_t run);
bool is_asked_to_finish(Workspace& workspace, int64_t run);
/// Absent: unchanged.
void save_run_memory(Workspace& workspace, int64_t run, std::optional<int64_t> estimated_bytes,
                     std::optional<int64_t> peak_bytes);
void save_best_step(Workspace& workspace, int64_t run, int64_t step);
/// Deletes the run, its metrics, its scores and its folder. Throws BadInput while another run builds on it.
void delete_run(Workspace& workspace, int64_t run);

}  // namespace prefscope
