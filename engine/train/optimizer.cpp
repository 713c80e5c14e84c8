// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/optimizer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace prefscope {

constexpr double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-8;

AdamW make_adamw(const std::vector<at::Tensor>& parameters, double weight_decay) {
  AdamW optimizer;
  optimizer.weight_decay = weight_decay;
  for (const at::Tensor& p : parameters) {
    optimizer.first.push_back(at::zeros_like(p));
    optimizer.second.push_back(at::zeros_like(p));
  }
  return optimizer;
}

void adamw_step(AdamW& optimizer, const std::vector<at::Tensor>& parameters, double learning_rate) {
  const at::NoGradGuard no_grad;
  ++optimizer.step;
  const auto t = static_cast<double>(optimizer.step);
  const double correction_1 = 1 - std::pow(beta_1, t), correction_2 = 1 - std::pow(beta_2, t);
  for (size_t i = 0; i < parameters.size(); ++i) {
    at::Tensor p = parameters[i];
    const at::Tensor g = p.grad();
    if (!g.defined()) continue;
    if (optimizer.weight_decay > 0) p.mul_(1 - learning_rate * optimizer.weight_decay);
    optimizer.first[i].mul_(beta_1).add_(g, 1 - beta_1);
    optimizer.second[i].mul_(beta_2).addcmul_(g, g, 1 - beta_2);
    const at::Tensor denominator = optimizer.second[i].sqrt().div_(std::sqrt(correction_2)).add_(epsilon);
    p.addcdiv_(optimizer.first[i], denominator, -learning_rate / correction_1);
    p.mutable_grad() = at::Tensor();
  }
}

void clear_gradients(const std::vector<at::Tensor>& parameters) {
  for (at::Tensor p : parameters) p.mutable_grad() = at::Tensor();
}

double clip_gradients(const std::vector<at::Tensor>& parameters, double max_norm) {
  const at::NoGradGuard no_grad;
  double squares = 0;
  for (const at::Tensor& p : parameters) {
    if (p.grad().defined()) squares += p.grad().to(at::kDouble).square().sum().item<double>();
  }
  const double norm = std::sqrt(squares);
  if (max_norm > 0 && norm > max_norm) {
    for (const at::Tensor& p : parameters) {
      if (p.grad().defined()) p.grad().mul_(max_norm / norm);
    }
  }
  return norm;
}

const std::vector<std::string>& schedule_names() {
  static const std::vector<std::string> names = {"cosine", "linear", "constant"};
  return names;
}

std::optional<Schedule> schedule_of(std::string_view name) {
  const auto& names = schedule_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Schedule>(found - names.begin());
}

double rate_factor(Schedule schedule, int64_t step, int64_t total, int64_t warm_up, double floor) {
  if (step < warm_up) return static_cast<double>(step + 1) / static_cast<double>(warm_up);
  const double done =
      std::min(1.0, static_cast<double>(step - warm_up) / static_cast<double>(std::max<int64_t>(1, total - warm_up)));
  double left = 1;
  if (schedule == Schedule::Cosine) left = 0.5 * (1 + std::cos(std::numbers::pi * done));
  if (schedule == Schedule::Linear) left = 1 - done;
  return floor + (1 - floor) * left;
}

LossScale float16_loss_scale() {
  return {1024, 0};
}

void unscale_gradients(const LossScale& scale, const std::vector<at::Tensor>& parameters) {
  if (scale.factor == 1) return;
  const at::NoGradGuard no_grad;
  for (const at::Tensor& p : parameters) {
    if (p.grad().defined()) p.grad().div_(scale.factor);
  }
}

void adjust_loss_scale(LossScale& scale, bool finite) {
  constexpr int64_t grows_after = 2000;
  if (!finite) {
    scale = {std::max(1.0, scale.factor / 2), 0};
  } else if (++scale.good_steps >= grows_after) {
    scale = {scale.factor * 2, 0};
  }
}

}  // namespace prefscope
