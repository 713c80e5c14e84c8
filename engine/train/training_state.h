// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <filesystem>
#include <functional>
#include <vector>

#include "engine/llm/lora.h"
#include "engine/train/examples.h"
#include "engine/train/optimizer.h"
#include "engine/train/reference_values.h"

namespace prefscope {

/// The best evaluation so far of a training that may stop early.
struct BestSoFar {
  int64_t step = -1;  ///< -1: none yet
  double value = 0;
  int64_t without_better = 0;       ///< evaluations since
  std::vector<at::Tensor> weights;  ///< parameters of the adapter at that step
};

/// Everything that a training needs to go on in the same bits.
struct TrainingState {
  at::Tensor identity;  ///< bytes [64] of what decides the training
  Lora adapter;
  AdamW optimizer;
  int64_t step = 0;        ///< steps done
  int64_t evaluated = -1;  ///< step of the last evaluation of the panel; -1: none yet
  LossScale loss_scale;
  BestSoFar best;
  int64_t epoch = -1;       ///< that `negatives` belong to; -1: of no epoch
  NegativeItems negatives;  ///< rejected items of the running epoch, where they change from epoch to epoch
  KnownLogProbs known;
};

/// Writes the state to a file, atomically.
void save_state(const TrainingState& state, const std::filesystem::path& file);

/// Reads a file of save_state into a fresh state of the same training, and sets the number of threads that it was made
/// with, since sums are split by threads. steps: of the whole training; examples: their number. Throws BadFile, saying
/// what to do, where the file is damaged or of another training (another identity).
void restore_state(TrainingState& state, const std::filesystem::path& file, int64_t steps, size_t examples);

}  // namespace prefscope
