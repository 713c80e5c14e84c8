// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/estimate.h"

#include <algorithm>

#include "engine/base/memory.h"
#include "engine/llm/policy.h"
#include "engine/tasks/run_plan.h"
#include "engine/tasks/run_settings.h"
#include "engine/tasks/torch_errors.h"
#include "engine/train/device_memory.h"
#include "engine/train/device_speed.h"
#include "engine/train/panel_scoring.h"

namespace prefscope {
namespace {

/// Whether two runs do the same work for a token.
bool same_kind(const TrainOptions& a, const TrainOptions& b) {
  return a.device == b.device && a.dtype == b.dtype && a.checkpoint_gradients == b.checkpoint_gradients &&
         a.rank == b.rank && (a.objective == "sft") == (b.objective == "sft");
}

/// Tokens per second of the last done runs like this one; 0: there is none.
double past_speed(Workspace& workspace, const RunPlan& plan) {
  const auto runs = list_runs(workspace);
  double tokens = 0, seconds = 0;
  int used = 0;
  for (auto run = runs.rbegin(); run != runs.rend() && used < 3; ++run) {
    if (run->status != RunStatus::Done || run->model != plan.model ||
        !same_kind(options_of(workspace, *run), plan.options))
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
    const ModelRow row = read_model(workspace, plan.model);
    model.folder = model_folder(row.path);
    model.weights.config = read_model_config(model.folder);
    model.tokenizer = load_model_tokenizer(model.folder);
    model.chat = choose_chat_format(model.folder, row.chat);
    const ModelConfig& config = model.weights.config;
    const Objective objective = *objective_of(options.objective);
    const ExampleSource source =
        training_source(workspace, plan.preparation, model, source_options(plan.options), context);
    const TrainingExamples panel = panel_examples(workspace, plan.preparation, model, options.panel, context);
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
    const double speed = reached * matmul_speed(config, device, options.dtype, 512);
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
