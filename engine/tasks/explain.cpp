// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "engine/base/files.h"
#include "engine/data/item_index.h"
#include "engine/data/prompts.h"
#include "engine/explain/rationale_text.h"
#include "engine/llm/policy.h"
#include "engine/store/results.h"
#include "engine/store/runs.h"
#include "engine/tasks/candidate_scores.h"
#include "engine/tasks/chosen_model.h"
#include "engine/tasks/scoring.h"
#include "engine/tasks/torch_errors.h"

namespace prefscope {
namespace {

/// What a person asked for, looked up.
struct Subject {
  Preparation preparation;
  Example example;
  Policy policy;
  std::optional<Policy> reference;
};

Subject find_subject(Workspace& workspace, const RankOptions& options) {
  const ChosenModel chosen =
      find_chosen_model(workspace, options.run, options.model, options.data_set, options.preparation);
  Subject subject{chosen.preparation, {}, chosen.policy, {}};
  if (options.run) subject.reference = reference_of(workspace, *options.run);
  subject.example = options.example ? read_example(workspace, *options.example)
                                    : find_example(workspace, subject.preparation.id, options.user);
  return subject;
}

/// The target's rank by the reference's log-prob, ties by saved order as in the ranking itself.
int rank_before(const std::vector<CandidateScore>& scores, size_t target, bool by_token) {
  const auto before = [&](size_t i) {
    return (scores[i].log_prob - scores[i].log_ratio) / (by_token ? std::max(1, scores[i].tokens) : 1);
  };
  int rank = 1;
  for (size_t i = 0; i < scores.size(); ++i)
    rank += before(i) > before(target) || (i < target && before(i) == before(target)) ? 1 : 0;
  return rank;
}

RankResult rank_subject(Workspace& workspace, const Subject& subject, const RankOptions& options,
                        const TaskContext& context) {
  const Example& e = subject.example;
  score_examples(workspace, subject.preparation, {e.id}, subject.policy, options.device, context);
  if (subject.reference)
    score_examples(workspace, subject.preparation, {e.id}, *subject.reference, options.device, context);
  const auto scores = candidate_scores(workspace, e.id, subject.policy, subject.reference, options.score);
  const ItemIndex items(read_item_texts(workspace, subject.preparation.data_set));

  RankResult result;
  result.example = e;
  result.protocol = subject.preparation.protocol;
  result.target = e.target;
  result.score = options.score;
  result.has_reference = subject.reference.has_value();
  for (const ItemText* item : items.all(e.history)) result.history.push_back(*item);
  std::vector<size_t> order(e.candidates.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return scores.at(a).score > scores.at(b).score; });
  for (const size_t position : order) {
    const ItemText* item = items.at(e.candidates[position]);
    const CandidateScore& s = scores.at(position);
    result.candidates.push_back({item->id, item->title, s.score, s.log_prob, s.log_ratio, s.spread, s.tokens});
    result.items.push_back(*item);
    if (item->id == e.target) result.target_rank = static_cast<int>(result.candidates.size());
  }
  if (subject.reference)
    result.reference_rank = rank_before(
        scores,
        static_cast<size_t>(std::find(e.candidates.begin(), e.candidates.end(), e.target) - e.candidates.begin()),
        options.score == "mean");
  return result;
}

}  // namespace

RankResult rank(const RankOptions& options, const TaskContext& context) {
  Workspace workspace(options.workspace);
  return rank_subject(workspace, find_subject(workspace, options), options, context);
}

std::string rationale_note(Workspace& workspace, const SavedRationale& rationale) {
  std::string note = rationale.temperature > 0
                         ? fmt::format("temperature {:g}, seed {}", rationale.temperature, rationale.seed)
                         : "greedy";
  note += rationale.held_titles ? "; titles held to those of the history" : "; titles free";
  const auto config = nlohmann::json::parse(read_model(workspace, rationale.model).config, nullptr, false);
  if (config.is_object() && config.contains("prefscope_rationales") && config["prefscope_rationales"].is_string())
    note += "; sentences taught from " + config["prefscope_rationales"].get<std::string>();
  return note;
}

Rationale write_rationale(const RationaleOptions& options, const std::function<void(std::string_view)>& on_text,
                          const TaskContext& context) {
  if (!(options.temperature >= 0 && options.temperature <= 100))
    throw Error(ErrorKind::BadInput, fmt::format("--temperature: expected 0 .. 100, found {}", options.temperature));
  if (options.max_tokens < 1 || options.max_tokens > 4096)
    throw Error(ErrorKind::BadInput, fmt::format("--max-tokens: expected 1 .. 4096, found {}", options.max_tokens));
  Workspace workspace(options.rank.workspace);
  const Subject subject = find_subject(workspace, options.rank);
  return with_torch_errors([&] {
    const ItemIndex items(read_item_texts(workspace, subject.preparation.data_set));
    if (options.item && !items.has(*options.item))
      throw Error(ErrorKind::BadInput, fmt::format("there is no item {} in this data set", *options.item));
    const int64_t item =
        options.item ? *options.item : rank_subject(workspace, subject, options.rank, context).candidates.front().item;
    context.report({"Loading the model", 0, -1, ""});
    const LoadedPolicy policy = load_policy(workspace, subject.policy, choose_device(options.rank.device));
    RationaleRequest request{items.all(subject.example.history),
                             items.at(item),
                             options.max_tokens,
                             options.temperature,
                             options.seed,
                             options.hold_titles};
    const std::string text = write_rationale_text(policy, request, options.rank.user, on_text, context.stop);
    const std::string prompt =
        render_rationale_prompt(load_prompt_template("rationale"), request.history, *request.item);
    SavedRationale saved{0,
                         subject.example.id,
                         subject.policy.model,
                         item,
                         subject.policy.run,
                         options.seed,
                         options.temperature,
                         options.hold_titles,
                         prompt,
                         text,
                         ""};
    save_rationale(workspace, saved);
    return Rationale{text, rationale_note(workspace, saved)};
  });
}

}  // namespace prefscope
