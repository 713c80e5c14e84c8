// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/decoder.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <torch/csrc/autograd/custom_function.h>

#include "engine/base/random.h"
#include "engine/llm/activations.h"
#include "engine/llm/linear.h"

namespace prefscope {
namespace {

/// x with entries set to 0 at this rate and the others enlarged, as torch's dropout. Seed and place decide which, so
/// that a layer that is computed again drops the same.
at::Tensor dropped(const at::Tensor& x, double rate, uint64_t seed, size_t layer, Linear which) {
  Random random({seed, layer, static_cast<uint64_t>(which)});
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(random.below(uint64_t{1} << 62));
  const at::Tensor kept = at::empty(x.sizes(), at::kFloat).bernoulli_(1 - rate, generator);
  return x * (rate < 1 ? kept / (1 - rate) : kept).to(x.device());
}

/// W x + sum over adapters of B (scale * A x) for linear layers that read the same x [tokens, in]. Their A are one
/// product, and B adds to W x in place, so that an adapter costs no pass over the outputs of its own.
std::vector<at::Tensor> linears(const ModelWeights& model, LoraStack adapters, size_t layer,
                                const std::vector<Linear>& which, const at::Tensor& x, const PassOptions& options) {
  std::vector<at::Tensor> y;
  for (const Linear w : which) y.push_back(linear(model.layers[layer], w, x, options.one_token));
  for (const Lora* adapter : adapters) {
    std::vector<at::Tensor> a;
    std::vector<size_t> with;  // those of `which` that the adapter is on
    for (size_t i = 0; i < which.size(); ++i) {
      const LoraPair& pair = adapter->layers[layer][static_cast<size_t>(which[i])];
      if (!pair.a.defined()) continue;
      a.push_back(pair.a);
      with.push_back(i);
    }
    if (a.empty()) continue;
    const at::Tensor input = at_least_float(x);
    const bool drops = options.dropout_seed != 0 && adapter == adapters.back() && adapter->dropout > 0;
    const at::Tensor low =
        drops ? at::Tensor() : at::linear(input, a.size() == 1 ? a.front() : at::cat(a)) * adapter->scale();
    for (size_t n = 0; n < with.size(); ++n) {
      const size_t i = with[n];
      // Each adapter drops for itself, as in peft, and then reads something of its own.
      const at::Tensor mine =
          drops ? at::linear(dropped(input, adapter->dropout, options.dropout_seed, layer, which[i]), a[n]) *
                      adapter->scale()
                : low.narrow(1, static_cast<int64_t>(n) * adapter->rank, adapter->rank);
      const at::Tensor& b = adapter->layers[layer][static_cast<size_t>(which[i])].b;
      if (y[i].scalar_type() == mine.scalar_type()) {
        y[i].addmm_(mine, b.t());
      } else {
        y[i] = y[i] + at::linear(mine, b).to(y[i].scalar_type());
      }
    }
  }
  return y;
}

/// RMSNorm of each head by itself, x [tokens, heads * head_dim]; x itself where there is no such norm.
at::Tensor head_norm(const at::Tensor& x, const at::Tensor& weight, const ModelConfig& config) {
  if (!weight.defined()) return x;
  return rms_norm(x.view({-1, config.head_dim}), weight, config.rms_norm_eps).view(x.sizes());
}

/// One layer: x [tokens, hidden] -> [tokens, hidden], or its rows `kept` where they are defined.
at::Tensor run_layer(const ModelWeights& model, LoraStack adapters, size_t i, at::Tensor x, const at::Tensor& kept,
                     const Rotary& angles, const Attend& attend, const PassOptions& options) {
  const ModelConfig& config = model.config;
  const LayerWeights& layer = model.layers[i];
  const auto linears_of = [&](const std::vector<Linear>& which, const at::Tensor& from) {
    return linears(model, adapters, i, which, from, options);
  };
  const at::Tensor h = rms_norm(x, layer.input_norm, config.rms_norm_eps);
  at::Tensor q, k, v;
  if (kept.defined()) {
    const auto kv = linears_of({Linear::Key, Linear::Value}, h);
    q = linears_of({Linear::Query}, h.index_select(0, kept))[0];
    k = kv[0], v = kv[1];
    x = x.index_select(0, kept);
  } else {
    const auto qkv = linears_of({Linear::Query, Linear::Key, Linear::Value}, h);
    q = qkv[0], k = qkv[1], v = qkv[2];
  }
  const at::Tensor attended =
      attend(i, head_norm(q, layer.query_norm, config), head_norm(k, layer.key_norm, config), v, angles);
  x = x + linears_of({Linear::Output}, attended)[0];
  const auto gate_up = linears_of({Linear::Gate, Linear::Up}, rms_norm(x, layer.post_norm, config.rms_norm_eps));
  return x + linears_of({Linear::Down}, swiglu(gate_up[0], gate_up[1]))[0];
}

struct LayerHolder : torch::CustomClassHolder {
  std::function<at::Tensor(const at::Tensor&)> run;
};

/// A layer whose activations are computed again in backward. The gradients of its weights are added up by that second
/// pass itself; `anchor` requires a gradient (and gets none), so that backward comes here even where x does not.
class RecomputedLayer : public torch::autograd::Function<RecomputedLayer> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor&,
                            const c10::intrusive_ptr<LayerHolder>& layer) {
    context->save_for_backward({x});
    context->saved_data["layer"] = at::IValue::make_capsule(layer);
    return layer->run(x);
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               const torch::autograd::tensor_list& gradients) {
    const at::Tensor x = context->get_saved_variables()[0].detach().requires_grad_(context->needs_input_grad(0));
    const auto capsule = context->saved_data["layer"].toCapsule();
    {
      const at::AutoGradMode with_gradients(true);
      static_cast<const LayerHolder*>(capsule.get())->run(x).backward(gradients[0]);
    }
    return {x.grad(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor at_least_float(const at::Tensor& x) {
  return x.scalar_type() == at::kDouble ? x : x.to(at::kFloat);
}

at::Tensor as_tensor(const std::vector<int64_t>& values, const at::Device& device) {
  return at::tensor(at::ArrayRef<int64_t>(values), at::kLong).to(device);
}

at::Tensor repeat_heads(const ModelConfig& config, const at::Tensor& x) {
  return config.heads == config.kv_heads ? x : x.repeat_interleave(config.heads / config.kv_heads, 1);
}

at::Tensor decode(const ModelWeights& model, LoraStack adapters, const std::vector<int64_t>& ids,
                  const std::vector<int64_t>& positions, const Attend& attend, const std::vector<int64_t>& keep,
                  const PassOptions& options) {
  const at::Device device = model.embedding.device();
  const at::Tensor kept = keep.empty() ? at::Tensor() : as_tensor(keep, device);
  const Rotary angles = rotary(model.config, as_tensor(positions, device), model.embedding.scalar_type());
  at::Tensor x = model.embedding.index_select(0, as_tensor(ids, device));
  const bool recompute = options.checkpoint_gradients && at::GradMode::is_enabled();
  const at::Tensor anchor = recompute ? at::zeros({}, x.options()).requires_grad_(true) : at::Tensor();
  for (size_t i = 0; i < model.layers.size(); ++i) {
    const at::Tensor rows = i + 1 == model.layers.size() ? kept : at::Tensor();
    if (!recompute) {
      x = run_layer(model, adapters, i, x, rows, angles, attend, options);
      continue;
    }
    auto layer = c10::make_intrusive<LayerHolder>();
    // The adapters outlive the pass and its backward; the span is copied, as the caller's may not.
    layer->run = [&model, stack = std::vector<const Lora*>(adapters.begin(), adapters.end()), i, rows, angles, attend,
                  options](const at::Tensor& input) {
      return run_layer(model, stack, i, input, rows, angles, attend, options);
    };
    x = RecomputedLayer::apply(x, anchor, layer);
  }
  return x;
}

}  // namespace prefscope
