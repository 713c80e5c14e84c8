// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/run_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace prefscope {

using nlohmann::json;

TrainingOptions training_options(const json& o, Objective objective) {
  TrainingOptions options;
  options.objective = objective;
  options.loss.beta = o.at("beta");
  options.loss.label_smoothing = o.value("label_smoothing", options.loss.label_smoothing);
  options.loss.gamma = o.value("gamma", options.loss.gamma);
  options.loss.sft_weight = o.value("sft_weight", options.loss.sft_weight);
  options.learning_rate = o.at("lr");
  options.schedule = schedule_of(o.value("schedule", "cosine")).value_or(Schedule::Cosine);
  options.warm_up = o.value("warm_up", options.warm_up);
  options.clip = o.value("clip", options.clip);
  options.epochs = o.at("epochs");
  options.rank = o.at("rank");
  options.batch_tokens = o.at("batch_tokens");
  options.pass_tokens = o.value("pass_tokens", options.pass_tokens);
  options.checkpoint_gradients = o.value("checkpoint_gradients", false);
  options.seed = o.at("seed");
  options.evaluations = o.value("evaluations", 0);
  options.stop_early = o.value("stop_early", "no");
  options.patience = o.value("patience", options.patience);
  options.source = fmt::format("{} {} {} {}", o.value("negatives", "prepared"), o.value("negatives_model", ""),
                               o.value("resample", false), o.at("k").get<int>());
  return options;
}

SourceOptions source_options(const json& o, Objective objective) {
  SourceOptions options;
  options.sft = objective == Objective::Sft;
  options.k = o.at("k");
  options.negatives = o.value("negatives", options.negatives);
  options.negatives_model = o.value("negatives_model", options.negatives_model);
  options.resample = o.value("resample", false);
  options.oracle = objective == Objective::RosePo;
  options.label_smoothing = o.value("label_smoothing", 0.0);
  options.seed = o.at("seed");
  return options;
}

TrainingShape training_shape(const json& o, const std::string& device, int64_t frozen_adapters,
                             const std::vector<PlannedStep>& steps, const std::vector<TokenizedExample>& examples,
                             const std::vector<TokenizedExample>& panel) {
  TrainingShape shape;
  shape.rank = o.at("rank");
  shape.frozen_adapters = frozen_adapters;
  shape.element_bytes = element_bytes(o.value("dtype", "float32"));
  shape.packed_weights = device == "cpu" && shape.element_bytes == 4;
  shape.checkpoint_gradients = o.value("checkpoint_gradients", false);
  shape.stop_early = o.value("stop_early", "no") != "no";
  const int64_t pass_tokens = o.value("pass_tokens", int64_t{1024});
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

int64_t expected_peak(const LlamaConfig& config, const TrainingShape& shape, const std::string& device,
                      int64_t resident) {
  const int64_t tensors = model_bytes(config, shape) + step_bytes(config, shape);
  if (device != "cpu") return tensors;             // the GPU's context is not counted
  constexpr int64_t libtorch = int64_t{30} << 20;  // its code as it is first used, and its threads
  return resident + libtorch + compiled_bytes(shape.pass_sizes) + tensors;
}

double past_peak_ratio(Workspace& workspace, int64_t model, const json& options) {
  const auto runs = list_runs(workspace);
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    if (run->status != RunStatus::Done || run->model != model || !run->estimated_bytes || !run->peak_bytes) continue;
    const json theirs = json::parse(run->options, nullptr, false);
    const auto same = [&](const char* key) {
      return theirs.is_object() && theirs.value(key, json()) == options.value(key, json());
    };
    if (*run->estimated_bytes <= 0 || !same("device") || !same("dtype") || !same("checkpoint_gradients")) continue;
    return std::clamp(static_cast<double>(*run->peak_bytes) / static_cast<double>(*run->estimated_bytes), 0.5, 2.0);
  }
  return 0;
}

}  // namespace prefscope
