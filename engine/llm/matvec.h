// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

namespace prefscope {

/// x W' for a single row x [1, in] and weight [out, in]: [1, out]. On the CPU in float32 about twice as fast as the
/// library's product of matrix and vector, which on some processors uses none of their wide registers; elsewhere the
/// library's. Rounds otherwise than it, and keeps no gradients: only for passes that write text.
at::Tensor one_row_linear(const at::Tensor& x, const at::Tensor& weight);

}  // namespace prefscope
