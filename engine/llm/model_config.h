// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace prefscope {

/// Shape of a Llama-like decoder (config.json of transformers).
struct ModelConfig {
  int64_t vocab_size = 0, hidden_size = 0, intermediate_size = 0, layers = 0, heads = 0, kv_heads = 0, head_dim = 0;
  int64_t max_positions = 2048;
  double rope_theta = 10000, rms_norm_eps = 1e-5;
  bool tie_word_embeddings = false;
  std::optional<int64_t> bos;
  std::string taught_rationales = {};  ///< of a model made here: what its rationales were taught from; else empty
  std::vector<int64_t> eos;            ///< the first ends a response; generation stops at any
};

/// Reads config.json. Throws Unsupported, by name, for another model_type or an option that is not implemented.
ModelConfig read_model_config(const std::filesystem::path& folder);

}  // namespace prefscope
