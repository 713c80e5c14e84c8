// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/decoder.h"

#include <ATen/ATen.h>

namespace prefscope {
namespace {

/// W x + sum over adapters of B (scale * A x) for linear layers that read the same x [tokens, in]. Their A are one
/// product, and B adds to W x in place, so that an adapter costs no pass over the outputs of its own.
std::vector<at::Tensor> linears(const Llama& model, LoraStack adapters, size_t layer, const std::vector<Linear>& which,
                                const at::Tensor& x) {
  std::vector<at::Tensor> y;
  for (const Linear w : which) y.push_back(at::linear(x, model.layers[layer].weights[static_cast<size_t>(w)]));
  for (const Lora* adapter : adapters) {
    std::vector<at::Tensor> a;
    for (const Linear w : which) a.push_back(adapter->layers[layer][static_cast<size_t>(w)].a);
    const at::Tensor low = at::linear(at_least_float(x), a.size() == 1 ? a.front() : at::cat(a)) * adapter->scale();
    for (size_t i = 0; i < which.size(); ++i) {
      const at::Tensor mine = low.narrow(1, static_cast<int64_t>(i) * adapter->rank, adapter->rank);
      const at::Tensor& b = adapter->layers[layer][static_cast<size_t>(which[i])].b;
      if (y[i].scalar_type() == low.scalar_type()) {
        y[i].addmm_(mine, b.t());
      } else {
        y[i] = y[i] + at::linear(mine, b).to(y[i].scalar_type());
      }
    }
  }
  return y;
}

/// cos and sin of the rotary angles, each [tokens, 1, head_dim] (Su et al. 2021, arXiv 2104.09864; halves, not
/// interleaved pairs).
std::pair<at::Tensor, at::Tensor> rotary(const LlamaConfig& config, const at::Tensor& positions, at::ScalarType type) {
  const auto options = at::TensorOptions().dtype(type == at::kDouble ? type : at::kFloat).device(positions.device());
  const at::Tensor exponent = at::arange(0, config.head_dim, 2, options) / static_cast<double>(config.head_dim);
  const at::Tensor frequency = at::pow(at::scalar_tensor(config.rope_theta, options), -exponent);
  const at::Tensor half = positions.to(options.dtype()).unsqueeze(1) * frequency.unsqueeze(0);
  const at::Tensor angle = at::cat({half, half}, -1).unsqueeze(1);
  return {angle.cos(), angle.sin()};
}

at::Tensor rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  const auto halves = x.chunk(2, -1);
  return x * cos.to(x.scalar_type()) + at::cat({-halves[1], halves[0]}, -1) * sin.to(x.scalar_type());
}

}  // namespace

at::Tensor at_least_float(const at::Tensor& x) {
  return x.scalar_type() == at::kDouble ? x : x.to(at::kFloat);
}

at::Tensor as_tensor(const std::vector<int64_t>& values, const at::Device& device) {
  return at::tensor(at::ArrayRef<int64_t>(values), at::kLong).to(device);
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  const at::Tensor wide = at_least_float(x);
  return (wide * at::rsqrt(wide.square().mean(-1, true) + eps)).to(x.scalar_type()) * weight;
}

at::Tensor repeat_heads(const LlamaConfig& config, const at::Tensor& x) {
  return config.heads == config.kv_heads ? x : x.repeat_interleave(config.heads / config.kv_heads, 1);
}

at::Tensor decode(const Llama& model, LoraStack adapters, const std::vector<int64_t>& ids,
                  const std::vector<int64_t>& positions, const Attend& attend, const std::vector<int64_t>& keep) {
  const LlamaConfig& config = model.config;
  const at::Device device = model.embedding.device();
  const at::Tensor kept = keep.empty() ? at::Tensor() : as_tensor(keep, device);
  const auto [cos, sin] = rotary(config, as_tensor(positions, device), model.embedding.scalar_type());
  at::Tensor x = model.embedding.index_select(0, as_tensor(ids, device));
  for (size_t i = 0; i < model.layers.size(); ++i) {
    const LlamaLayer& layer = model.layers[i];
    const at::Tensor h = rms_norm(x, layer.input_norm, config.rms_norm_eps);
    const auto by_head = [&](const at::Tensor& t) { return t.view({t.size(0), -1, config.head_dim}); };
    at::Tensor attended;
    if (kept.defined() && i + 1 == model.layers.size()) {
      const auto kv = linears(model, adapters, i, {Linear::Key, Linear::Value}, h);
      const auto q = linears(model, adapters, i, {Linear::Query}, h.index_select(0, kept));
      x = x.index_select(0, kept);
      attended = attend(i, rotate(by_head(q[0]), cos.index_select(0, kept), sin.index_select(0, kept)),
                        rotate(by_head(kv[0]), cos, sin), by_head(kv[1]));
    } else {
      const auto qkv = linears(model, adapters, i, {Linear::Query, Linear::Key, Linear::Value}, h);
      attended = attend(i, rotate(by_head(qkv[0]), cos, sin), rotate(by_head(qkv[1]), cos, sin), by_head(qkv[2]));
    }
    x = x + linears(model, adapters, i, {Linear::Output}, attended)[0];
    const auto gate_up =
        linears(model, adapters, i, {Linear::Gate, Linear::Up}, rms_norm(x, layer.post_norm, config.rms_norm_eps));
    x = x + linears(model, adapters, i, {Linear::Down}, at::silu(gate_up[0]) * gate_up[1])[0];
  }
  return x;
}

}  // namespace prefscope
