// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <span>

// What may come next, as the logits processors of transformers decide it, in their order: the repetition penalty, then
// (where it is drawn) temperature, top-k, top-p, min-p. A token that may not come has the logit -infinity.

namespace prefscope {

/// Logits of ids that were seen, prompt included: those above 0 are divided by the penalty, others multiplied; each id
/// once (Keskar et al. 2019, arXiv 1909.05858). penalty > 0; 1 changes nothing.
void penalize_repetition(std::span<float> logits, std::span<const int32_t> seen, double penalty);
/// Only the k largest, and those as large as the last of them. k >= 1.
void keep_top_k(std::span<double> logits, int k);
/// The fewest whose probabilities sum to p or more (Holtzman et al. 2019, arXiv 1904.09751); at least one. 0 < p <= 1;
/// of equal ones the smaller ids.
void keep_top_p(std::span<double> logits, double p);
/// Those at least p times as probable as the most probable (Nguyen et al. 2024, arXiv 2407.01082). 0 <= p <= 1.
void keep_min_p(std::span<double> logits, double p);

}  // namespace prefscope
