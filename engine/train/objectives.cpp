// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/objectives.h"

#include <ATen/ATen.h>

namespace prefscope {
namespace {

/// -log sigmoid(margin) = softplus(-margin), which neither overflows nor loses small values.
PreferenceLoss finish(const at::Tensor& chosen, const at::Tensor& rejected) {
  return {-at::log_sigmoid(chosen - rejected).mean(), chosen.detach(), rejected.detach()};
}

}  // namespace

at::Tensor sft_loss(const at::Tensor& token_log_probs) {
  return -token_log_probs.mean();
}

PreferenceLoss dmpo_loss(const at::Tensor& policy, const at::Tensor& reference, double beta) {
  const at::Tensor reward = (policy - reference) * beta;
  return finish(reward.select(1, 0), reward.narrow(1, 1, reward.size(1) - 1).mean(1));
}

PreferenceLoss paired_dmpo_loss(const at::Tensor& policy, const at::Tensor& reference,
                                const std::vector<int64_t>& owner, int64_t examples, double beta) {
  const at::Tensor index = at::tensor(at::ArrayRef<int64_t>(owner), at::kLong).to(policy.device());
  const at::Tensor reward = (policy - reference) * beta;
  const at::Tensor count =
      at::zeros({examples}, reward.options()).index_add(0, index, at::ones_like(reward.select(1, 0)).detach());
  const auto mean = [&](int64_t column) {
    return at::zeros({examples}, reward.options()).index_add(0, index, reward.select(1, column)) / count;
  };
  return finish(mean(0), mean(1));
}

}  // namespace prefscope
