// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/runs.h"

namespace prefscope {

struct TrainOptions {
  std::filesystem::path workspace;
  std::string data_set;
  std::optional<int64_t> preparation;  ///< absent: the newest of the set
  std::string model = "starter";       ///< a Hugging Face folder, or starter
  std::string objective = "dmpo";   ///< one of trainable_objectives(); where prompts differ within an example the run's
                                    ///< is named "paired-" and this
  std::optional<int64_t> from_run;  ///< its adapter is frozen below the new one and is the reference
  int k = 0;                        ///< negatives used; 0: all that were prepared
  double beta = 1;
  double label_smoothing = 0;        ///< 0 .. < 0.5; dpo, robust-dpo, cpo, simpo, dmpo-released
  double gamma = 0.5;                ///< target margin of simpo
  std::optional<double> sft_weight;  ///< of an SFT term that is added; absent: 1 for dmpo-released, else 0
  double learning_rate = 1e-4;
  double epochs = 1;
  int rank = 16;                ///< LoRA rank; alpha is twice it
  int batch_tokens = 4096;      ///< packed tokens a step, at least one example
  std::string device = "auto";  ///< auto, cpu, cuda
  uint64_t seed = 0;
};

struct TrainResult {
  int64_t run = 0, steps = 0;
  double seconds = 0, loss = 0;            ///< loss: mean over the last epoch's steps
  std::optional<double> margin, accuracy;  ///< the same means; absent for sft
};

/// Names that an objective may have: sft, dmpo, s-dpo, dpo ... (formulas in engine/train/objectives.h).
const std::vector<std::string>& trainable_objectives();
/// Checks the options and queues a run in the workspace, so that it is there even if the program ends before it starts.
/// Returns its id.
int64_t create_run(const TrainOptions& options);
/// Trains a queued run, or goes on with a stopped one from its last checkpoint. A stop saves a checkpoint, marks the
/// run stopped and throws Cancelled; trouble marks it failed with its message. Each step's metrics are committed as
/// they come.
TrainResult train_run(const std::filesystem::path& workspace, int64_t run, const TaskContext& context);

}  // namespace prefscope
