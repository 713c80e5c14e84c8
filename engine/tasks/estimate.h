// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "engine/tasks/train.h"

namespace prefscope {

/// What a run will need, before it starts.
struct TrainEstimate {
  int64_t memory_bytes = 0;     ///< of the process, or of the GPU, at its peak
  int64_t available_bytes = 0;  ///< free now
  bool corrected = false;       ///< by what the last runs of this workspace on this device took
  int64_t steps = 0, examples = 0;
  int64_t tokens = 0;                  ///< packed, of all epochs, without the reference's
  double seconds = 0;                  ///< training and evaluations of the panel
  int64_t longest = 0, positions = 0;  ///< tokens of the longest prompt with a response; positions of the model
};

/// Tokenizes the examples and measures nothing longer than a quarter of a second. Throws as create_run does.
TrainEstimate estimate_training(const TrainOptions& options, const TaskContext& context);

}  // namespace prefscope
