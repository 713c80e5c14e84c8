// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace prefscope {

/// The families of decoders that are known, by model_type of transformers. They differ in what config.json may say and
/// in its defaults; the decoder itself looks only at the other fields of ModelConfig.
enum class Architecture { Llama, Mistral, Qwen2, Qwen3 };

/// How rotary frequencies are slowed for positions beyond those of pre-training.
struct RopeScaling {
  enum class Kind { None, Linear, Llama3 };
  Kind kind = Kind::None;
  double factor =
      1;  ///< Linear: of all frequencies; Llama3: of those whose wave is longer than a part of original_positions
  double low_freq_factor = 1, high_freq_factor = 4;  ///< Llama3: what parts, between which frequencies are blended
  int64_t original_positions = 8192;                 ///< Llama3
};

/// Shape of a decoder (config.json of transformers).
struct ModelConfig {
  Architecture architecture = Architecture::Llama;
  int64_t vocab_size = 0, hidden_size = 0, intermediate_size = 0, layers = 0, heads = 0, kv_heads = 0, head_dim = 0;
  int64_t max_positions = 2048;
  double rope_theta = 10000, rms_norm_eps = 1e-5;
  RopeScaling rope_scaling = {};
  bool tie_word_embeddings = false;
  bool qkv_bias = false, output_bias = false, mlp_bias = false;  ///< linear layers that add a bias
  bool qk_norm = false;  ///< RMSNorm of each head's queries and keys before they are turned
  /// [layers] how many tokens a layer sees, its own the last; 0: all before it. Empty: no layer has a window.
  std::vector<int64_t> windows = {};
  std::optional<int64_t> bos;
  std::string taught_rationales = {};  ///< of a model made here: what its rationales were taught from; else empty
  std::string rationale_prompt = "rationale";  ///< template after which it writes a rationale
  std::vector<int64_t> eos;            ///< the first ends a response; generation stops at any; may be empty

  int64_t window(size_t layer) const { return windows.empty() ? 0 : windows[layer]; }
};

/// model_type of transformers: "llama", "mistral", "qwen2", "qwen3".
std::string model_type(Architecture architecture);

/// Reads config.json as transformers 4 and 5 write it, and what generation_config.json adds to the ends of a text.
/// Throws Unsupported, by name, for another model_type or an option that is not implemented; BadFile, naming file and
/// field, for what is missing or absurd.
ModelConfig read_model_config(const std::filesystem::path& folder);

/// config.json of such a model as transformers 4 and 5 read it. dtype: of its weights.
std::string config_json(const ModelConfig& config, const std::string& dtype);

}  // namespace prefscope
