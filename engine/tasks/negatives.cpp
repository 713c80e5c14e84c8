// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/negatives.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/data/item_index.h"
#include "engine/llm/policy.h"
#include "engine/tasks/run_plan.h"
#include "engine/tasks/run_settings.h"
#include "engine/tasks/torch_errors.h"
#include "engine/train/examples.h"

namespace prefscope {
namespace {

/// The rejected items of the first epoch.
NegativeItems first_negatives(Workspace& workspace, const RunPlan& plan, const SourceOptions& options,
                              const std::string& device, const std::vector<Example>& examples,
                              const TaskContext& context) {
  if (options.sft) return NegativeItems(examples.size());
  if (options.negatives != "self-hard") {
    const NegativeSampling sampling = make_sampling(workspace, plan.preparation, examples, options, context);
    return sample_negatives(sampling, examples, 0, context);
  }
  context.report({"Loading the model", 0, -1, ""});
  const LoadedPolicy policy = load_policy(workspace, {plan.model, plan.parent}, choose_device(device));
  const ExampleSource source = training_source(workspace, plan.preparation, policy.model, options, context);
  return source.choose(0, policy, policy.stack(), context);
}

std::vector<NegativePreview> given_pairs(const std::vector<Example>& examples, const SourceOptions& options) {
  std::vector<NegativePreview> previews;
  for (const Example& e : examples) {
    previews.push_back({e.id, e.source, e.pairs.front().chosen, {}});
    for (size_t i = 0; i < e.pairs.size() && !options.sft && std::cmp_less(i, options.k); ++i)
      previews.back().rejected.push_back(e.pairs[i].rejected.value_or(""));
  }
  return previews;
}

}  // namespace

std::vector<NegativePreview> preview_negatives(const TrainOptions& options, int limit, const TaskContext& context) {
  if (limit < 1 || limit > 10'000)
    throw Error(ErrorKind::BadInput, fmt::format("--limit: expected 1 .. 10000, found {}", limit));
  Workspace workspace(options.workspace);
  const RunPlan plan = plan_run(workspace, options);
  SourceOptions source = source_options(plan.options);
  source.oracle = false;  // its smoothings are not shown
  source.limit = limit;
  const std::vector<Example> examples = read_examples(workspace, plan.preparation.id, Role::Train, limit);
  if (plan.preparation.prompt == "given") return given_pairs(examples, source);

  const NegativeItems negatives =
      with_torch_errors([&] { return first_negatives(workspace, plan, source, options.device, examples, context); });
  const ItemIndex items(read_item_texts(workspace, plan.data_set.id));
  std::vector<NegativePreview> previews;
  for (size_t i = 0; i < examples.size(); ++i) {
    previews.push_back({examples[i].id, examples[i].user_key, items.at(examples[i].target)->title, {}});
    for (const int64_t item : negatives[i]) previews.back().rejected.push_back(items.at(item)->title);
  }
  return previews;
}

}  // namespace prefscope
