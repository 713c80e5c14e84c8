// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/llm/checkpoint.h"
#include "engine/llm/packing.h"
#include "engine/llm/policy.h"
#include "engine/store/preparations.h"
#include "engine/train/negative_sampling.h"

namespace prefscope {

/// An example as token ids. Plain: one group, the chosen response first, then the k rejected. Paired: one group a pair,
/// chosen then rejected. SFT: one group, the chosen response alone.
struct TokenizedExample {
  int64_t id = 0;
  std::vector<PromptGroup> groups;
  int64_t tokens = 0;                 ///< packed
  std::vector<float> smoothing = {};  ///< [k] of rosepo: how likely each rejected is the better one; else empty
};

struct TrainingExamples {
  std::vector<TokenizedExample> examples;  ///< in saved order
  bool paired = false;                     ///< prompts differ within an example
};

/// What a training run learns from, epoch by epoch.
struct ExampleSource {
  TrainingExamples first;  ///< of epoch 0; its sizes plan all steps. Of self-hard: with a uniform draw in their place
  /// The rejected items of an epoch; empty where they are the same in all. A function of the seed, the epoch and, for
  /// self-hard, the policy (reference.model with the adapters `policy`).
  std::function<NegativeItems(int64_t epoch, const LoadedPolicy& reference, LoraStack policy, const TaskContext&)>
      choose;
  /// The examples with these rejected items; as `first` in number and order.
  std::function<std::vector<TokenizedExample>(const NegativeItems&)> with_negatives;
};

/// A preparation's training examples as token ids. Prompts of listed preparations are in their saved order. For SFT on
/// given pairs the first pair's chosen is the response. model must outlive the source; workspace need not. Throws
/// as make_sampling, and BadInput, naming the example, where one exceeds the model's positions; where items are drawn
/// anew every epoch, where one would with the longest title there is.
ExampleSource training_source(Workspace& workspace, const Preparation& preparation, const LanguageModel& model,
                              const SourceOptions& options, const TaskContext& context);

}  // namespace prefscope
