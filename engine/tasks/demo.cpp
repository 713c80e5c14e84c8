// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/demo.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/base/files.h"
#include "engine/evaluate/metrics.h"
#include "engine/evaluate/table.h"
#include "engine/store/data_sets.h"
#include "engine/store/runs.h"
#include "engine/store/scores.h"
#include "engine/tasks/case_chain.h"
#include "engine/tasks/evaluate.h"
#include "engine/tasks/explain.h"
#include "engine/tasks/first_run.h"
#include "engine/tasks/open_case.h"
#include "engine/tasks/train.h"

namespace prefscope {
namespace {

/// The example whose target gained most ranks, so that the case shows what training did; the table beside it counts
/// losses too. Both lists are sorted by example.
int64_t most_improved(const std::vector<UserResult>& before, const std::vector<UserResult>& after) {
  const auto gain = [&](size_t i) { return before[i].target_rank - after.at(i).target_rank; };
  size_t best = 0;
  for (size_t i = 0; i < before.size(); ++i) best = gain(i) > gain(best) ? i : best;
  return before.at(best).example;
}

}  // namespace

DemoResult demo(const DemoOptions& options, const TaskContext& context) {
  const auto start = std::chrono::steady_clock::now();
  // Each stage says where it stands among the six.
  const auto stage = [&](int n) {
    TaskContext part = context;
    part.progress = [&context, n](const Progress& p) {
      Progress numbered = p;
      numbered.stage = fmt::format("{} of 6: {}", n, p.stage);
      context.report(numbered);
    };
    return part;
  };
  const std::string data_set = import_sample_world(options.workspace, stage(1)).name;
  const int64_t preparation =
      prepare(sample_preparation(options.workspace, data_set, options.train_users), stage(2)).preparation.id;

  TrainOptions train = sample_training(options.workspace, data_set, preparation, "sft");
  const int64_t sft = train_run(options.workspace, create_run(train), stage(3)).run;
  train = sample_training(options.workspace, data_set, preparation, "dmpo");
  train.from_run = sft;
  const int64_t dmpo = train_run(options.workspace, create_run(train), stage(4)).run;

  EvaluateOptions evaluate_options;
  evaluate_options.workspace = options.workspace;
  evaluate_options.data_set = data_set;
  evaluate_options.runs = {sft, dmpo};
  DemoResult result;
  result.evaluation = evaluate(evaluate_options, stage(5));

  Workspace workspace(options.workspace);
  const auto users = [&](int row) { return read_user_results(workspace, result.evaluation.id, row); };
  const std::vector<UserResult> by_base = users(0), by_sft = users(1), by_dmpo = users(2);
  const std::filesystem::path out = options.out.empty() ? workspace.folder() / "exports" : options.out;
  result.table = out / "evaluation.md";
  write_file_atomically(
      result.table,
      fmt::format("# Sample world, held-out users\n\n{}\nDMPO against SFT: {}.\n\nDMPO against the base "
                  "model: {}.\n",
                  markdown_table(result.evaluation), in_words(compare_users(by_sft, by_dmpo, result.evaluation.seed)),
                  in_words(compare_users(by_base, by_dmpo, result.evaluation.seed))));

  RationaleOptions rationale;
  rationale.rank.workspace = options.workspace;
  rationale.rank.run = dmpo;
  rationale.rank.user = read_example(workspace, most_improved(by_sft, by_dmpo)).user_key;
  const auto [text, note] = write_rationale(rationale, nullptr, stage(6));
  result.report = out / fmt::format("case-user-{}.html", rationale.rank.user);
  CaseReport report;
  report.rank = rank(rationale.rank, stage(6));
  report.points = read_margin_points(workspace, preparation, dmpo);
  report.chain = read_chain(rationale.rank, stage(6));
  report.evidence = evidence(*open_case(rationale.rank, stage(6)), {}, stage(6)).occlusion;
  report.rationale = text;
  report.rationale_note = note;
  report.model = read_run(workspace, dmpo).name;
  report.note = "Of all held-out users, the one whose target gained most ranks is shown.";
  write_file_atomically(result.report, case_html(report));
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace prefscope
