// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/train.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/llm/linear.h"
#include "engine/llm/policy.h"
#include "engine/store/kept_adapters.h"
#include "engine/store/reference_log_probs.h"
#include "engine/store/run_lock.h"
#include "engine/tasks/run_plan.h"
#include "engine/tasks/run_settings.h"
#include "engine/tasks/torch_errors.h"
#include "engine/train/device_memory.h"
#include "engine/train/panel_scoring.h"
#include "engine/train/preference_training.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

TrainResult summarize(Workspace& workspace, int64_t id) {
  const Run run = read_run(workspace, id);
  TrainResult result{id, run.steps_done, run.seconds, 0, std::nullopt, std::nullopt};
  // The last epoch: steps whose epoch count is within one of the end.
  const auto metrics = read_step_metrics(workspace, id);
  double loss = 0, margin = 0, accuracy = 0;
  int64_t n = 0;
  for (const StepMetric& m : metrics) {
    if (m.epoch <= metrics.back().epoch - 1) continue;
    loss += m.loss;
    margin += m.margin.value_or(0);
    accuracy += m.accuracy.value_or(0);
    ++n;
  }
  if (n == 0) return result;
  const auto mean = [&](double sum) { return sum / static_cast<double>(n); };
  result.loss = mean(loss);
  if (metrics.back().margin) {
    result.margin = mean(margin);
    result.accuracy = mean(accuracy);
  }
  return result;
}

/// Adapters of a run at its evaluations are kept where all of them take no more.
constexpr int64_t most_kept_bytes = int64_t{64} << 20;

int64_t adapter_bytes(const Lora& adapter) {
  int64_t bytes = 0;
  for (const at::Tensor& weight : parameters(adapter)) bytes += static_cast<int64_t>(weight.nbytes());
  return bytes;
}

/// Writes what a training left into the run's folder and marks it done.
void keep(Workspace& workspace, int64_t run, const TrainedAdapter& trained) {
  const fs::path folder = workspace.run_folder(run);
  save_lora(trained.adapter, folder / "adapter");
  if (trained.last) save_lora(*trained.last, folder / "adapter-last");
  if (trained.best_step) save_best_step(workspace, run, *trained.best_step);
  set_run_status(workspace, run, RunStatus::Done, trained.message);
}

TrainResult train_locked(Workspace& workspace, const Run& run, const TaskContext& context) {
  const TrainOptions o = options_of(workspace, run);
  const Preparation preparation = read_preparation(workspace, run.preparation);
  const std::string device = choose_device(o.device);
  const int64_t resident = resident_memory();
  context.report({"Loading the model", 0, -1, ""});
  LoadedPolicy reference = load_policy(workspace, {run.model, run.parent}, device, o.dtype);
  pack_frozen_weights(reference.model.weights);
  const bool peak_known = reset_device_peak(device);  // a GPU answers from its first tensor on

  TrainingOptions options = training_options(o);
  options.checkpoint = workspace.run_folder(run.id) / "checkpoint.safetensors";
  const ExampleSource source = training_source(workspace, preparation, reference.model, source_options(o), context);
  options.panel = panel_examples(workspace, preparation, reference.model, o.panel, context);
  const std::string policy = reference_key(reference.identity);
  options.find_log_probs = [&](const std::vector<std::string>& responses) {
    return find_reference_log_probs(workspace, policy, responses);
  };
  const ModelConfig& config = reference.model.weights.config;
  const std::vector<TokenizedExample>& examples = source.first.examples;
  const TrainingShape shape = training_shape(o, device, std::ssize(reference.adapters),
                                             plan_steps(examples, options.epochs, options.batch_tokens, options.seed),
                                             examples, options.panel.examples);
  options.step_bytes = step_bytes(config, shape);
  save_run_memory(workspace, run.id, expected_peak(config, shape, device, resident), {});

  int64_t peak = 0;
  const auto sample_peak = [&] {
    peak = std::max(peak, peak_known ? device_peak(device) : device == "cpu" ? resident_memory() : 0);
  };
  TrainingEvents events;
  events.on_start = [&](int64_t steps, int64_t done) { begin_steps(workspace, run.id, steps, done); };
  events.on_step = [&](const StepMetric& metric, const std::vector<ReferenceLogProb>& fresh) {
    save_step_metric(workspace, run.id, metric, [&] { keep_reference_log_probs(workspace, policy, fresh); });
    sample_peak();
  };
  events.on_panel = [&](const std::vector<PanelScore>& scores, const std::vector<ReferenceLogProb>& fresh) {
    save_panel_scores(workspace, run.id, scores, [&] { keep_reference_log_probs(workspace, policy, fresh); });
  };
  events.on_adapter = [&](int64_t step, const Lora& adapter) {
    if (step > 0 && adapter_bytes(adapter) * (o.evaluations + 1) <= most_kept_bytes)
      save_lora(adapter, kept_adapter(workspace, run.id, step));
  };
  events.on_note = [&](const std::string& note) { set_run_status(workspace, run.id, RunStatus::Running, note); };
  events.asked_to_finish = [&] { return is_asked_to_finish(workspace, run.id); };
  const TrainedAdapter trained = train_adapter(reference, source, options, events, context);
  sample_peak();
  if (peak > 0) save_run_memory(workspace, run.id, {}, peak);
  keep(workspace, run.id, trained);
  std::error_code ignored;  // of use only to go on; three times the adapter's size
  fs::remove(options.checkpoint, ignored);
  return summarize(workspace, run.id);
}

}  // namespace

int64_t create_run(const TrainOptions& options) {
  Workspace workspace(options.workspace);
  const RunPlan plan = plan_run(workspace, options);
  SQLite::Transaction transaction(workspace.db(), SQLite::TransactionBehavior::IMMEDIATE);
  SQLite::Statement insert(workspace.db(),
                           "INSERT INTO run(data_set, preparation, model, parent, name, objective, options, status, "
                           "created_at) VALUES (?, ?, ?, ?, '', ?, ?, 'queued', ?)");
  insert.bind(1, plan.data_set.id);
  insert.bind(2, plan.preparation.id);
  insert.bind(3, plan.model);
  if (plan.parent) insert.bind(4, *plan.parent);
  insert.bind(5, plan.objective);
  insert.bind(6, stored_options(plan.options));
  insert.bind(7, utc_now());
  insert.exec();
  const int64_t id = workspace.db().getLastInsertRowid();
  SQLite::Statement name(workspace.db(), "UPDATE run SET name = ? WHERE id = ?");
  name.bind(
      1, fmt::format("{}{} {}", plan.paired ? "paired " : "", objective_title(*objective_of(options.objective)), id));
  name.bind(2, id);
  name.exec();
  transaction.commit();
  return id;
}

void change_pass_tokens(const std::filesystem::path& folder, int64_t id, int pass_tokens) {
  check_pass_tokens(pass_tokens);
  Workspace workspace(folder);
  const Run run = read_run(workspace, id);
  if (run.status == RunStatus::Done)
    throw Error(ErrorKind::BadInput, fmt::format("run {} is done; --pass-tokens changes nothing there", id));
  json options = json::parse(run.options);
  options["pass_tokens"] = pass_tokens;
  SQLite::Statement update(workspace.db(), "UPDATE run SET options = ? WHERE id = ?");
  update.bind(1, options.dump());
  update.bind(2, id);
  update.exec();
}

TrainResult train_run(const std::filesystem::path& folder, int64_t id, const TaskContext& context) {
  Workspace workspace(folder);
  const Run run = read_run(workspace, id);
  if (run.status == RunStatus::Done) return summarize(workspace, id);
  const auto lock = RunLock::take(workspace.run_folder(id));
  if (!lock)
    throw Error(ErrorKind::BadInput,
                fmt::format("run {} is being trained by another program; wait for it or stop it there", id));
  try {
    return with_torch_errors([&] { return train_locked(workspace, run, context); });
  } catch (const Cancelled&) {
    set_run_status(workspace, id, RunStatus::Stopped);
    throw;
  } catch (const MemoryPause& e) {
    set_run_status(workspace, id, RunStatus::Stopped, e.what());
    throw;
  } catch (const std::exception& e) {
    set_run_status(workspace, id, RunStatus::Failed, e.what());
    throw;
  }
}

}  // namespace prefscope
