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

/// The rejected items of each training example, in saved order.
using NegativeItems = std::vector<std::vector<int64_t>>;

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

/// Which examples, with which rejected items.
struct SourceOptions {
  bool sft = false;  ///< the chosen alone: all below but k and negatives are left unread
  int k = 0;         ///< negatives or pairs used; 0: all that were prepared, 5 where they are drawn anew
  std::string negatives = "prepared";       ///< one of negative_samplings() (engine/tasks/train.h)
  std::string negatives_model = "itemknn";  ///< popularity, itemknn, ease: of hard, and the oracle of rosepo
  bool resample = false;                    ///< uniform and popularity: drawn anew every epoch
  bool oracle = false;                      ///< of rosepo: fill TokenizedExample::smoothing
  double label_smoothing = 0;               ///< of rosepo: of a pair that the oracle is undecided about, 0 .. < 0.5
  uint64_t seed = 0;
};

/// A preparation's training examples as token ids. Prompts of listed preparations are in their saved order. For SFT on
/// given pairs the first pair's chosen is the response. model must outlive the source; workspace need not. Throws
/// BadInput, naming the setting or the example, where the options do not fit the preparation or an example exceeds the
/// model's positions.
ExampleSource training_source(Workspace& workspace, const Preparation& preparation, const LanguageModel& model,
                              const SourceOptions& options, const TaskContext& context);

}  // namespace prefscope
