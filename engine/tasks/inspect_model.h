// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/llm/model_files.h"

namespace prefscope {

/// What a model folder holds, from its config and the headers of its weights: nothing else is read.
struct ModelDescription {
  std::filesystem::path folder;
  std::string architecture;         ///< model_type of transformers: llama, mistral, qwen2, qwen3
  int64_t parameters = 0;           ///< a tied embedding counted once
  std::vector<std::string> dtypes;  ///< of the stored weights: the most first
  int64_t bytes = 0;                ///< of the stored weights
  int64_t files = 0;                ///< .safetensors files
  int64_t context = 0;              ///< positions
  int64_t vocabulary = 0;
  int64_t layers = 0, hidden_size = 0, heads = 0, kv_heads = 0, head_dim = 0, intermediate_size = 0;
  bool tied = false;           ///< the head is the embedding
  double rope_theta = 0;       ///< base of the rotary frequencies
  std::string rope_type;       ///< default, linear, llama3
  double rope_factor = 1;      ///< by which frequencies are slowed; 1: not
  int64_t sliding_window = 0;  ///< tokens that a layer with a window sees; 0: none has one
  int64_t layers_with_window = 0;
  std::vector<int64_t> end_of_text;  ///< ids
  bool tokenizer = false;            ///< whether tokenizer.json is there
};

/// Describes a Hugging Face folder, or "starter". Throws as opening the model does: an option that is not implemented,
/// tensors that do not fit the config.
ModelDescription describe_model(const std::string& model);

}  // namespace prefscope
