// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/device_speed.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>

namespace prefscope {

double matmul_speed(const ModelConfig& config, const std::string& device, const std::string& dtype, int64_t rows) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  const at::NoGradGuard no_grad;
  const auto options = at::TensorOptions().dtype(number_type(dtype)).device(at::Device(device));
  const at::Tensor x = at::ones({rows, config.hidden_size}, options),
                   w = at::ones({config.intermediate_size, config.hidden_size}, options);
  const auto product = [&] { return at::linear(x, w).select(0, 0).select(0, 0).item<double>(); };  // item waits for it
  product();
  double best = 0;
  const auto begin = Clock::now();
  while (since(begin) < 0.2) {
    const auto start = Clock::now();
    product();
    best = std::max(best, 2 * static_cast<double>(rows * w.numel()) / since(start));
  }
  return best;
}

}  // namespace prefscope
