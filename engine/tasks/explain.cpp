// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/explain.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

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
  const auto [model, example] = find_chosen_case(workspace, options);
  Subject subject{model.preparation, example, model.policy, {}};
  if (options.run) subject.reference = reference_of(workspace, *options.run);
  return subject;
}

RankResult rank_subject(Workspace& workspace, const Subject& subject, const RankOptions& options,
                        const TaskContext& context) {
  const Example& e = subject.example;
  score_examples(workspace, subject.preparation, {e.id}, subject.policy, options.device, context);
  if (subject.reference)
    score_examples(workspace, subject.preparation, {e.id}, *subject.reference, options.device, context);
  const auto scores = candidate_scores(workspace, e.id, subject.policy, subject.reference, options.score);
  const ItemIndex items(read_item_texts(workspace, subject.preparation.data_set));

  RankResult result = ranked_case(e, items, scores, options.score, subject.reference.has_value());
  result.protocol = subject.preparation.protocol;
  return result;
}

/// A text of the model's config.json; empty where it has none of that name.
std::string config_text(Workspace& workspace, int64_t model, const char* name) {
  const auto config = nlohmann::json::parse(read_model(workspace, model).config, nullptr, false);
  return config.is_object() && config.contains(name) && config[name].is_string() ? config[name].get<std::string>() : "";
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
  const std::string taught = config_text(workspace, rationale.model, "prefscope_rationales");
  if (!taught.empty()) note += "; sentences taught from " + taught;
  if (config_text(workspace, rationale.model, "prefscope_rationale_prompt") == "rationale-shared")
    note += "; its prompt says which items of the history share what with the recommendation";
  return note;
}

std::string rationale_template(Workspace& workspace, int64_t model) {
  const bool told = config_text(workspace, model, "prefscope_rationale_prompt") == "rationale-shared";
  return load_prompt_template(told ? "rationale-shared" : "rationale");
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
    const std::string prompt = render_rationale_prompt(
        load_prompt_template(policy.model.weights.config.rationale_prompt), request.history, *request.item);
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
