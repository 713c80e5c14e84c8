// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/llm/packing.h"
#include "engine/llm/weights.h"

namespace prefscope {

struct PretrainOptions {
  int64_t steps = 2400;
  double learning_rate = 1e-3;
  double minutes = 0;    ///< 0: no limit; else the schedule ends by then
  std::string identity;  ///< everything that decides the result; a checkpoint of another identity is not resumed
  std::filesystem::path checkpoint;  ///< file; removed at the end
};

struct PretrainResult {
  int64_t steps = 0;
  double loss = 0, seconds = 0;  ///< loss: nats per supervised token, mean over the last 50 steps
  std::vector<double> curve;     ///< [steps]
};

/// Texts of a step and how much each of their response tokens counts in the loss.
struct PretrainBatch {
  std::vector<PromptGroup> groups;
  std::vector<float> weights;  ///< [response tokens], in order of group, response, token
};

/// Trains all weights of the model with AdamW on the weighted mean negative log-prob of batch(step, done), done being
/// the share of the training that is over. Batches depend on these alone, so a training that was killed goes on from
/// its checkpoint. A stop saves one and throws Cancelled.
PretrainResult pretrain(ModelWeights& model, const PretrainOptions& options,
                        const std::function<PretrainBatch(int64_t step, double done)>& batch,
                        const TaskContext& context);

}  // namespace prefscope
