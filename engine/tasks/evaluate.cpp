// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/evaluate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/files.h"
#include "engine/evaluate/metrics.h"
#include "engine/llm/policy.h"
#include "engine/recommend/training_data.h"
#include "engine/store/data_sets.h"
#include "engine/store/runs.h"
#include "engine/tasks/candidate_scores.h"
#include "engine/tasks/same_users.h"
#include "engine/tasks/scoring.h"
#include "engine/tasks/torch_errors.h"

namespace prefscope {
namespace {

/// Scores of one example's candidates by a model, and which of them is the target.
using Scorer = std::function<std::vector<double>(const Example&)>;

/// Index of the target in the candidate list; the chosen of the first pair for given pairs, where each pair is a list
/// of two.
size_t target_index(const Example& e) {
  return static_cast<size_t>(std::find(e.candidates.begin(), e.candidates.end(), e.target) - e.candidates.begin());
}

/// Held-out examples in saved order; records without a rejected response have nothing to compare and are left out.
std::vector<Example> judged_examples(Workspace& workspace, int64_t preparation, int64_t limit) {
  std::vector<Example> examples = read_examples(workspace, preparation, Role::HeldOut, limit);
  std::erase_if(examples, [](const Example& e) {
    return std::any_of(e.pairs.begin(), e.pairs.end(), [](const TextPair& p) { return !p.rejected; });
  });
  return examples;
}

UserMetrics metrics_of(const Example& e, const std::vector<double>& scores) {
  if (e.pairs.empty()) return user_metrics(scores, target_index(e));
  UserMetrics mean{};  // of the k lists of two
  mean.target_rank = 0;
  const auto k = static_cast<double>(e.pairs.size());
  for (size_t p = 0; p < e.pairs.size(); ++p) {
    const UserMetrics one = user_metrics(std::span(scores).subspan(2 * p, 2), 0);
    mean.auc += one.auc / k;
    mean.target_rank += one.target_rank / k;
    mean.hit_1 += one.hit_1 / k;
    mean.hit_5 += one.hit_5 / k;
    mean.ndcg_5 += one.ndcg_5 / k;
    mean.reciprocal_rank += one.reciprocal_rank / k;
  }
  return mean;
}

EvaluationRow summarize(const std::string& model, std::optional<int64_t> run, const std::vector<Example>& examples,
                        const Scorer& scorer, uint64_t seed, std::vector<UserResult>& users,
                        const TaskContext& context) {
  std::map<std::string, std::vector<double>> values;
  for (const Example& e : examples) {
    context.check();
    const UserMetrics m = metrics_of(e, scorer(e));
    values["auc"].push_back(m.auc);
    values["hr@1"].push_back(m.hit_1);
    values["hr@5"].push_back(m.hit_5);
    values["ndcg@5"].push_back(m.ndcg_5);
    values["mrr"].push_back(m.reciprocal_rank);
    users.push_back({e.id, m.auc, m.target_rank});
  }
  EvaluationRow row{model, run, {}};
  for (const auto& [name, list] : values) row.metrics[name] = bootstrap_mean(list, seed);
  return row;
}

std::string data_set_name(Workspace& workspace, int64_t id) {
  for (const DataSet& set : list_data_sets(workspace)) {
    if (set.id == id) return set.name;
  }
  return {};
}

/// Throws where a run, or one it builds on, learned from users that this preparation holds out. In its own preparation
/// a user's training target comes before the held-out one where both are the same user's.
void check_unseen(Workspace& workspace, const Run& run, const Preparation& preparation) {
  for (const Run& r : run_chain(workspace, run.id)) {
    const int64_t seen = r.preparation == preparation.id ? 0 : users_learned_from(workspace, r, preparation);
    if (seen == 0) continue;
    throw Error(ErrorKind::BadInput,
                fmt::format("run {} was trained on {} of the users that preparation {} holds out{}; evaluate it on its "
                            "own preparation {}, or train anew",
                            r.id, seen, preparation.id,
                            r.data_set == preparation.data_set ? "" : ", as both data sets hold the same content",
                            r.preparation));
  }
}

/// "trained on books, tested on movies; ": of runs that learned from other sets.
std::string domains_in_words(Workspace& workspace, const std::vector<Run>& runs, const DataSet& tested) {
  std::vector<std::string> others;
  bool own = false;
  for (const Run& run : runs) {
    own = own || run.data_set == tested.id;
    const std::string name = data_set_name(workspace, run.data_set);
    if (run.data_set != tested.id && std::find(others.begin(), others.end(), name) == others.end())
      others.push_back(name);
  }
  if (others.empty()) return {};
  return fmt::format("{}trained on {}, tested on {}; ", own ? "some runs " : "", fmt::join(others, " and on "),
                     tested.name);
}

/// What was judged and how, in words, to stand beside the numbers.
std::string protocol_of(const EvaluateOptions& options, const Preparation& preparation, size_t examples,
                        const std::string& domains, const DataSet& tested) {
  const bool given = preparation.prompt == "given";
  std::string text =
      domains +
      fmt::format("{}; {} {}; score: {}; 95 % bootstrap intervals over {} (1000 resamples, seed {}); ties count half",
                  preparation.protocol, examples, given ? "examples, each a mean over its pairs" : "held-out users",
                  options.score == "sum"    ? "summed log-prob"
                  : options.score == "mean" ? "log-prob by token"
                                            : "log-ratio to the reference",
                  given ? "examples" : "users", options.seed);
  if (options.base && options.score == "ratio") text += "; no row for the base model, whose log-ratios are all 0";
  if (!options.baselines.empty() && given) text += "; no classic models, as given pairs name no items";
  if (!options.baselines.empty() && !given)
    text += fmt::format("; classic models learn from what training users{} did before their targets",
                        domains.empty() ? "" : " of " + tested.name);
  return text;
}

/// Row names: base; the objective where only one run has it, else "run N"; with the set that it was trained on where
/// that is another than the one it is tested on.
std::string row_name(Workspace& workspace, const Run& run, const std::vector<Run>& runs, const DataSet& tested) {
  const auto same =
      std::count_if(runs.begin(), runs.end(), [&](const Run& other) { return other.objective == run.objective; });
  const std::string name = same == 1 ? run.objective : fmt::format("run {}", run.id);
  return run.data_set == tested.id ? name
                                   : fmt::format("{} trained on {}", name, data_set_name(workspace, run.data_set));
}

}  // namespace

Evaluation evaluate(const EvaluateOptions& options, const TaskContext& context) {
  Workspace workspace(options.workspace);
  const DataSet data_set = find_data_set(workspace, options.data_set);
  std::vector<Run> runs;
  for (const int64_t id : options.runs) {
    if (std::any_of(runs.begin(), runs.end(), [&](const Run& known) { return known.id == id; })) continue;
    runs.push_back(read_run(workspace, id));
    if (runs.back().status != RunStatus::Done)
      throw Error(ErrorKind::BadInput,
                  fmt::format("run {} is {}; finish it first", id, status_name(runs.back().status)));
    if (runs.back().model != runs.front().model)
      throw Error(ErrorKind::BadInput,
                  fmt::format("runs {} and {} have different base models; evaluate them apart", runs.front().id, id));
  }
  const auto own = std::find_if(runs.begin(), runs.end(), [&](const Run& run) { return run.data_set == data_set.id; });
  const Preparation preparation = options.preparation ? read_preparation(workspace, *options.preparation)
                                  : own == runs.end() ? latest_preparation(workspace, data_set.id)
                                                      : read_preparation(workspace, own->preparation);
  if (preparation.data_set != data_set.id)
    throw Error(ErrorKind::BadInput, fmt::format("preparation {} belongs to another data set", preparation.id));
  for (const Run& run : runs) check_unseen(workspace, run, preparation);
  if (options.score != "sum" && options.score != "mean" && options.score != "ratio")
    throw Error(ErrorKind::BadInput, fmt::format("--score {}: expected sum, mean or ratio", options.score));
  for (const std::string& name : options.baselines) make_recommender(name, options.seed);  // an unknown one throws now
  if (options.users && *options.users < 1)
    throw Error(ErrorKind::BadInput, fmt::format("--users: expected at least 1, found {}", *options.users));
  const std::vector<Example> examples = judged_examples(workspace, preparation.id, options.users.value_or(0));
  if (examples.empty())
    throw Error(ErrorKind::BadInput,
                preparation.prompt == "given"
                    ? "none of the held-out records has a rejected response, so there is nothing to compare; import a "
                      "file with both"
                    : "no user is held out; prepare with a larger --held-out");
  std::vector<int64_t> ids;
  for (const Example& e : examples) ids.push_back(e.id);

  Evaluation evaluation;
  evaluation.preparation = preparation.id;
  evaluation.created_at = utc_now();
  evaluation.score = options.score;
  evaluation.seed = options.seed;
  evaluation.users = static_cast<int64_t>(examples.size());
  evaluation.protocol =
      protocol_of(options, preparation, examples.size(), domains_in_words(workspace, runs, data_set), data_set);
  std::vector<std::vector<UserResult>> per_user;
  const auto add = [&](const std::string& name, std::optional<int64_t> run, const Scorer& scorer) {
    per_user.emplace_back();
    evaluation.rows.push_back(summarize(name, run, examples, scorer, options.seed, per_user.back(), context));
  };
  const auto add_policy = [&](const std::string& name, const Policy& policy) {
    std::optional<Policy> reference;
    if (policy.run) reference = reference_of(workspace, *policy.run);
    score_examples(workspace, preparation, ids, policy, options.device, context);
    if (reference) score_examples(workspace, preparation, ids, *reference, options.device, context);
    add(name, policy.run, [&workspace, policy, reference, &options](const Example& e) {
      std::vector<double> scores;
      for (const CandidateScore& c : candidate_scores(workspace, e.id, policy, reference, options.score))
        scores.push_back(c.score);
      return scores;
    });
  };

  const int64_t model = runs.empty() ? model_row(workspace, options.model) : runs.front().model;
  if (options.base && options.score != "ratio")
    add_policy("base", {model, std::nullopt});  // the base model's log-ratios are all 0
  for (const Run& run : runs) add_policy(row_name(workspace, run, runs, data_set), {model, run.id});
  if (!options.baselines.empty() && preparation.prompt != "given") {
    const TrainingData data = read_training_data(workspace, preparation);
    for (const std::string& name : options.baselines) {
      const auto recommender = make_recommender(name, options.seed);
      with_torch_errors([&] { recommender->fit(data.matrix, context); });
      add(name, std::nullopt, [&](const Example& e) {
        return recommender->score(data.indices(e.history), data.indices(e.candidates), e.position);
      });
    }
  }
  evaluation.id = save_evaluation(workspace, evaluation, per_user);
  return evaluation;
}

RunChange run_change(Workspace& workspace, int64_t preparation, int64_t run, const std::string& score,
                     const TaskContext& context) {
  const Policy reference = reference_of(workspace, run), policy{reference.model, run};
  const auto unscored = [&](const Policy& p) {
    const auto ids = unscored_examples(workspace, preparation, Role::HeldOut, p);
    return std::set<int64_t>(ids.begin(), ids.end());
  };
  const std::set<int64_t> not_before = unscored(reference), not_after = unscored(policy);
  RunChange change;
  for (const Example& e : judged_examples(workspace, preparation, 0)) {
    context.check();
    const bool before = !not_before.contains(e.id), after = !not_after.contains(e.id);
    ++change.held_out;
    change.scored_before += before ? 1 : 0;
    change.scored_after += after ? 1 : 0;
    if (!before || !after) continue;
    const auto result = [&](const Policy& p, const std::optional<Policy>& against, const std::string& how) {
      std::vector<double> scores;
      for (const CandidateScore& c : candidate_scores(workspace, e.id, p, against, how)) scores.push_back(c.score);
      const UserMetrics m = metrics_of(e, scores);
      return UserResult{e.id, m.auc, m.target_rank};
    };
    change.before.push_back(result(reference, std::nullopt, score == "ratio" ? "sum" : score));
    change.after.push_back(result(policy, reference, score));
  }
  return change;
}

}  // namespace prefscope
