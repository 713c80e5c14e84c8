// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prefscope {

/// What a run minimises. With the rewards r = beta (log pi - log pi_ref) of the chosen w and the rejected l_1 .. l_k,
/// and d_i = r(w) - r(l_i):
enum class Objective {
  Sft,        ///< mean negative log-prob of the chosen's tokens
  Dmpo,       ///< -log sigmoid( mean_i d_i ): arXiv 2405.16127
  SDpo,       ///< -log sigmoid( -log sum_i exp(-d_i) ), which is softmax cross-entropy: arXiv 2406.09215
  Dpo,        ///< mean_i of -(1 - s) log sigmoid(d_i) - s log sigmoid(-d_i), s the label smoothing: arXiv 2305.18290
  RobustDpo,  ///< mean_i of [-(1 - s) log sigmoid(d_i) + s log sigmoid(-d_i)] / (1 - 2 s): arXiv 2403.00409
  Hinge,      ///< mean_i of max(0, 1 - d_i): arXiv 2305.10425
  Ipo,        ///< mean_i of (log-ratio by token of w - that of l_i - 1 / (2 beta))^2: arXiv 2310.12036, as TRL 1.16
  Cpo,        ///< Dpo without a reference, r = beta log pi: arXiv 2401.08417
  SimPo,      ///< Dpo without a reference by token, d_i = beta (log pi(w)/|w| - log pi(l_i)/|l_i|) - gamma: 2405.14734
  RosePo,  ///< Dpo whose smoothing is each pair's own, from an oracle: after arXiv 2410.12519, which prints none; ours
           ///< is a classic recommender (engine/train/examples.h)
  PlackettLuce,  ///< -log of the Plackett-Luce probability of w, l_1 .. l_k in this order (ListMLE, ICML 2008)
  DmpoReleased   ///< what the DMPO paper's published trainer computes: it passes the chosen's reference log-prob twice,
                 ///< so the reference cancels and each pair is CPO's; with an SFT weight of 1. For reproduction, not
                 ///< DMPO
};

/// All names in the order of the enum: sft, dmpo, s-dpo, dpo, robust-dpo, hinge, ipo, cpo, simpo, rosepo,
/// plackett-luce, dmpo-released.
const std::vector<std::string>& objective_names();
/// As people write it: "S-DPO", "Plackett-Luce".
const char* objective_title(Objective objective);
/// Nothing for an unknown name.
std::optional<Objective> objective_of(std::string_view name);
/// Whether log pi_ref enters the loss.
bool needs_reference(Objective objective);

struct ObjectiveOptions {
  double beta = 1;             ///< > 0
  double label_smoothing = 0;  ///< 0 .. < 0.5; dpo, robust-dpo, cpo, simpo and dmpo-released
  double gamma = 0.5;          ///< target margin of simpo
  double sft_weight = 0;       ///< times the mean over examples of the chosen's negative log-prob by token, added
};

/// Log-probs of the pairs of a step's examples, nats, all [examples, k]. Where prompt and chosen are shared by the
/// pairs of an example (the plain form) the chosen's column is repeated; else (the paired form) each pair has its own.
struct PairLogProbs {
  at::Tensor chosen, rejected;                      ///< summed over tokens, under the policy
  at::Tensor reference_chosen, reference_rejected;  ///< under the reference; undefined where none is needed
  at::Tensor chosen_tokens, rejected_tokens;        ///< counts, EOS included
  at::Tensor smoothing = {};                        ///< of rosepo, each 0 .. 1: how likely the rejected is the better
                                                    ///< one; undefined: label_smoothing for all
};

/// From rows of responses, chosen first: policy, reference and tokens [examples, 1 + k].
PairLogProbs plain_pairs(const at::Tensor& policy, const at::Tensor& reference, const at::Tensor& tokens);
/// From pairs with prompts of their own: policy, reference and tokens [examples, k, 2], chosen first.
PairLogProbs given_pairs(const at::Tensor& policy, const at::Tensor& reference, const at::Tensor& tokens);

/// A loss and what is worth watching of it. Rewards are without gradient: beta * (log pi - log pi_ref), or what stands
/// in their place in an objective without a reference.
struct PreferenceLoss {
  at::Tensor loss;                            ///< scalar, mean over examples
  at::Tensor by_example;                      ///< [examples] without the SFT term
  at::Tensor reward_chosen, reward_rejected;  ///< [examples], means over the k pairs
};

/// SFT: mean negative log-prob of the response tokens [tokens].
at::Tensor sft_loss(const at::Tensor& token_log_probs);

/// Any other objective. Neither overflows nor loses small values at margins of 1e4. k = 1: dmpo, s-dpo and dpo without
/// smoothing are the same.
PreferenceLoss preference_loss(Objective objective, const PairLogProbs& pairs, const ObjectiveOptions& options);

}  // namespace prefscope
