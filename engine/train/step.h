// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/train/objectives.h"
#include "engine/train/reference_values.h"

namespace prefscope {

/// What a step computes with.
struct StepInputs {
  const LoadedPolicy& reference;  ///< model and frozen adapters
  LoraStack policy;               ///< the frozen adapters and the trained one
  const std::vector<TokenizedExample>& examples;
  bool paired = false;
  Objective objective = Objective::Dmpo;
  const ObjectiveOptions& loss;
  bool checkpoint_gradients = false;
  double loss_scale = 1;  ///< gradients come out times this
  uint64_t seed = 0;      ///< with the step's number and the pass, decides what an adapter with dropout drops
};

/// Figures of a step, in double.
struct StepSums {
  double loss = 0, reward_chosen = 0, reward_rejected = 0, accuracy = 0;  ///< means over the step
  int64_t tokens = 0;                                                     ///< packed
};

/// Forward and backward over a step's examples in passes of about pass_tokens; gradients add up in the parameters. New
/// log-probs of the reference enter `known` and `fresh`. Polls the stop before each pass. Throws BadInput, naming the
/// example, where the loss is not finite; `number` is that of the step.
StepSums accumulate_gradients(const StepInputs& inputs, std::span<const size_t> step, int64_t number,
                              int64_t pass_tokens, KnownLogProbs& known, std::vector<ReferenceLogProb>& fresh,
                              const TaskContext& context);

/// Runs work(pass_tokens) and, where the device is out of memory (c10::OutOfMemoryError), again from its start with
/// half as many, but not fewer than `least`, the largest single example. Returns the number that served. on_smaller
/// hears each new number. Throws OutOfMemory, saying what to do, where the smallest does not serve.
int64_t with_smaller_passes(int64_t pass_tokens, int64_t least, const std::function<void(int64_t)>& work,
                            const std::function<void(int64_t)>& on_smaller);

}  // namespace prefscope
