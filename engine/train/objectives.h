// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace prefscope {

/// A loss and what is worth watching of it. Rewards are implicit: beta * (log pi - log pi_ref), in nats times beta,
/// without gradient.
struct PreferenceLoss {
  at::Tensor loss;                            ///< scalar, mean over examples
  at::Tensor reward_chosen, reward_rejected;  ///< [examples], rejected: mean over the k
};

/// SFT: mean negative log-prob of the response tokens [tokens].
at::Tensor sft_loss(const at::Tensor& token_log_probs);

/// DMPO (arXiv 2405.16127): -log sigmoid( r(y_w) - mean_i r(y_i) ). policy and reference: summed log-probs [examples, 1
/// + k], chosen first.
PreferenceLoss dmpo_loss(const at::Tensor& policy, const at::Tensor& reference, double beta);

/// Paired DMPO: -log sigmoid( mean_i [ r(w_i|x_i) - r(l_i|x_i) ] ). policy and reference: [pairs, 2], chosen first;
/// owner: example of each pair, 0 .. examples - 1, each at least once. Equals dmpo_loss where the pairs of an example
/// share prompt and chosen.
PreferenceLoss paired_dmpo_loss(const at::Tensor& policy, const at::Tensor& reference,
                                const std::vector<int64_t>& owner, int64_t examples, double beta);

}  // namespace prefscope
