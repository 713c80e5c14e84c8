// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/recommend/training_data.h"

namespace prefscope {

std::vector<int32_t> TrainingData::indices(const std::vector<int64_t>& items) const {
  std::vector<int32_t> found;
  found.reserve(items.size());
  for (const int64_t item : items) found.push_back(index.at(item));
  return found;
}

TrainingData read_training_data(Workspace& workspace, const Preparation& preparation) {
  TrainingData data;
  for (const ItemText& item : read_item_texts(workspace, preparation.data_set))
    data.index.emplace(item.id, static_cast<int32_t>(data.index.size()));
  data.matrix.item_count = static_cast<int64_t>(data.index.size());
  for (const auto& sequence : read_training_sequences(workspace, preparation.id))
    data.matrix.items.push_back(data.indices(sequence));
  return data;
}

}  // namespace prefscope
