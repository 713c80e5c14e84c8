// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/variant_scores.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/error.h"
#include "engine/data/prompts.h"
#include "engine/llm/forward.h"

namespace prefscope {
namespace {

constexpr int64_t pass_tokens = 4096;  // packed tokens of a pass, at least one prompt

/// The prompts of a pass, with the place of each response's score.
struct Pass {
  std::vector<PromptGroup> tree;
  std::vector<double*> places;
  int64_t tokens = 0;
};

int64_t shared_tokens(const std::vector<int32_t>& a, const std::vector<int32_t>& b) {
  return std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
}

int64_t tokens_added(const Pass& pass, const PromptGroup& group) {
  auto tokens = static_cast<int64_t>(group.prompt.size());
  if (!pass.tree.empty()) tokens -= shared_tokens(group.prompt, pass.tree.back().prompt);
  for (const auto& response : group.responses) tokens += static_cast<int64_t>(response.size());
  return tokens;
}

PromptGroup group_of(const LanguageModel& model, const Preparation& preparation, const Example& example,
                     const CaseVariant& variant, int order) {
  std::vector<const ItemText*> listed = variant.listed;
  if (preparation.prompt == "listed" && listed.empty()) {
    for (const int position : candidate_order(variant.candidates.size(), preparation.seed, example.position, order))
      listed.push_back(variant.candidates[static_cast<size_t>(position)]);
  }
  PromptGroup group{prompt_ids(model, render_prompt(preparation.prompt_template, variant.history, listed)), {}};
  for (const ItemText* candidate : variant.candidates) {
    group.responses.push_back(response_ids(model, render_response(*candidate)));
    const size_t length = group.prompt.size() + group.responses.back().size();
    if (static_cast<int64_t>(length) > model.weights.config.max_positions) {
      throw Error(ErrorKind::BadInput,
                  fmt::format("user {}: the prompt and a response take {} tokens, but the model has {} positions; "
                              "prepare with a shorter --history",
                              example.user_key, length, model.weights.config.max_positions));
    }
  }
  return group;
}

/// Puts each response's log-prob where it belongs.
void run(const LoadedPolicy& policy, Pass& pass, const Example& example) {
  if (pass.tree.empty()) return;
  const at::InferenceMode inference;
  const std::vector<std::vector<PromptGroup>> trees = {std::move(pass.tree)};
  const PackedForest packed = pack_trees(trees);
  const at::Tensor log_probs = response_log_probs(policy.model.weights, policy.stack(), packed).to(at::kDouble);
  const at::Tensor sums = sum_by_response(log_probs, packed.response_begin).cpu().contiguous();
  const auto* values = sums.const_data_ptr<double>();
  for (size_t r = 0; r < pass.places.size(); ++r) {
    if (!std::isfinite(values[r]))
      throw Error(ErrorKind::BadInput,
                  fmt::format("{}, user {}: expected log-probs that are numbers, found {}; the weights are broken or "
                              "the training diverged, so train again with a smaller --lr",
                              policy.model.folder.string(), example.user_key, values[r]));
    *pass.places[r] = values[r];
  }
  pass = {};
}

}  // namespace

VariantScores variant_scores(const LoadedPolicy& policy, const Preparation& preparation, const Example& example,
                             const std::vector<CaseVariant>& variants, const TaskContext& context) {
  const auto orders = static_cast<size_t>(preparation.orders);
  std::vector<std::vector<std::vector<double>>> scores(orders);  // [orders][variants][candidates]
  Pass pass;
  for (size_t order = 0; order < orders; ++order) {
    scores[order].resize(variants.size());
    for (size_t v = 0; v < variants.size(); ++v) {
      if (order > 0 && !variants[v].listed.empty()) continue;  // it has one order alone
      PromptGroup group = group_of(policy.model, preparation, example, variants[v], static_cast<int>(order));
      if (pass.tokens + tokens_added(pass, group) > pass_tokens) {
        context.check();
        run(policy, pass, example);
      }
      pass.tokens += tokens_added(pass, group);
      pass.tree.push_back(std::move(group));
      scores[order][v].resize(variants[v].candidates.size());
      for (double& score : scores[order][v]) pass.places.push_back(&score);
    }
  }
  context.check();
  run(policy, pass, example);

  VariantScores out;
  for (size_t v = 0; v < variants.size(); ++v) {
    const size_t n = variants[v].candidates.size(), own_orders = variants[v].listed.empty() ? orders : 1;
    std::vector<double> mean(n), spread(n);
    for (size_t c = 0; c < n; ++c) {
      for (size_t o = 0; o < own_orders; ++o) mean[c] += scores[o][v][c] / static_cast<double>(own_orders);
      for (size_t o = 0; o < own_orders; ++o) spread[c] += (scores[o][v][c] - mean[c]) * (scores[o][v][c] - mean[c]);
      spread[c] = own_orders > 1 ? std::sqrt(spread[c] / static_cast<double>(own_orders - 1)) : 0;
    }
    out.mean.push_back(std::move(mean));
    out.spread.push_back(std::move(spread));
  }
  return out;
}

}  // namespace prefscope
