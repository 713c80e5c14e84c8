// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/base/progress.h"

namespace prefscope {

struct StarterOptions {
  std::filesystem::path workspace;  ///< needed with data_set
  std::string data_set;             ///< empty: the sample world's own population
  std::filesystem::path out;        ///< folder of the model; Hugging Face layout
  int steps = 8000;
  int layers = 4, hidden = 256, heads = 4, kv_heads = 4, vocabulary = 2048;
  int sequences = 24;  ///< a step
  double learning_rate = 1.5e-3;
  double minutes = 0;  ///< stop in good order after so long; 0: no limit
  uint64_t seed = 7;
};

struct StarterResult {
  std::filesystem::path folder;
  int64_t parameters = 0, steps = 0;
  double seconds = 0, loss = 0;
};

/// Where the small model of a data set belongs: by the set's number, since a name may hold any character.
std::filesystem::path small_model_folder(const std::filesystem::path& workspace, int64_t data_set);

/// Trains a small Llama-shaped model from scratch on generated users of the sample world, or on the training users'
/// interactions of an imported set (never a held-out user, never a training user's target), in the formats of
/// resources/prompts.
StarterResult build_starter(const StarterOptions& options, const TaskContext& context);

}  // namespace prefscope
