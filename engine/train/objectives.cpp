// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/objectives.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace prefscope {
namespace {

/// Logistic loss of margins d with label smoothing s: softplus(-d), softplus(d) in a form that does not overflow.
at::Tensor smoothed(const at::Tensor& d, double s) {
  const at::Tensor loss = -at::log_sigmoid(d) * (1 - s);
  return s > 0 ? loss - at::log_sigmoid(-d) * s : loss;
}

/// The same with a smoothing for each pair.
at::Tensor smoothed(const at::Tensor& d, const at::Tensor& s) {
  return -at::log_sigmoid(d) * (1 - s) - at::log_sigmoid(-d) * s;
}

/// sum over r of logsumexp(s_r .. s_k) - s_r for scores [examples, 1 + k] in their true order. Scores may be shifted:
/// the chosen's is 0 here, the others' -d.
at::Tensor plackett_luce(const at::Tensor& d) {
  const at::Tensor scores = at::cat({at::zeros_like(d.narrow(1, 0, 1)), -d}, 1);
  return (at::logcumsumexp(scores.flip(1), 1).flip(1) - scores).sum(1);
}

struct Name {
  const char *name, *title;
};

/// In the order of the enum.
constexpr Name names[] = {{"sft", "SFT"},
                          {"dmpo", "DMPO"},
                          {"s-dpo", "S-DPO"},
                          {"dpo", "DPO"},
                          {"robust-dpo", "robust DPO"},
                          {"hinge", "hinge"},
                          {"ipo", "IPO"},
                          {"cpo", "CPO"},
                          {"simpo", "SimPO"},
                          {"rosepo", "RosePO"},
                          {"plackett-luce", "Plackett-Luce"},
                          {"dmpo-released", "DMPO as released"}};

}  // namespace

const std::vector<std::string>& objective_names() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> list;
    for (const Name& name : names) list.emplace_back(name.name);
    return list;
  }();
  return all;
}

const char* objective_title(Objective objective) {
  return names[static_cast<size_t>(objective)].title;
}

std::optional<Objective> objective_of(std::string_view name) {
  const auto& all = objective_names();
  const auto found = std::find(all.begin(), all.end(), name);
  if (found == all.end()) return std::nullopt;
  return static_cast<Objective>(found - all.begin());
}

bool needs_reference(Objective objective) {
  return objective != Objective::Sft && objective != Objective::Cpo && objective != Objective::SimPo &&
         objective != Objective::DmpoReleased;
}

PairLogProbs plain_pairs(const at::Tensor& policy, const at::Tensor& reference, const at::Tensor& tokens) {
  const int64_t k = policy.size(1) - 1;
  const auto chosen = [&](const at::Tensor& x) { return x.defined() ? x.narrow(1, 0, 1).expand({-1, k}) : x; };
  const auto rejected = [&](const at::Tensor& x) { return x.defined() ? x.narrow(1, 1, k) : x; };
  return {chosen(policy), rejected(policy), chosen(reference), rejected(reference), chosen(tokens), rejected(tokens)};
}

PairLogProbs given_pairs(const at::Tensor& policy, const at::Tensor& reference, const at::Tensor& tokens) {
  const auto side = [](const at::Tensor& x, int64_t index) { return x.defined() ? x.select(2, index) : x; };
  return {side(policy, 0), side(policy, 1), side(reference, 0), side(reference, 1), side(tokens, 0), side(tokens, 1)};
}

at::Tensor sft_loss(const at::Tensor& token_log_probs) {
  return -token_log_probs.mean();
}

PreferenceLoss preference_loss(Objective objective, const PairLogProbs& pairs, const ObjectiveOptions& options) {
  at::Tensor chosen = pairs.chosen, rejected = pairs.rejected;
  if (needs_reference(objective)) {
    chosen = chosen - pairs.reference_chosen;
    rejected = rejected - pairs.reference_rejected;
  }
  if (objective == Objective::Ipo || objective == Objective::SimPo) {
    chosen = chosen / pairs.chosen_tokens;
    rejected = rejected / pairs.rejected_tokens;
  }
  const at::Tensor d = (chosen - rejected) * options.beta;  // [examples, k]
  const auto by_example = [&] {
    const double s = options.label_smoothing;
    switch (objective) {
      case Objective::Dmpo:
        return -at::log_sigmoid(d.mean(1));
      case Objective::SDpo:
        return -at::log_sigmoid(-at::logsumexp(-d, 1));
      case Objective::RobustDpo:
        return (at::log_sigmoid(-d) * s - at::log_sigmoid(d) * (1 - s)).mean(1) / (1 - 2 * s);
      case Objective::Hinge:
        return at::relu(1 - d).mean(1);
      case Objective::Ipo:
        return (d / options.beta - 1 / (2 * options.beta)).square().mean(1);
      case Objective::SimPo:
        return smoothed(d - options.gamma, s).mean(1);
      case Objective::RosePo:
        return (pairs.smoothing.defined() ? smoothed(d, pairs.smoothing) : smoothed(d, s)).mean(1);
      case Objective::PlackettLuce:
        return plackett_luce(d);
      case Objective::Sft:
      case Objective::Dpo:
      case Objective::Cpo:
      case Objective::DmpoReleased:
        break;
    }
    return smoothed(d, s).mean(1);
  };
  const at::Tensor losses = by_example();
  at::Tensor loss = losses.mean();
  if (options.sft_weight > 0) loss = loss - (pairs.chosen / pairs.chosen_tokens).mean() * options.sft_weight;
  return {loss, losses.detach(), chosen.detach().mean(1) * options.beta, rejected.detach().mean(1) * options.beta};
}

}  // namespace prefscope
