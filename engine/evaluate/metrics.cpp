// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/evaluate/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "engine/base/random.h"

namespace prefscope {

UserMetrics user_metrics(std::span<const double> scores, size_t target) {
  double better = 0, ties = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (i == target) continue;
    // What is neither above nor below is a tie, so that a NaN earns nothing.
    if (scores[i] > scores[target]) {
      ++better;
    } else if (!(scores[i] < scores[target])) {
      ++ties;
    }
  }
  UserMetrics m;
  const auto rejected = static_cast<double>(scores.size()) - 1;
  m.auc = rejected > 0 ? (rejected - better - ties / 2) / rejected : 0.5;
  m.target_rank = 1 + better + ties / 2;
  // Random tie breaking puts the target at each of the ranks better + 1 .. better + ties + 1 with the same chance;
  // expectations over these.
  const double places = ties + 1;
  for (double rank = better + 1; rank <= better + places; ++rank) {
    m.hit_1 += rank <= 1 ? 1 / places : 0;
    m.hit_5 += rank <= 5 ? 1 / places : 0;
    m.ndcg_5 += rank <= 5 ? 1 / std::log2(rank + 1) / places : 0;
    m.reciprocal_rank += 1 / rank / places;
  }
  return m;
}

Interval bootstrap_mean(std::span<const double> values, uint64_t seed, int resamples) {
  if (values.empty()) return {};
  const auto n = static_cast<double>(values.size());
  Interval interval;
  for (const double v : values) interval.value += v / n;
  Random random({seed, 0x626f6f74});
  std::vector<double> means(static_cast<size_t>(resamples));
  for (double& mean : means) {
    double sum = 0;
    for (size_t i = 0; i < values.size(); ++i) sum += values[random.below(values.size())];
    mean = sum / n;
  }
  std::sort(means.begin(), means.end());
  const auto at = [&](double share) {
    return means[static_cast<size_t>(std::lround(share * static_cast<double>(resamples - 1)))];
  };
  interval.low = at(0.025);
  interval.high = at(0.975);
  return interval;
}

double sign_flip_p_value(std::span<const double> differences, uint64_t seed, int resamples) {
  double seen = 0;
  for (const double d : differences) seen += d;
  Random random({seed, 0x666c6970});
  int as_far = 1;
  for (int n = 0; n < resamples; ++n) {
    double sum = 0;
    for (const double d : differences) sum += random.next() >> 63 == 0 ? d : -d;
    // A hair of tolerance: the same sum in another order is as far.
    as_far += std::abs(sum) >= std::abs(seen) * (1 - 1e-12) ? 1 : 0;
  }
  return static_cast<double>(as_far) / static_cast<double>(resamples + 1);
}

std::vector<double> holm(const std::vector<double>& p_values) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> corrected(p_values.size());
  double largest = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, p_values[order[i]] * static_cast<double>(order.size() - i));
    corrected[order[i]] = std::min(1.0, largest);
  }
  return corrected;
}

Comparison compare_users(std::span<const UserResult> before, std::span<const UserResult> after, uint64_t seed) {
  std::map<int64_t, const UserResult*> earlier;
  for (const UserResult& user : before) earlier[user.example] = &user;
  Comparison comparison;
  std::vector<double> gains;
  for (const UserResult& user : after) {
    const auto found = earlier.find(user.example);
    if (found == earlier.end()) continue;
    const double was = found->second->target_rank;
    if (user.target_rank < was) {
      ++comparison.improved;
    } else if (user.target_rank > was) {
      ++comparison.worsened;
    } else {
      ++comparison.unchanged;
    }
    gains.push_back(user.auc - found->second->auc);
  }
  comparison.auc_gain = bootstrap_mean(gains, seed);
  return comparison;
}

std::string in_words(const Comparison& comparison) {
  return fmt::format("{} users improved, {} worsened, {} unchanged; AUC {:+.3f} [{:+.3f}, {:+.3f}]",
                     comparison.improved, comparison.worsened, comparison.unchanged, comparison.auc_gain.value,
                     comparison.auc_gain.low, comparison.auc_gain.high);
}

}  // namespace prefscope
