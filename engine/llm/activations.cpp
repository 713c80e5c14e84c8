// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/activations.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "engine/llm/decoder.h"

namespace prefscope {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

/// With s = 1 / sqrt(mean(x^2) + eps) and y = s x * w:  dx = s (g w) - x s^3 mean(g w x), dw = sum over rows of g s x.
class RmsNorm : public torch::autograd::Function<RmsNorm> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight, double eps) {
    const at::Tensor wide = at_least_float(x);
    const at::Tensor scale = at::linalg_vector_norm(wide, 2, at::IntArrayRef{-1}, true)
                                 .square_()
                                 .div_(static_cast<double>(x.size(-1)))
                                 .add_(eps)
                                 .rsqrt_();
    context->save_for_backward({x, weight, scale});
    return (wide * scale).to(x.scalar_type()).mul_(weight);
  }

  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor x = at_least_float(saved[0]), &weight = saved[1], &scale = saved[2];
    const at::Tensor g = at_least_float(gradients[0]);
    at::Tensor dx = g * weight;
    at::Tensor dw;
    if (context->needs_input_grad(1)) dw = (g * x * scale).sum(0).to(weight.scalar_type());
    const at::Tensor along = (dx * x).sum(-1, true).mul_(scale.pow(3)).div_(static_cast<double>(x.size(-1)));
    dx.mul_(scale).addcmul_(x, along, -1);
    return {dx.to(saved[0].scalar_type()), dw, at::Tensor()};
  }
};

class SwiGlu : public torch::autograd::Function<SwiGlu> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gate, const at::Tensor& up) {
    context->save_for_backward({gate, up});
    return at::silu(gate).mul_(up);
  }

  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &gate = saved[0], &up = saved[1], &g = gradients[0];
    return {at::silu_backward(g * up, gate), at::silu(gate).mul_(g)};
  }
};

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  return RmsNorm::apply(x, weight, eps);
}

at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up) {
  return SwiGlu::apply(gate, up);
}

}  // namespace prefscope
