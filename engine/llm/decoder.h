// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>

#include "engine/llm/llama.h"
#include "engine/llm/lora.h"

namespace prefscope {

/// What differs between passes: given a layer's rotated queries [queries, heads, head_dim], rotated keys and values
/// [tokens, kv_heads, head_dim], returns the attended values [queries, heads * head_dim]. Queries are the tokens, but
/// in the last layer only those that are kept.
using Attend = std::function<at::Tensor(size_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v)>;

/// All layers of the decoder over tokens with given positions, before the final norm: [tokens, hidden], or the rows
/// `keep` of it (ascending, each once) where it is not empty; what no later token needs is then left out of the last
/// layer.
at::Tensor decode(const Llama& model, LoraStack adapters, const std::vector<int64_t>& ids,
                  const std::vector<int64_t>& positions, const Attend& attend, const std::vector<int64_t>& keep = {});

/// x / rms(x) * weight over the last dimension (Zhang and Sennrich 2019, arXiv 1910.07467).
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);

/// Repeats each key/value head for the query heads that it serves: [tokens, heads, head_dim].
at::Tensor repeat_heads(const LlamaConfig& config, const at::Tensor& x);

/// x in float32 where it is narrower: norms, adapters and log-probs are computed in no less (float64 stays, for tests).
at::Tensor at_least_float(const at::Tensor& x);

at::Tensor as_tensor(const std::vector<int64_t>& values, const at::Device& device);

}  // namespace prefscope
