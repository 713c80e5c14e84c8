// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/reference_values.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "engine/llm/forward.h"

namespace prefscope {
namespace {

std::vector<std::string> keys_of(const TokenizedExample& example) {
  std::vector<std::string> keys;
  for (const PromptGroup& group : example.groups) {
    for (const auto& response : group.responses) keys.push_back(response_key(group.prompt, response));
  }
  return keys;
}

}  // namespace

void look_up_log_probs(KnownLogProbs& known, std::span<const std::vector<TokenizedExample>* const> all,
                       const FindLogProbs& find, const TaskContext& context) {
  KnownLogProbs needed;
  for (const std::vector<TokenizedExample>* examples : all) {
    for (const TokenizedExample& example : *examples) {
      context.check();
      std::vector<std::string> unknown;
      for (std::string& key : keys_of(example)) {
        const auto found = known.find(key);
        if (found != known.end()) {
          needed.insert(*found);
        } else if (!needed.contains(key)) {
          unknown.push_back(std::move(key));
        }
      }
      if (!find || unknown.empty()) continue;
      const auto found = find(unknown);
      for (size_t i = 0; i < unknown.size(); ++i) {
        if (found[i]) needed.emplace(unknown[i], static_cast<float>(*found[i]));
      }
    }
  }
  known = std::move(needed);
}

at::Tensor reference_log_probs(const LoadedPolicy& reference, std::span<const size_t> pass,
                               const std::vector<TokenizedExample>& examples, const PackedForest& packed,
                               KnownLogProbs& known, std::vector<ReferenceLogProb>& fresh) {
  const at::NoGradGuard no_grad;
  std::vector<std::string> keys;
  for (const size_t e : pass) {
    for (std::string& key : keys_of(examples[e])) keys.push_back(std::move(key));
  }
  if (!std::all_of(keys.begin(), keys.end(), [&](const std::string& key) { return known.contains(key); })) {
    const at::Tensor computed =
        sum_by_response(response_log_probs(reference.model.weights, reference.stack(), packed), packed.response_begin)
            .to(at::kFloat)
            .cpu()
            .contiguous();
    const auto* values = computed.const_data_ptr<float>();
    for (size_t i = 0; i < keys.size(); ++i) {
      if (known.emplace(keys[i], values[i]).second) fresh.push_back({keys[i], values[i]});
    }
  }
  std::vector<float> values;
  for (const std::string& key : keys) values.push_back(known.at(key));
  return at::tensor(at::ArrayRef<float>(values), at::kFloat);
}

PackedForest pack_pass(std::span<const size_t> pass, const std::vector<TokenizedExample>& examples) {
  std::vector<std::vector<PromptGroup>> trees;
  for (const size_t e : pass) trees.push_back(examples[e].groups);
  return pack_trees(trees);
}

}  // namespace prefscope
