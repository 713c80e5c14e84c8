// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/run_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "engine/data/negatives.h"
#include "engine/llm/policy.h"
#include "engine/tasks/run_settings.h"
#include "engine/train/negative_sampling.h"
#include "engine/train/objectives.h"
#include "engine/train/optimizer.h"
#include "engine/train/panel_scoring.h"

namespace prefscope {
namespace {

void check(const TrainOptions& o) {
  const auto fail = [](const std::string& message) { throw Error(ErrorKind::BadInput, message); };
  if (!objective_of(o.objective))
    fail(fmt::format("--objective {}: expected one of {}", o.objective, fmt::join(objective_names(), ", ")));
  if (!(o.label_smoothing >= 0 && o.label_smoothing < 0.5))
    fail(fmt::format("--label-smoothing: expected 0 .. below 0.5, found {}", o.label_smoothing));
  if (!(std::abs(o.gamma) <= 100)) fail(fmt::format("--gamma: expected -100 .. 100, found {}", o.gamma));
  if (o.sft_weight && !(*o.sft_weight >= 0 && *o.sft_weight <= 100))
    fail(fmt::format("--sft-weight: expected 0 .. 100, found {}", *o.sft_weight));
  if (!(o.beta > 0 && o.beta <= 100)) fail(fmt::format("--beta: expected a number within 0 .. 100, found {}", o.beta));
  if (!(o.learning_rate > 0 && o.learning_rate <= 1))
    fail(fmt::format("--lr: expected a number within 0 .. 1, found {}", o.learning_rate));
  if (!(o.epochs > 0 && o.epochs <= 10'000))
    fail(fmt::format("--epochs: expected a number within 0 .. 10000, found {}", o.epochs));
  if (o.rank < 1 || o.rank > 1024) fail(fmt::format("--rank: expected 1 .. 1024, found {}", o.rank));
  if (!(o.alpha >= 0 && o.alpha <= 1e6))
    fail(fmt::format("--alpha: expected 0 (twice the rank) .. 1e6, found {}", o.alpha));
  if (!(o.dropout >= 0 && o.dropout < 1)) fail(fmt::format("--dropout: expected 0 .. below 1, found {}", o.dropout));
  if (o.batch_tokens < 1 || o.batch_tokens > 10'000'000)
    fail(fmt::format("--batch-tokens: expected 1 .. 10000000, found {}", o.batch_tokens));
  const auto one_of = [&](const char* name, const std::string& value, const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), value) == known.end())
      fail(fmt::format("{}: expected one of {}, found {}", name, fmt::join(known, ", "), value));
  };
  one_of("--schedule", o.schedule, schedule_names());
  if (!(o.warm_up >= 0 && o.warm_up <= 1)) fail(fmt::format("--warm-up: expected 0 .. 1, found {}", o.warm_up));
  if (!(o.clip >= 0 && o.clip <= 1e6)) fail(fmt::format("--clip: expected 0 (none) .. 1e6, found {}", o.clip));
  check_pass_tokens(o.pass_tokens);
  one_of("--dtype", o.dtype, {"float32", "bfloat16", "float16"});
  if (o.panel < 0 || o.panel > 100'000) fail(fmt::format("--panel: expected 0 (none) .. 100000, found {}", o.panel));
  if (o.evaluations < 0 || o.evaluations > 10'000)
    fail(fmt::format("--evaluations: expected 0 .. 10000, found {}", o.evaluations));
  if (o.stop_early != "no") {
    one_of("--stop-early", o.stop_early, stop_criteria());
    if (o.panel == 0) fail("--stop-early: needs a panel to judge by; expected --panel above 0, found 0");
    if (o.evaluations < 2)
      fail(fmt::format("--stop-early: needs several evaluations; expected --evaluations 2 or more, found {}",
                       o.evaluations));
  }
  if (o.patience < 1 || o.patience > 10'000) fail(fmt::format("--patience: expected 1 .. 10000, found {}", o.patience));
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

}  // namespace

const std::vector<std::string>& trainable_objectives() {
  return objective_names();
}

const std::vector<std::string>& negative_samplings() {
  return negative_sampling_names();
}

const std::vector<std::string>& training_schedules() {
  return schedule_names();
}

const std::vector<std::string>& stop_criteria() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all = {"no"};
    all.insert(all.end(), panel_metrics().begin(), panel_metrics().end());
    return all;
  }();
  return names;
}

void check_pass_tokens(int pass_tokens) {
  if (pass_tokens < 1 || pass_tokens > 10'000'000)
    throw Error(ErrorKind::BadInput, fmt::format("--pass-tokens: expected 1 .. 10000000, found {}", pass_tokens));
}

RunPlan plan_run(Workspace& workspace, const TrainOptions& options) {
  check(options);
  DataSet data_set = find_data_set(workspace, options.data_set);
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
  const auto fail = [](const std::string& message) { throw Error(ErrorKind::BadInput, message); };
  const bool sft = options.objective == "sft", drawn = options.negatives != "prepared" && !sft;
  if (options.stop_early != "no" && preparation.panel_examples == 0) {
    fail(
        fmt::format("--stop-early {}: preparation {} has no panel examples, and a run must not stop by the held-out "
                    "users it is judged on; {}",
                    options.stop_early, preparation.id,
                    preparation.prompt == "given" ? "given pairs cannot stop early" : "prepare the data set anew"));
  }
  if (!options.targets.empty())
    check_targets(read_model_config(model_folder(read_model(workspace, model).path)), options.targets);
  choose_device(options.device);
  const bool paired = !sft && has_paired_prompts(workspace, preparation.id);
  const std::string objective = (paired ? paired_prefix : "") + options.objective;
  TrainOptions settled = options;
  settled.k = sft ? 0 : options.k > 0 ? options.k : drawn ? usual_k : preparation.negatives;
  check_sampling(preparation, source_options(settled));
  return {data_set, preparation, model, options.from_run, paired, objective, std::move(settled)};
}

}  // namespace prefscope
