// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/llm/model_files.h"

namespace prefscope {

/// What a model takes on the CPU in one type of numbers, as estimated from its shape, in bytes.
struct ModelMemory {
  std::string dtype;
  int64_t inference = 0;  ///< weights, and the keys and values of a text of usual_text_tokens
  int64_t training = 0;   ///< at most, of an adapter with the usual settings of a run (train.h)
};
inline constexpr int64_t usual_text_tokens = 2048;

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
  std::string tokenizer;             ///< name of its file; empty: the folder has none
  std::string chat;                  ///< format of its chat template (chat.h), none, or unknown
  std::vector<ModelMemory> memory;   ///< by dtype: float32, bfloat16
};

/// Describes a Hugging Face folder, or "starter". Throws as opening the model does: an option that is not implemented,
/// tensors that do not fit the config.
ModelDescription describe_model(const std::string& model);

/// What an adapter's folder holds.
struct AdapterDescription {
  std::filesystem::path folder;
  int64_t rank = 0;
  double alpha = 0;
  bool rank_stabilized = false;  ///< rsLoRA
  double dropout = 0;
  int64_t parameters = 0;
  std::string layers;  ///< "all linear layers", or the names of those that it is on
  std::string base;    ///< base_model_name_or_path, as its config says; may be empty
};
/// Reads the folder that peft wrote, and checks that it fits the model. Throws as load_lora.
AdapterDescription describe_adapter(const std::filesystem::path& folder, const std::string& model);
/// base_model_name_or_path of an adapter's folder; empty where it says none or cannot be read.
std::string base_of_adapter(const std::filesystem::path& folder);
/// Whether a folder has an adapter_config.json.
bool holds_adapter(const std::filesystem::path& folder);

}  // namespace prefscope
