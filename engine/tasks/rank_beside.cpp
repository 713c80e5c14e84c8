// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/rank_beside.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/evaluate/metrics.h"
#include "engine/recommend/training_data.h"
#include "engine/store/runs.h"
#include "engine/tasks/candidate_scores.h"
#include "engine/tasks/chosen_model.h"
#include "engine/tasks/scoring.h"
#include "engine/tasks/torch_errors.h"

namespace prefscope {

struct ClassicModels {
  int64_t preparation = 0;  // 0: none yet
  std::string created_at;   // of it: the number of a deleted one may be given again
  TrainingData data;
  std::map<std::pair<std::string, uint64_t>, std::unique_ptr<Recommender>> models;  // by name and seed
};

namespace {

/// Ranks from 1; candidates with equal scores share the mean of their places, as evaluate() counts them.
std::vector<double> shared_ranks(const std::vector<double>& scores) {
  std::vector<double> ranks;
  for (size_t i = 0; i < scores.size(); ++i) ranks.push_back(user_metrics(scores, i).target_rank);
  return ranks;
}

const Recommender& fitted_model(ClassicModels& fitted, Workspace& workspace, const Preparation& preparation,
                                const std::string& name, uint64_t seed, const TaskContext& context) {
  if (fitted.preparation != preparation.id || fitted.created_at != preparation.created_at) {
    fitted = {};
    context.report({"Reading what training users did", -1, -1, ""});
    fitted.data = read_training_data(workspace, preparation);
    fitted.preparation = preparation.id;
    fitted.created_at = preparation.created_at;
  }
  std::unique_ptr<Recommender>& kept = fitted.models[{name, seed}];
  if (!kept) {
    auto model = make_recommender(name, seed);
    with_torch_errors([&] { model->fit(fitted.data.matrix, context); });
    kept = std::move(model);
  }
  return *kept;
}

/// Throws where a run cannot stand beside a case of this preparation.
Run run_beside(Workspace& workspace, int64_t id, const Preparation& preparation) {
  Run run = read_run(workspace, id);
  if (run.status != RunStatus::Done)
    throw Error(ErrorKind::BadInput, fmt::format("run {} is {}; finish it first", id, status_name(run.status)));
  if (run.preparation != preparation.id)
    throw Error(ErrorKind::BadInput,
                fmt::format("--runs {}: expected a run of preparation {}, whose list is ranked, found one of {}; its "
                            "own cases show it",
                            id, preparation.id, run.preparation));
  return run;
}

}  // namespace

ClassicModelsPtr make_classic_models() {
  return std::make_shared<ClassicModels>();
}

std::string classic_title(const std::string& name) {
  if (name == "random") return "Random";
  if (name == "popularity") return "Popularity";
  if (name == "itemknn") return "ItemKNN";
  return name == "ease" ? "EASE" : name;
}

std::vector<BesideModel> rank_beside(const RankOptions& options, const BesideOptions& beside, ClassicModels& fitted,
                                     const TaskContext& context) {
  for (const std::string& name : beside.classics) make_recommender(name, beside.seed);  // an unknown one throws now
  Workspace workspace(options.workspace);
  const auto [chosen, example] = find_chosen_case(workspace, options);
  std::vector<Run> runs;
  for (const int64_t id : beside.runs) {
    if (std::none_of(runs.begin(), runs.end(), [&](const Run& known) { return known.id == id; }))
      runs.push_back(run_beside(workspace, id, chosen.preparation));
  }
  if (!beside.classics.empty() && example.candidates.empty())
    throw Error(ErrorKind::BadInput,
                "given pairs name no items, so no classic model can rank them; leave out "
                "--baselines");
  std::vector<BesideModel> models;
  std::set<std::string> named;
  for (const std::string& name : beside.classics) {
    if (!named.insert(name).second) continue;
    const Recommender& model = fitted_model(fitted, workspace, chosen.preparation, name, beside.seed, context);
    const auto scores =
        model.score(fitted.data.indices(example.history), fitted.data.indices(example.candidates), example.position);
    models.push_back({classic_title(name), std::nullopt, true, scores, shared_ranks(scores)});
  }
  const auto add_policy = [&](const std::string& name, const Policy& policy) {
    score_examples(workspace, chosen.preparation, {example.id}, policy, options.device, context);
    std::vector<double> scores;
    for (const CandidateScore& c :
         candidate_scores(workspace, example.id, policy, std::nullopt, options.score == "mean" ? "mean" : "sum"))
      scores.push_back(c.score);
    models.push_back({name, policy.run, false, scores, shared_ranks(scores)});
  };
  if (beside.base) add_policy("base", {chosen.policy.model, std::nullopt});
  for (const Run& run : runs) add_policy(run.name, {run.model, run.id});
  return models;
}

}  // namespace prefscope
