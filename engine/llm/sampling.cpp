// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/sampling.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace prefscope {
namespace {

constexpr double never = -std::numeric_limits<double>::infinity();

double largest(std::span<const double> logits) {
  return *std::max_element(logits.begin(), logits.end());
}

}  // namespace

void penalize_repetition(std::span<float> logits, std::span<const int32_t> seen, double penalty) {
  std::vector<bool> done(logits.size());
  for (const int32_t id : seen) {
    const auto i = static_cast<size_t>(id);
    if (id < 0 || i >= logits.size() || done[i]) continue;
    done[i] = true;
    const auto by = static_cast<float>(penalty);
    logits[i] = logits[i] < 0 ? logits[i] * by : logits[i] / by;
  }
}

void keep_top_k(std::span<double> logits, int k) {
  if (static_cast<size_t>(k) >= logits.size()) return;
  std::vector<double> sorted(logits.begin(), logits.end());
  std::nth_element(sorted.begin(), sorted.begin() + (k - 1), sorted.end(), std::greater<>());
  const double least = sorted[static_cast<size_t>(k - 1)];
  for (double& logit : logits) {
    if (logit < least) logit = never;
  }
}

void keep_top_p(std::span<double> logits, double p) {
  const double most = largest(logits);
  double sum = 0;
  std::vector<size_t> order;  // a heap: few of a large vocabulary are taken, so it is not sorted
  for (size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] == never) continue;
    order.push_back(i);
    sum += std::exp(logits[i] - most);
  }
  const auto less = [&](size_t a, size_t b) { return logits[a] < logits[b] || (logits[a] == logits[b] && a > b); };
  std::make_heap(order.begin(), order.end(), less);
  double before = 0;  // probability of those taken
  auto end = order.end();
  while (end != order.begin() && before < p) {
    std::pop_heap(order.begin(), end, less);
    before += std::exp(logits[*--end] - most) / sum;
  }
  for (auto rest = order.begin(); rest != end; ++rest) logits[*rest] = never;
}

void keep_min_p(std::span<double> logits, double p) {
  const double most = largest(logits);
  for (double& logit : logits) {
    if (std::exp(logit - most) < p) logit = never;
  }
}

}  // namespace prefscope
