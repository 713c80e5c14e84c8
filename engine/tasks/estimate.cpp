// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/estimate.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "engine/base/memory.h"
#include "engine/llm/policy.h"
#include "engine/tasks/run_plan.h"
#include "engine/tasks/run_settings.h"
#include "engine/tasks/torch_errors.h"
#include "engine/train/device_memory.h"
#include "engine/train/panel_scoring.h"

namespace prefscope {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

/// Operations per second of the device: products as the MLP's, over and over for a fifth of a second.
double matmul_speed(const LlamaConfig& config, const std::string& device, const std::string& dtype) {
  const at::NoGradGuard no_grad;
  const auto type = dtype == "float32" ? at::kFloat : dtype == "bfloat16" ? at::kBFloat16 : at::kHalf;
  const auto options = at::TensorOptions().dtype(type).device(at::Device(device));
  constexpr int64_t rows = 512;
  const at::Tensor x = at::ones({rows, config.hidden_size}, options),
                   w = at::ones({config.intermediate_size, config.hidden_size}, options);
  const auto product = [&] { return at::linear(x, w).select(0, 0).select(0, 0).item<double>(); };  // item waits for it
  product();
  const auto start = Clock::now();
  double seconds = 0, count = 0;
  do {
    product();
    ++count;
    seconds = std::chrono::duration<double>(Clock::now() - start).count();
  } while (seconds < 0.2);
  return count * 2 * static_cast<double>(rows * config.hidden_size * config.intermediate_size) / seconds;
}

/// Whether two runs do the same work for a token.
bool same_kind(const json& a, const json& b) {
  for (const char* key : {"device", "dtype", "checkpoint_gradients", "rank"}) {
    if (a.value(key, json()) != b.value(key, json())) return false;
  }
  return true;
}

/// Tokens per second of the last done runs like this one; 0: there is none.
double past_speed(Workspace& workspace, const RunPlan& plan) {
  const auto runs = list_runs(workspace);
  double tokens = 0, seconds = 0;
  int used = 0;
  for (auto run = runs.rbegin(); run != runs.rend() && used < 3; ++run) {
    const bool sft = plain_objective(run->objective) == "sft";
    if (run->status != RunStatus::Done || run->model != plan.model ||
        sft != (plain_objective(plan.objective) == "sft") ||
        !same_kind(json::parse(run->options, nullptr, false), plan.options))
      continue;
    for (const StepMetric& metric : read_step_metrics(workspace, run->id)) {
      tokens += static_cast<double>(metric.tokens);
      seconds += metric.seconds;
    }
    ++used;
  }
  return seconds > 0 ? tokens / seconds : 0;
}

}  // namespace

TrainEstimate estimate_training(const TrainOptions& options, const TaskContext& context) {
  Workspace workspace(options.workspace);
  const RunPlan plan = plan_run(workspace, options);
  return with_torch_errors([&] {
    const std::string device = choose_device(options.device);
    context.report({"Reading the tokenizer", 0, -1, ""});
    LanguageModel model;  // without its weights
    model.folder = model_folder(read_model(workspace, plan.model).path);
    model.llama.config = read_llama_config(model.folder);
    model.tokenizer = load_tokenizer(model.folder / "tokenizer.json");
    const LlamaConfig& config = model.llama.config;
    const Objective objective = *objective_of(options.objective);
    const ExampleSource source =
        training_source(workspace, plan.preparation, model, source_options(plan.options, objective), context);
    const TrainingExamples panel = panel_examples(workspace, plan.preparation, model, options.panel, context).all;
    const std::vector<TokenizedExample>& examples = source.first.examples;
    const auto steps = plan_steps(examples, options.epochs, options.batch_tokens, options.seed);

    TrainEstimate estimate;
    estimate.steps = static_cast<int64_t>(steps.size());
    estimate.positions = config.max_positions;
    estimate.longest = std::max(longest_path(examples), longest_path(panel.examples));
    int64_t frozen = 0;
    for (std::optional<int64_t> run = plan.parent; run; run = read_run(workspace, *run).parent) ++frozen;

    double flops = 0;
    const bool referenced = needs_reference(objective);
    std::vector<char> seen(examples.size(), 0);
    for (const PlannedStep& step : steps) {
      for (const size_t e : step.examples) {
        flops += training_flops(config, frozen + 1, options.rank, examples[e], options.checkpoint_gradients);
        if (referenced && (!seen[e] || source.choose))
          flops += forward_flops(config, frozen, options.rank, examples[e]);
        seen[e] = 1;
        ++estimate.examples;
        estimate.tokens += examples[e].tokens;
      }
    }
    double panel_flops = 0;
    for (const TokenizedExample& example : panel.examples)
      panel_flops += forward_flops(config, frozen + 1, options.rank, example);
    if (!panel.examples.empty())
      panel_flops *= 1 + static_cast<double>(plan_evaluations(estimate.steps, options.evaluations).size());

    // A step reaches about half of the speed of large products: norms, attention and adapters are no large products.
    constexpr double reached = 0.5;
    const double speed = reached * matmul_speed(config, device, options.dtype);
    const double past = past_speed(workspace, plan);
    estimate.seconds = panel_flops / speed + (past > 0 ? static_cast<double>(estimate.tokens) / past : flops / speed);

    const TrainingShape shape = training_shape(plan.options, device, frozen, steps, examples, panel.examples);
    const double ratio = past_peak_ratio(workspace, plan.model, plan.options);
    estimate.corrected = past > 0 || ratio > 0;
    estimate.memory_bytes = static_cast<int64_t>(
        static_cast<double>(expected_peak(config, shape, device, resident_memory())) * (ratio > 0 ? ratio : 1));
    estimate.available_bytes = device_available(device);
    return estimate;
  });
}

}  // namespace prefscope
