// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/margin_by_history.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/data/prompts.h"
#include "engine/llm/forward.h"

namespace prefscope {

std::vector<double> margins_by_history(const LoadedPolicy& policy, const std::string& prompt_template,
                                       const std::vector<std::vector<const ItemText*>>& histories,
                                       const std::vector<const ItemText*>& candidates, size_t item,
                                       const std::string& user) {
  const at::InferenceMode inference;
  const LanguageModel& model = policy.model;
  std::vector<std::vector<int32_t>> responses;
  size_t longest = 0;
  for (const ItemText* candidate : candidates) {
    responses.push_back(response_ids(model, render_response(*candidate)));
    longest = std::max(longest, responses.back().size());
  }
  std::vector<PromptGroup> tree;
  for (const auto& history : histories) {
    tree.push_back({prompt_ids(model, render_prompt(prompt_template, history, candidates)), responses});
    const size_t length = tree.back().prompt.size() + longest;
    if (static_cast<int64_t>(length) > model.llama.config.max_positions) {
      throw Error(ErrorKind::BadInput,
                  fmt::format("user {}: the prompt and a response take {} tokens, but the model has {} positions; "
                              "prepare with a shorter --history",
                              user, length, model.llama.config.max_positions));
    }
  }
  const std::vector<std::vector<PromptGroup>> trees = {std::move(tree)};
  const PackedForest packed = pack_trees(trees);
  const at::Tensor sums =
      sum_by_response(response_log_probs(model.llama, policy.stack(), packed), packed.response_begin)
          .to(at::kDouble)
          .cpu()
          .view({static_cast<int64_t>(histories.size()), static_cast<int64_t>(candidates.size())});
  const auto n = static_cast<int64_t>(candidates.size());
  const at::Tensor own = sums.select(1, static_cast<int64_t>(item));
  const at::Tensor margins = (own - (sums.sum(1) - own) / static_cast<double>(n - 1)).contiguous();
  const auto* values = margins.const_data_ptr<double>();
  return {values, values + margins.numel()};
}

}  // namespace prefscope
