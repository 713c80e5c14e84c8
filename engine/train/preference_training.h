// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <functional>

#include "engine/base/progress.h"
#include "engine/llm/policy.h"
#include "engine/store/runs.h"
#include "engine/train/examples.h"
#include "engine/train/objectives.h"

namespace prefscope {

/// What decides a training, beside the examples and the models.
struct TrainingOptions {
  Objective objective = Objective::Dmpo;
  ObjectiveOptions loss;
  double learning_rate = 1e-4, epochs = 1;
  int64_t rank = 16;
  int64_t batch_tokens = 4096;
  uint64_t seed = 0;
  std::filesystem::path checkpoint;  ///< file; written every 30 s, on a stop, and at the end
};

/// Which examples each step takes: seeded orders of the epochs one after the other, cut where batch_tokens are full. A
/// function of the seed.
std::vector<std::vector<size_t>> plan_steps(const std::vector<TokenizedExample>& examples, double epochs,
                                            int64_t batch_tokens, uint64_t seed);

/// Trains a fresh adapter on top of `reference` (its model and adapters stay frozen; they are the reference of the
/// objective) and returns it. Goes on from options.checkpoint where there is one: on the same CPU with the same number
/// of threads in the same bits as without the break. on_start gets the number of steps in all and the steps that the
/// checkpoint holds; one of another training, or damaged, throws BadFile. on_step gets each step's figures. A stop is
/// seen between parts of a step of about 1,000 tokens; it saves the last whole step and throws Cancelled. A loss that
/// is not finite throws BadInput with the step and the example.
Lora train_adapter(const LoadedPolicy& reference, const TrainingExamples& examples, const TrainingOptions& options,
                   const std::function<void(int64_t steps, int64_t done)>& on_start,
                   const std::function<void(const StepMetric&)>& on_step, const TaskContext& context);

}  // namespace prefscope
