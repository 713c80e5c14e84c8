// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/case_chain.h"

#include "engine/data/item_index.h"
#include "engine/llm/checkpoint.h"
#include "engine/store/runs.h"
#include "engine/tasks/candidate_scores.h"
#include "engine/tasks/chosen_model.h"
#include "engine/tasks/scoring.h"
#include "engine/text/tokenizer.h"

namespace prefscope {
namespace {

/// Means over prompt orders of a policy's token log-probs, by position and token, with the ids.
struct TokenMeans {
  std::vector<std::vector<int32_t>> ids;
  std::vector<std::vector<double>> log_probs;
};

TokenMeans token_means(const std::vector<ResponseScore>& scores, size_t candidates) {
  TokenMeans means{std::vector<std::vector<int32_t>>(candidates), std::vector<std::vector<double>>(candidates)};
  std::vector<double> orders(candidates);
  for (const ResponseScore& s : scores) {
    const auto position = static_cast<size_t>(s.position);
    means.ids.at(position) = s.token_ids;
    means.log_probs[position].resize(s.token_log_probs.size());
    for (size_t t = 0; t < s.token_log_probs.size(); ++t) means.log_probs[position][t] += s.token_log_probs[t];
    orders[position] += 1;
  }
  for (size_t p = 0; p < candidates; ++p) {
    for (double& value : means.log_probs[p]) value /= orders[p];
  }
  return means;
}

std::vector<std::vector<StripToken>> read_strips(Workspace& workspace, const Example& example, const Policy& last,
                                                 const Policy& before) {
  const size_t candidates = example.candidates.size();
  const TokenMeans now = token_means(read_scores(workspace, example.id, last), candidates);
  const TokenMeans then = token_means(read_scores(workspace, example.id, before), candidates);
  const auto folder = model_folder(read_model(workspace, last.model).path);
  const auto tokenizer = load_model_tokenizer(folder);
  std::vector<std::vector<StripToken>> strips(candidates);
  for (size_t p = 0; p < candidates; ++p) {
    for (size_t t = 0; t < now.ids[p].size(); ++t) {
      const bool end = t + 1 == now.ids[p].size();  // the scorer puts the end of text behind every title
      strips[p].push_back(
          {end ? "" : tokenizer->decode({now.ids[p][t]}), now.log_probs[p][t], then.log_probs[p].at(t)});
    }
  }
  return strips;
}

}  // namespace

CaseChain read_chain(const RankOptions& options, const TaskContext& context) {
  Workspace workspace(options.workspace);
  const auto [chosen, example] = find_chosen_case(workspace, options);
  CaseChain chain;
  chain.example = example;
  const ItemIndex items(read_item_texts(workspace, chosen.preparation.data_set));
  for (const ItemText* item : items.all(chain.example.candidates)) chain.candidates.push_back(*item);

  chain.models.push_back({"base", std::nullopt, {}, {}});
  if (options.run) {
    for (const Run& run : run_chain(workspace, *options.run)) chain.models.push_back({run.name, run.id, {}, {}});
  }
  std::optional<Policy> before;
  for (ChainModel& model : chain.models) {
    const Policy policy{chosen.policy.model, model.run};
    score_examples(workspace, chosen.preparation, {chain.example.id}, policy, options.device, context);
    model.scores =
        candidate_scores(workspace, chain.example.id, policy, before, options.score == "mean" ? "mean" : "sum");
    model.ranks = ranks_of(model.scores);
    if (before && model.run == options.run) chain.strips = read_strips(workspace, chain.example, policy, *before);
    before = policy;
  }
  return chain;
}

}  // namespace prefscope
