// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "engine/recommend/recommender.h"
#include "engine/store/preparations.h"

namespace prefscope {

/// What the classic models see of a preparation: its training users before their targets, items as indices.
struct TrainingData {
  TrainingMatrix matrix;
  std::unordered_map<int64_t, int32_t> index;  ///< by item id, in the order of ids; every item of the data set

  /// The indices of items; each must be known.
  std::vector<int32_t> indices(const std::vector<int64_t>& items) const;
};

TrainingData read_training_data(Workspace& workspace, const Preparation& preparation);

}  // namespace prefscope
