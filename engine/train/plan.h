// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "engine/train/examples.h"

namespace prefscope {

/// The examples of an optimizer step, as indices.
struct PlannedStep {
  int64_t epoch = 0;  ///< from 0
  std::vector<size_t> examples;
};

/// Which examples each step takes: each epoch in a seeded order of its own, cut where batch_tokens are full and at the
/// epoch's end. A function of the examples' number and tokens, and of the seed.
std::vector<PlannedStep> plan_steps(const std::vector<TokenizedExample>& examples, double epochs, int64_t batch_tokens,
                                    uint64_t seed);

/// The steps after which the panel is scored, ascending, each once: 0, `evaluations` in equal distances, and the last.
std::vector<int64_t> plan_evaluations(int64_t steps, int evaluations);

/// Responses of all groups.
int64_t response_count(const TokenizedExample& example);

/// Examples in passes of about pass_tokens, at least one each. Those of a pass have as many responses each, since an
/// objective takes them as rows of one matrix.
std::vector<std::vector<size_t>> split_into_passes(std::span<const size_t> chosen,
                                                   const std::vector<TokenizedExample>& examples, int64_t pass_tokens);

}  // namespace prefscope
