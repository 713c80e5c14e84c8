// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/run_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "engine/base/error.h"
#include "engine/store/data_sets.h"

namespace prefscope {

using nlohmann::json;

namespace {

/// One place for the names under which a run's row keeps its settings: `each` gets name and setting, one by one.
template <typename Options, typename Each>
void visit_settings(Options& o, const Each& each) {
  each("epochs", o.epochs);
  each("lr", o.learning_rate);
  each("schedule", o.schedule);
  each("warm_up", o.warm_up);
  each("clip", o.clip);
  each("rank", o.rank);
  each("alpha", o.alpha);
  each("rs_lora", o.rs_lora);
  each("dropout", o.dropout);
  each("targets", o.targets);
  each("batch_tokens", o.batch_tokens);
  each("pass_tokens", o.pass_tokens);
  each("dtype", o.dtype);
  each("checkpoint_gradients", o.checkpoint_gradients);
  each("seed", o.seed);
  each("device", o.device);
  each("beta", o.beta);
  each("label_smoothing", o.label_smoothing);
  each("gamma", o.gamma);
  each("k", o.k);
  each("negatives", o.negatives);
  each("negatives_model", o.negatives_model);
  each("resample", o.resample);
  each("panel", o.panel);
  each("evaluations", o.evaluations);
  each("stop_early", o.stop_early);
  each("patience", o.patience);
}

}  // namespace

std::string plain_objective(const std::string& objective) {
  return objective.starts_with(paired_prefix) ? objective.substr(paired_prefix.size()) : objective;
}

double usual_sft_weight(const std::string& objective) {
  return objective == "dmpo-released" ? 1 : 0;
}

std::string stored_options(const TrainOptions& options) {
  json stored;
  visit_settings(options, [&](const char* name, const auto& value) { stored[name] = value; });
  stored["sft_weight"] = options.sft_weight.value_or(usual_sft_weight(options.objective));
  return stored.dump();
}

TrainOptions options_of(Workspace& workspace, const Run& run) {
  TrainOptions o;
  o.workspace = workspace.folder();
  for (const DataSet& set : list_data_sets(workspace)) {
    if (set.id == run.data_set) o.data_set = set.name;
  }
  o.preparation = run.preparation;
  o.model = read_model(workspace, run.model).path;
  o.objective = plain_objective(run.objective);
  o.from_run = run.parent;
  o.panel = o.evaluations = 0;  // an older program had none
  try {
    const json stored = json::parse(run.options);
    visit_settings(o, [&](const char* name, auto& value) {
      if (stored.contains(name)) stored.at(name).get_to(value);
    });
    const double sft_weight = stored.value("sft_weight", usual_sft_weight(o.objective));
    if (sft_weight != usual_sft_weight(o.objective)) o.sft_weight = sft_weight;
  } catch (const json::exception& e) {
    throw Error(
        ErrorKind::Storage,
        fmt::format("run {}: its settings cannot be read: {}; delete the run and train anew", run.id, e.what()));
  }
  return o;
}

TrainingOptions training_options(const TrainOptions& o) {
  TrainingOptions options;
  options.objective = *objective_of(o.objective);
  options.loss.beta = o.beta;
  options.loss.label_smoothing = o.label_smoothing;
  options.loss.gamma = o.gamma;
  options.loss.sft_weight = o.sft_weight.value_or(usual_sft_weight(o.objective));
  options.learning_rate = o.learning_rate;
  options.schedule = schedule_of(o.schedule).value_or(Schedule::Cosine);
  options.warm_up = o.warm_up;
  options.clip = o.clip;
  options.epochs = o.epochs;
  options.lora = {.rank = o.rank,
                  .alpha = o.alpha > 0 ? o.alpha : 2.0 * o.rank,
                  .rank_stabilized = o.rs_lora,
                  .dropout = o.dropout,
                  .targets = o.targets};
  options.batch_tokens = o.batch_tokens;
  options.pass_tokens = o.pass_tokens;
  options.checkpoint_gradients = o.checkpoint_gradients;
  options.seed = o.seed;
  options.evaluations = o.evaluations;
  options.stop_early = o.stop_early;
  options.patience = o.patience;
  options.source = fmt::format("{} {} {} {}", o.negatives, o.negatives_model, o.resample, o.k);
  return options;
}

SourceOptions source_options(const TrainOptions& o) {
  SourceOptions options;
  options.sft = o.objective == "sft";
  options.k = o.k;
  options.negatives = o.negatives;
  options.negatives_model = o.negatives_model;
  options.resample = o.resample;
  options.oracle = o.objective == "rosepo";
  options.label_smoothing = o.label_smoothing;
  options.seed = o.seed;
  return options;
}

TrainingShape training_shape(const TrainOptions& o, const std::string& device, int64_t frozen_adapters,
                             const std::vector<PlannedStep>& steps, const std::vector<TokenizedExample>& examples,
                             const std::vector<TokenizedExample>& panel) {
  TrainingShape shape;
  shape.rank = o.rank;
  shape.frozen_adapters = frozen_adapters;
  shape.element_bytes = element_bytes(o.dtype);
  shape.packed_weights = device == "cpu" && shape.element_bytes == 4;
  shape.checkpoint_gradients = o.checkpoint_gradients;
  shape.stop_early = o.stop_early != "no";
  const int64_t pass_tokens = o.pass_tokens;
  shape.largest_pass = largest_pass(steps, examples, pass_tokens);
  PlannedStep all{0, std::vector<size_t>(panel.size())};
  std::iota(all.examples.begin(), all.examples.end(), 0);
  shape.largest_panel_pass = largest_pass({all}, panel, pass_tokens);
  shape.most_responses =
      std::max(most_response_tokens(steps, examples, pass_tokens), most_response_tokens({all}, panel, pass_tokens));
  shape.pass_sizes = pass_sizes(steps, examples, pass_tokens) + pass_sizes({all}, panel, pass_tokens);
  shape.longest_path = std::max(longest_path(examples), longest_path(panel));
  return shape;
}

int64_t expected_peak(const ModelConfig& config, const TrainingShape& shape, const std::string& device,
                      int64_t resident) {
  const int64_t tensors = model_bytes(config, shape) + step_bytes(config, shape);
  if (device != "cpu") return tensors;             // the GPU's context is not counted
  constexpr int64_t libtorch = int64_t{30} << 20;  // its code as it is first used, and its threads
  return resident + libtorch + compiled_bytes(shape.pass_sizes) + tensors;
}

double past_peak_ratio(Workspace& workspace, int64_t model, const TrainOptions& options) {
  const auto runs = list_runs(workspace);
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    if (run->status != RunStatus::Done || run->model != model || !run->estimated_bytes || !run->peak_bytes) continue;
    const TrainOptions theirs = options_of(workspace, *run);
    const bool same = theirs.device == options.device && theirs.dtype == options.dtype &&
                      theirs.checkpoint_gradients == options.checkpoint_gradients;
    if (*run->estimated_bytes <= 0 || !same) continue;
    return std::clamp(static_cast<double>(*run->peak_bytes) / static_cast<double>(*run->estimated_bytes), 0.5, 2.0);
  }
  return 0;
}

}  // namespace prefscope
