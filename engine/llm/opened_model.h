// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/llm/model_config.h"
#include "engine/llm/safetensors.h"

namespace prefscope {

/// A model folder whose config and weights are known to belong together; no weight is in memory yet.
struct OpenedModel {
  ModelConfig config;
  std::vector<SafetensorsFile> files;                        ///< model.safetensors, or its shards
  std::map<std::string, std::pair<size_t, size_t>> tensors;  ///< by name: index of the file and of its entry
  int64_t bytes = 0;                                         ///< of those tensors in the files
};

/// Opens a folder with config.json and model.safetensors, or shards with an index. Throws, naming file and tensor, for
/// what is missing, has no place in the model, has another shape than config.json says, is in two shards, or is no
/// floating point.
OpenedModel open_model(const std::filesystem::path& folder);

}  // namespace prefscope
