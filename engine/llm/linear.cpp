// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/linear.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>

#include "engine/llm/matvec.h"

namespace prefscope {
namespace {

constexpr int64_t usual_rows = 512;  // for which the layout is chosen; other numbers of rows work as well

/// The operators by which torch.compile runs linear layers with weights laid out before.
at::Tensor packed_weight(const at::Tensor& weight) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("mkldnn::_reorder_linear_weight", "")
                             .typed<at::Tensor(const at::Tensor&, std::optional<c10::SymInt>)>();
  return op.call(weight, c10::SymInt(usual_rows));
}

at::Tensor packed_linear(const at::Tensor& x, const at::Tensor& packed, const std::optional<at::Tensor>& bias) {
  static const auto op =
      c10::Dispatcher::singleton()
          .findSchemaOrThrow("mkldnn::_linear_pointwise", "")
          .typed<at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, std::string_view,
                            c10::List<std::optional<at::Scalar>>, std::optional<std::string_view>)>();
  return op.call(x, packed, bias, "none", c10::List<std::optional<at::Scalar>>(), "");
}

class FrozenLinear : public torch::autograd::Function<FrozenLinear> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& forward,
                            const at::Tensor& backward, const std::optional<at::Tensor>& bias) {
    context->saved_data["backward"] = backward;
    return packed_linear(x, forward, bias);
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               const torch::autograd::tensor_list& gradients) {
    return {packed_linear(gradients[0].contiguous(), context->saved_data["backward"].toTensor(), {}), at::Tensor(),
            at::Tensor(), at::Tensor()};
  }
};

}  // namespace

void pack_frozen_weights(ModelWeights& model) {
  int64_t bytes = 0;
  for (const LayerWeights& layer : model.layers) {
    for (const at::Tensor& weight : layer.weights) bytes += static_cast<int64_t>(weight.nbytes());
  }
  const bool known = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""}).has_value();
  if (!known || !model.embedding.is_cpu() || model.embedding.scalar_type() != at::kFloat ||
      bytes > largest_packed_bytes)
    return;
  for (LayerWeights& layer : model.layers) {
    for (size_t w = 0; w < linear_count; ++w) {
      layer.packed[w].forward = packed_weight(layer.weights[w]);
      layer.packed[w].backward = packed_weight(layer.weights[w].t().contiguous());
    }
  }
}

at::Tensor linear(const LayerWeights& layer, Linear which, const at::Tensor& x, bool one_token) {
  const auto w = static_cast<size_t>(which);
  if (one_token) {
    const at::Tensor y = one_row_linear(x, layer.weights[w]);
    return layer.biases[w].defined() ? y + layer.biases[w] : y;
  }
  const PackedWeight& packed = layer.packed[w];
  const auto bias = layer.biases[w].defined() ? std::optional(layer.biases[w]) : std::nullopt;
  if (!packed.forward.defined()) return at::linear(x, layer.weights[w], bias);
  return FrozenLinear::apply(x, packed.forward, packed.backward, bias);
}

}  // namespace prefscope
