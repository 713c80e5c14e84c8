// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "engine/llm/weights.h"

namespace prefscope {

/// The random Llama that is timed: 34.1M parameters (hidden 512, 8 layers, 8 heads, MLP 1408, vocabulary 8192); large:
/// 1.24B in the shape of Llama 3.2 1B.
inline ModelConfig bench_model_config(bool large) {
  ModelConfig config;
  config.vocab_size = large ? 128'256 : 8192;
  config.hidden_size = large ? 2048 : 512;
  config.intermediate_size = large ? 8192 : 1408;
  config.layers = large ? 16 : 8;
  config.heads = large ? 32 : 8;
  config.kv_heads = 8;
  config.head_dim = 64;
  config.tie_word_embeddings = large;
  config.max_positions = 1 << 20;
  config.eos = {config.vocab_size - 1};
  return config;
}

}  // namespace prefscope
