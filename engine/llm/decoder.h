// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>

#include "engine/llm/attention.h"
#include "engine/llm/lora.h"
#include "engine/llm/weights.h"

namespace prefscope {

/// What differs between passes: given a layer's queries [queries, heads * head_dim], keys and values [tokens, kv_heads
/// * head_dim], not rotated yet, and the angles of all tokens, returns the attended values [queries, heads * head_dim].
/// Queries are the tokens, but in the last layer only those that are kept.
using Attend = std::function<at::Tensor(size_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                        const Rotary& angles)>;

struct PassOptions {
  bool checkpoint_gradients = false;  ///< of each layer only the input is kept; backward computes the layer anew
  bool one_token = false;             ///< a single token, as generation goes on: faster products (matvec.h)
  uint64_t dropout_seed = 0;  ///< not 0: the last adapter drops of what it reads, at its rate; the seed decides what
};

/// All layers of the decoder over tokens with given positions, before the final norm: [tokens, hidden], or the rows
/// `keep` of it (ascending, each once) where it is not empty; what no later token needs is then left out of the last
/// layer.
at::Tensor decode(const ModelWeights& model, LoraStack adapters, const std::vector<int64_t>& ids,
                  const std::vector<int64_t>& positions, const Attend& attend, const std::vector<int64_t>& keep = {},
                  const PassOptions& options = {});

/// Repeats each key/value head for the query heads that it serves: [tokens, heads, head_dim].
at::Tensor repeat_heads(const ModelConfig& config, const at::Tensor& x);

/// x in float32 where it is narrower: norms, adapters and log-probs are computed in no less (float64 stays, for tests).
at::Tensor at_least_float(const at::Tensor& x);

at::Tensor as_tensor(const std::vector<int64_t>& values, const at::Device& device);

}  // namespace prefscope
