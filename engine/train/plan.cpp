// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/base/random.h"

namespace prefscope {

std::vector<PlannedStep> plan_steps(const std::vector<TokenizedExample>& examples, double epochs, int64_t batch_tokens,
                                    uint64_t seed) {
  const auto total = static_cast<size_t>(std::max(1.0, std::round(epochs * static_cast<double>(examples.size()))));
  std::vector<PlannedStep> steps;
  for (size_t n = 0, epoch = 0; n < total && !examples.empty(); ++epoch) {
    std::vector<size_t> order(examples.size());
    std::iota(order.begin(), order.end(), 0);
    Random random({seed, 0x65706f6368, epoch});
    random.shuffle(order);
    int64_t tokens = 0;
    for (size_t i = 0; i < order.size() && n < total; ++i, ++n) {
      if (i == 0 || tokens + examples[order[i]].tokens > batch_tokens) {
        steps.push_back({static_cast<int64_t>(epoch), {}});
        tokens = 0;
      }
      steps.back().examples.push_back(order[i]);
      tokens += examples[order[i]].tokens;
    }
  }
  return steps;
}

std::vector<int64_t> plan_evaluations(int64_t steps, int evaluations) {
  std::vector<int64_t> after = {0};
  for (int i = 1; i <= evaluations; ++i)
    after.push_back(static_cast<int64_t>(
        std::llround(static_cast<double>(steps) * static_cast<double>(i) / static_cast<double>(evaluations))));
  after.push_back(steps);
  after.erase(std::unique(after.begin(), after.end()), after.end());
  return after;
}

int64_t response_count(const TokenizedExample& example) {
  int64_t count = 0;
  for (const PromptGroup& group : example.groups) count += static_cast<int64_t>(group.responses.size());
  return count;
}

std::vector<std::vector<size_t>> split_into_passes(std::span<const size_t> chosen,
                                                   const std::vector<TokenizedExample>& examples, int64_t pass_tokens) {
  std::vector<std::vector<size_t>> passes;
  int64_t tokens = 0;
  for (const size_t e : chosen) {
    if (passes.empty() || tokens + examples[e].tokens > pass_tokens ||
        response_count(examples[e]) != response_count(examples[passes.back().front()])) {
      passes.emplace_back();
      tokens = 0;
    }
    passes.back().push_back(e);
    tokens += examples[e].tokens;
  }
  return passes;
}

}  // namespace prefscope
