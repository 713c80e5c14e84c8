// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace prefscope {

/// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101), beta 0.9 and 0.999, eps 1e-8. Plain data, so that it can be
/// saved and restored.
struct AdamW {
  double weight_decay = 0;
  int64_t step = 0;
  std::vector<at::Tensor> first, second;  ///< moments, one for each parameter
};

AdamW make_adamw(const std::vector<at::Tensor>& parameters, double weight_decay);
/// One step from the parameters' gradients, which are cleared. Parameters without a gradient are left.
void adamw_step(AdamW& optimizer, const std::vector<at::Tensor>& parameters, double learning_rate);
/// Scales the gradients so that their joint norm is at most max_norm; returns the norm before.
double clip_gradients(const std::vector<at::Tensor>& parameters, double max_norm);
/// Factor of the learning rate at a step (from 0) of `total`: linear warm-up over warm_up steps, then half a cosine
/// down to floor.
double warm_up_cosine(int64_t step, int64_t total, int64_t warm_up, double floor = 0);

}  // namespace prefscope
