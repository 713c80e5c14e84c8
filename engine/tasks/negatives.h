// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "engine/tasks/train.h"

namespace prefscope {

/// A training example with the negatives that its first epoch would have.
struct NegativePreview {
  int64_t example = 0;
  std::string user, chosen;           ///< the user's key, the target's title; of given pairs source and text
  std::vector<std::string> rejected;  ///< [k] titles, in the order of training; none for sft
};

/// The negatives of the first `limit` training examples under these options. Of self-hard: those that the policy the
/// run starts from ranks highest; no other sampling loads the model. limit: 1 .. 10000. Throws as create_run does.
std::vector<NegativePreview> preview_negatives(const TrainOptions& options, int limit, const TaskContext& context);

}  // namespace prefscope
