// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/decoder.h"

#include <ATen/ATen.h>

namespace prefscope {
namespace {

/// W x + sum over adapters of scale * B A x.
at::Tensor linear(const Llama& model, LoraStack adapters, size_t layer, Linear which, const at::Tensor& x) {
  const auto index = static_cast<size_t>(which);
  at::Tensor y = at::linear(x, model.layers[layer].weights[index]);
  for (const Lora* adapter : adapters) {
    const LoraPair& pair = adapter->layers[layer][index];
    y = y + at::linear(at::linear(x.to(at::kFloat), pair.a), pair.b).mul(adapter->scale()).to(y.scalar_type());
  }
  return y;
}

/// cos and sin of the rotary angles, each [tokens, 1, head_dim] (Su et al. 2021, arXiv 2104.09864; halves, not
/// interleaved pairs).
std::pair<at::Tensor, at::Tensor> rotary(const LlamaConfig& config, const at::Tensor& positions) {
  const auto options = at::TensorOptions().dtype(at::kFloat).device(positions.device());
  const at::Tensor exponent = at::arange(0, config.head_dim, 2, options) / static_cast<double>(config.head_dim);
  const at::Tensor frequency = at::pow(at::scalar_tensor(config.rope_theta, options), -exponent);
  const at::Tensor half = positions.to(at::kFloat).unsqueeze(1) * frequency.unsqueeze(0);
  const at::Tensor angle = at::cat({half, half}, -1).unsqueeze(1);
  return {angle.cos(), angle.sin()};
}

at::Tensor rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  const auto halves = x.chunk(2, -1);
  return x * cos.to(x.scalar_type()) + at::cat({-halves[1], halves[0]}, -1) * sin.to(x.scalar_type());
}

}  // namespace

at::Tensor as_tensor(const std::vector<int64_t>& values, const at::Device& device) {
  return at::tensor(at::ArrayRef<int64_t>(values), at::kLong).to(device);
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  const at::Tensor x32 = x.to(at::kFloat);
  return (x32 * at::rsqrt(x32.square().mean(-1, true) + eps)).to(x.scalar_type()) * weight;
}

at::Tensor repeat_heads(const LlamaConfig& config, const at::Tensor& x) {
  return config.heads == config.kv_heads ? x : x.repeat_interleave(config.heads / config.kv_heads, 1);
}

at::Tensor decode(const Llama& model, LoraStack adapters, const std::vector<int64_t>& ids,
                  const std::vector<int64_t>& positions, const Attend& attend) {
  const LlamaConfig& config = model.config;
  const at::Device device = model.embedding.device();
  const auto tokens = static_cast<int64_t>(ids.size());
  const auto [cos, sin] = rotary(config, as_tensor(positions, device));
  at::Tensor x = model.embedding.index_select(0, as_tensor(ids, device));
  for (size_t i = 0; i < model.layers.size(); ++i) {
    const LlamaLayer& layer = model.layers[i];
    at::Tensor h = rms_norm(x, layer.input_norm, config.rms_norm_eps);
    const auto heads = [&](Linear which, int64_t count) {
      return linear(model, adapters, i, which, h).view({tokens, count, config.head_dim});
    };
    const at::Tensor q = rotate(heads(Linear::Query, config.heads), cos, sin);
    const at::Tensor k = rotate(heads(Linear::Key, config.kv_heads), cos, sin);
    const at::Tensor v = heads(Linear::Value, config.kv_heads);
    x = x + linear(model, adapters, i, Linear::Output, attend(i, q, k, v));
    h = rms_norm(x, layer.post_norm, config.rms_norm_eps);
    x = x + linear(model, adapters, i, Linear::Down,
                   at::silu(linear(model, adapters, i, Linear::Gate, h)) * linear(model, adapters, i, Linear::Up, h));
  }
  return x;
}

}  // namespace prefscope
