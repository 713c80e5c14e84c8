// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/llm/checkpoint.h"
#include "engine/llm/packing.h"
#include "engine/store/preparations.h"

namespace prefscope {

/// An example as token ids. Plain: one group, the chosen response first, then the k rejected. Paired: one group a pair,
/// chosen then rejected. SFT: one group, the chosen response alone.
struct TokenizedExample {
  int64_t id = 0;
  std::vector<PromptGroup> groups;
  int64_t tokens = 0;  ///< packed
};

struct TrainingExamples {
  std::vector<TokenizedExample> examples;  ///< in saved order
  bool paired = false;                     ///< prompts differ within an example
};

/// Tokenizes a preparation's training examples. k: negatives or pairs used, 0: all. Prompts of listed preparations are
/// in their saved order. For SFT on given pairs the first pair's chosen is the response. Throws BadInput, naming the
/// example, where one exceeds the model's positions.
TrainingExamples tokenize_examples(Workspace& workspace, const Preparation& preparation, const LanguageModel& model,
                                   bool sft, int k, const TaskContext& context);

}  // namespace prefscope
