// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include "engine/llm/weights.h"

namespace prefscope {

/// Linear weights beyond this, together, in bytes, are not laid out anew.
inline constexpr int64_t largest_packed_bytes = int64_t{1} << 30;

/// Lays the linear weights of a frozen float32 model on the CPU out anew, as oneDNN multiplies fastest: a tenth to a
/// fifth less time, for two more copies of them (one for forward, one for backward). Does nothing on other devices and
/// for other types, where the weights together exceed largest_packed_bytes, and where this torch has no oneDNN. A
/// function of the model alone, so that a training that goes on takes the same path.
void pack_frozen_weights(ModelWeights& model);

/// W x + b for weight `which` of a layer, b where it has one: x [tokens, in] -> [tokens, out].
/// one_token: as generation goes on (matvec.h).
at::Tensor linear(const LayerWeights& layer, Linear which, const at::Tensor& x, bool one_token = false);

}  // namespace prefscope
