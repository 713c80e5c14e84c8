// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/store/results.h"

namespace prefscope {

/// Metrics of one user's list. Ties count half everywhere: a model that gives all the same score is at chance, and so
/// is one whose scores are not numbers.
struct UserMetrics {
  double auc = 0;                                                ///< share of the rejected below the target
  double target_rank = 1;                                        ///< 1 + better + ties / 2
  double hit_1 = 0, hit_5 = 0, ndcg_5 = 0, reciprocal_rank = 0;  ///< expected over random tie breaking
};
/// scores[i] of candidate i, higher is better; target: index of the chosen.
UserMetrics user_metrics(std::span<const double> scores, size_t target);

/// Mean and percentile bootstrap interval (2.5 %, 97.5 %) over users, 1000 resamples from the seed.
Interval bootstrap_mean(std::span<const double> values, uint64_t seed, int resamples = 1000);

/// Two-sided p-value of a paired difference with mean 0: share of `resamples` random sign flips whose mean is as far
/// from 0 as the one seen (the seen one counted in). 1 for no differences.
double sign_flip_p_value(std::span<const double> differences, uint64_t seed, int resamples = 10'000);

/// Holm's step-down correction of p-values for several tests at once: in the order given, each at most 1.
std::vector<double> holm(const std::vector<double>& p_values);

/// Two models on the same users, losses counted as well as wins.
struct Comparison {
  int64_t improved = 0, worsened = 0, unchanged = 0;  ///< users whose target's rank fell, rose, stayed
  Interval auc_gain;                                  ///< mean over users of auc after - before, paired bootstrap
};
/// Users are matched by example; one that only one side has is left out. Seed: of the bootstrap.
Comparison compare_users(std::span<const UserResult> before, std::span<const UserResult> after, uint64_t seed);
/// "31 users improved, 9 worsened, 60 unchanged; AUC +0.021 [+0.008, +0.035]".
std::string in_words(const Comparison& comparison);

}  // namespace prefscope
