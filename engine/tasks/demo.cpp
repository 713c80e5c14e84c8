// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/demo.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/base/files.h"
#include "engine/store/data_sets.h"
#include "engine/store/runs.h"
#include "engine/store/scores.h"
#include "engine/tasks/evaluate.h"
#include "engine/tasks/explain.h"
#include "engine/tasks/import.h"
#include "engine/tasks/prepare.h"
#include "engine/tasks/train.h"

namespace prefscope {
namespace {

/// The held-out user whose target gained most ranks, so that the case shows what training did; the evaluation beside it
/// counts losses too.
std::string most_improved(Workspace& workspace, const Evaluation& evaluation) {
  const auto before = read_user_results(workspace, evaluation.id, 1),
             after = read_user_results(workspace, evaluation.id, 2);
  size_t best = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i].target_rank - after[i].target_rank > before[best].target_rank - after[best].target_rank) best = i;
  }
  return read_example(workspace, before.at(best).example).user_key;
}

/// Name of the sample world in this workspace, imported unless an earlier demo did so.
std::string sample_world(const std::filesystem::path& folder, const TaskContext& context) {
  {
    Workspace workspace(folder);
    for (const DataSet& known : list_data_sets(workspace)) {
      if (known.name == "sample-world" && known.format == "sample-world") return known.name;
    }
  }
  ImportOptions import_options;
  import_options.workspace = folder;
  import_options.paths = {bundled_dataset_path("sample-world")};
  return import_data(import_options, context).data_set.name;
}

}  // namespace

DemoResult demo(const DemoOptions& options, const TaskContext& context) {
  const auto start = std::chrono::steady_clock::now();
  const std::string data_set = sample_world(options.workspace, context);
  PrepareOptions prepare_options;
  prepare_options.workspace = options.workspace;
  prepare_options.data_set = data_set;
  const int64_t preparation = prepare(prepare_options, context).preparation.id;

  TrainOptions train;
  train.workspace = options.workspace;
  train.data_set = data_set;
  train.preparation = preparation;
  train.learning_rate = 3e-4;
  train.batch_tokens = 1024;
  train.objective = "sft";
  train.epochs = 1;
  const int64_t sft = train_run(options.workspace, create_run(train), context).run;
  train.objective = "dmpo";
  train.from_run = sft;
  train.epochs = 2;
  const int64_t dmpo = train_run(options.workspace, create_run(train), context).run;

  EvaluateOptions evaluate_options;
  evaluate_options.workspace = options.workspace;
  evaluate_options.data_set = data_set;
  evaluate_options.runs = {sft, dmpo};
  DemoResult result;
  result.evaluation = evaluate(evaluate_options, context);

  Workspace workspace(options.workspace);
  RationaleOptions rationale;
  rationale.rank.workspace = options.workspace;
  rationale.rank.run = dmpo;
  rationale.rank.user = most_improved(workspace, result.evaluation);
  const std::string text = write_rationale(rationale, nullptr, context);
  const std::filesystem::path out = options.out.empty() ? workspace.folder() / "exports" : options.out;
  result.report = out / fmt::format("case-user-{}.html", rationale.rank.user);
  write_file_atomically(result.report,
                        case_html(rank(rationale.rank, context), read_margin_points(workspace, preparation, dmpo), text,
                                  read_run(workspace, dmpo).name,
                                  "Of all held-out users, the one whose target gained most ranks is shown."));
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace prefscope
