// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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
/// Forgets the gradients.
void clear_gradients(const std::vector<at::Tensor>& parameters);
/// Scales the gradients so that their joint norm is at most max_norm, 0: leaves them; returns the norm before.
double clip_gradients(const std::vector<at::Tensor>& parameters, double max_norm);

/// How the learning rate goes on after its warm-up: half a cosine or a line down to its floor, or as it is.
enum class Schedule { Cosine, Linear, Constant };
/// cosine, linear, constant.
const std::vector<std::string>& schedule_names();
/// Nothing for an unknown name.
std::optional<Schedule> schedule_of(std::string_view name);
/// Factor of the learning rate at a step (from 0) of `total`: linear warm-up over warm_up steps, then the schedule.
/// floor: its lowest value.
double rate_factor(Schedule schedule, int64_t step, int64_t total, int64_t warm_up, double floor = 0);

/// Dynamic scale of a float16 loss, so that small gradients do not vanish (Micikevicius et al. 2018, arXiv 1710.03740;
/// the rule of torch's GradScaler). Factor 1 scales nothing.
struct LossScale {
  double factor = 1;
  int64_t good_steps = 0;  ///< in a row
};
/// The scale that a float16 training begins with: 1024, as the gradients of log-probs are not small.
LossScale float16_loss_scale();
/// Divides the gradients by the factor.
void unscale_gradients(const LossScale& scale, const std::vector<at::Tensor>& parameters);
/// After a step: twice the factor after 2000 steps with finite gradients, half of it, but not below 1, after one
/// without, whose update is to be left out.
void adjust_loss_scale(LossScale& scale, bool finite);

}  // namespace prefscope
