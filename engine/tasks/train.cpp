// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/train.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/llm/policy.h"
#include "engine/store/data_sets.h"
#include "engine/store/run_lock.h"
#include "engine/tasks/torch_errors.h"
#include "engine/train/preference_training.h"

namespace prefscope {
namespace {

using nlohmann::json;

void check(const TrainOptions& o) {
  const auto fail = [](const std::string& message) { throw Error(ErrorKind::BadInput, message); };
  if (!objective_of(o.objective))
    fail(fmt::format("--objective {}: expected one of {}", o.objective, fmt::join(objective_names(), ", ")));
  if (!(o.label_smoothing >= 0 && o.label_smoothing < 0.5))
    fail(fmt::format("--label-smoothing: expected 0 .. below 0.5, found {}", o.label_smoothing));
  if (!(std::abs(o.gamma) <= 100)) fail(fmt::format("--gamma: expected -100 .. 100, found {}", o.gamma));
  if (o.sft_weight && !(*o.sft_weight >= 0 && *o.sft_weight <= 100))
    fail(fmt::format("--sft-weight: expected 0 .. 100, found {}", *o.sft_weight));
  if (o.k < 0) fail(fmt::format("--k: expected at least 1 negative, found {}", o.k));
  if (!(o.beta > 0 && o.beta <= 100)) fail(fmt::format("--beta: expected a number within 0 .. 100, found {}", o.beta));
  if (!(o.learning_rate > 0 && o.learning_rate <= 1))
    fail(fmt::format("--lr: expected a number within 0 .. 1, found {}", o.learning_rate));
  if (!(o.epochs > 0 && o.epochs <= 10'000))
    fail(fmt::format("--epochs: expected a number within 0 .. 10000, found {}", o.epochs));
  if (o.rank < 1 || o.rank > 1024) fail(fmt::format("--rank: expected 1 .. 1024, found {}", o.rank));
  if (o.batch_tokens < 1 || o.batch_tokens > 10'000'000)
    fail(fmt::format("--batch-tokens: expected 1 .. 10000000, found {}", o.batch_tokens));
}

const std::string paired_prefix = "paired-";

std::string without_pairing(const std::string& objective) {
  return objective.starts_with(paired_prefix) ? objective.substr(paired_prefix.size()) : objective;
}

/// Whether the pairs of some example differ in their prompts: then the objective is the paired form.
bool has_paired_prompts(Workspace& workspace, int64_t preparation) {
  SQLite::Statement query(
      workspace.db(),
      "SELECT 1 FROM example e JOIN example_pair p ON p.example = e.id WHERE e.preparation = ? AND e.role = 'train' "
      "GROUP BY e.id HAVING count(DISTINCT p.prompt) > 1 LIMIT 1");
  query.bind(1, preparation);
  return query.executeStep();
}

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

TrainResult train_locked(Workspace& workspace, const Run& run, const TaskContext& context) {
  const json o = json::parse(run.options);
  const Preparation preparation = read_preparation(workspace, run.preparation);
  const std::string device = choose_device(o.at("device").get<std::string>());
  context.report({"Loading the model", 0, -1, ""});
  const LoadedPolicy reference = load_policy(workspace, {run.model, run.parent}, device);

  TrainingOptions options;
  options.objective = *objective_of(without_pairing(run.objective));
  options.loss.beta = o.at("beta");
  options.loss.label_smoothing = o.value("label_smoothing", options.loss.label_smoothing);
  options.loss.gamma = o.value("gamma", options.loss.gamma);
  options.loss.sft_weight = o.value("sft_weight", options.loss.sft_weight);
  options.learning_rate = o.at("lr");
  options.epochs = o.at("epochs");
  options.rank = o.at("rank");
  options.batch_tokens = o.at("batch_tokens");
  options.seed = o.at("seed");
  options.checkpoint = workspace.run_folder(run.id) / "checkpoint.safetensors";
  const TrainingExamples examples =
      training_source(workspace, preparation, reference.model,
                      {.sft = options.objective == Objective::Sft, .k = o.at("k"), .seed = options.seed}, context)
          .first;
  const Lora adapter = train_adapter(
      reference, examples, options, [&](int64_t steps, int64_t done) { begin_steps(workspace, run.id, steps, done); },
      [&](const StepMetric& metric) { save_step_metric(workspace, run.id, metric); }, context);
  save_lora(adapter, workspace.run_folder(run.id) / "adapter");
  set_run_status(workspace, run.id, RunStatus::Done);
  std::error_code ignored;  // of use only to go on; three times the adapter's size
  std::filesystem::remove(options.checkpoint, ignored);
  return summarize(workspace, run.id);
}

}  // namespace

const std::vector<std::string>& trainable_objectives() {
  return objective_names();
}

int64_t create_run(const TrainOptions& options) {
  check(options);
  Workspace workspace(options.workspace);
  const DataSet data_set = find_data_set(workspace, options.data_set);
  Preparation preparation = options.preparation ? read_preparation(workspace, *options.preparation)
                                                : latest_preparation(workspace, data_set.id);
  int64_t model = 0;
  if (options.from_run) {
    const Run parent = read_run(workspace, *options.from_run);
    if (parent.data_set != data_set.id)
      throw Error(ErrorKind::BadInput,
                  fmt::format("run {} belongs to another data set; choose one of {}", parent.id, data_set.name));
    if (parent.status != RunStatus::Done)
      throw Error(ErrorKind::BadInput,
                  fmt::format("run {} is {}; finish it first", parent.id, status_name(parent.status)));
    if (!options.preparation && data_set.interactions > 0)
      preparation = read_preparation(workspace, parent.preparation);
    model = parent.model;
  } else {
    model = model_row(workspace, options.model);
  }
  if (preparation.data_set != data_set.id)
    throw Error(ErrorKind::BadInput, fmt::format("preparation {} belongs to another data set", preparation.id));
  if (preparation.train_examples == 0)
    throw Error(ErrorKind::BadInput,
                "there are no training examples: every one is held out; prepare with a smaller --held-out");
  if (options.k > preparation.negatives) {
    throw Error(ErrorKind::BadInput,
                fmt::format("--k: {} negatives were prepared, found {}; prepare with --negatives {}",
                            preparation.negatives, options.k, options.k));
  }
  choose_device(options.device);
  const bool paired = options.objective != "sft" && has_paired_prompts(workspace, preparation.id);
  const std::string objective = (paired ? paired_prefix : "") + options.objective;
  json stored = {{"epochs", options.epochs},
                 {"lr", options.learning_rate},
                 {"rank", options.rank},
                 {"batch_tokens", options.batch_tokens},
                 {"seed", options.seed},
                 {"device", options.device},
                 {"beta", options.beta},
                 {"label_smoothing", options.label_smoothing},
                 {"gamma", options.gamma},
                 {"sft_weight", options.sft_weight.value_or(options.objective == "dmpo-released" ? 1 : 0)},
                 {"k", options.objective == "sft" ? 0
                       : options.k == 0           ? preparation.negatives
                                                  : options.k}};

  SQLite::Transaction transaction(workspace.db(), SQLite::TransactionBehavior::IMMEDIATE);
  SQLite::Statement insert(workspace.db(),
                           "INSERT INTO run(data_set, preparation, model, parent, name, objective, options, status, "
                           "created_at) VALUES (?, ?, ?, ?, '', ?, ?, 'queued', ?)");
  insert.bind(1, data_set.id);
  insert.bind(2, preparation.id);
  insert.bind(3, model);
  if (options.from_run) insert.bind(4, *options.from_run);
  insert.bind(5, objective);
  insert.bind(6, stored.dump());
  insert.bind(7, utc_now());
  insert.exec();
  const int64_t id = workspace.db().getLastInsertRowid();
  SQLite::Statement name(workspace.db(), "UPDATE run SET name = ? WHERE id = ?");
  name.bind(1, fmt::format("{}{} {}", paired ? "paired " : "", objective_title(*objective_of(options.objective)), id));
  name.bind(2, id);
  name.exec();
  transaction.commit();
  return id;
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
  } catch (const std::exception& e) {
    set_run_status(workspace, id, RunStatus::Failed, e.what());
    throw;
  }
}

}  // namespace prefscope
