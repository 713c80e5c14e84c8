// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/copying_heads.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "engine/base/random.h"

namespace prefscope {
namespace {

/// Orthonormal rows [hidden - 1, hidden] that leave the first dimension, the constant, alone.
at::Tensor random_basis(int64_t hidden, uint64_t seed) {
  Random random({seed, 0x636f7079});
  at::Tensor noise = at::empty({hidden - 1, hidden - 1}, at::kDouble);
  auto* values = noise.mutable_data_ptr<double>();
  for (int64_t i = 0; i < noise.numel(); ++i) values[i] = random.normal();
  const at::Tensor basis = at::zeros({hidden - 1, hidden}, at::kFloat);
  basis.narrow(1, 1, hidden - 1).copy_(std::get<0>(at::linalg_qr(noise)));
  return basis;
}

}  // namespace

void add_copying_heads(ModelWeights& model, uint64_t seed) {
  const ModelConfig& c = model.config;
  if (c.layers < 2 || c.kv_heads < 2) return;
  const int64_t half = c.head_dim / 2, group = c.heads / c.kv_heads;
  const int64_t width = std::min(c.head_dim, (c.hidden_size - 1) / 4);
  const at::Tensor basis = random_basis(c.hidden_size, seed);
  // Four parts of the residual stream that do not meet: what a token is looked up by, where the token before is noted,
  // and what the two heads pass on.
  const auto part = [&](int64_t n) { return basis.narrow(0, n * width, width); };
  const at::Tensor own = part(0), before = part(1);
  const double spread = model.embedding.std().item<double>();
  const auto weights = [&](size_t layer, Linear which) {
    return model.layers[layer].weights[static_cast<size_t>(which)];
  };

  model.embedding.select(1, 0).fill_(8 * spread);  // about 7 behind the norm, where the other dimensions are about 0.9

  // Rotary positions turn pair f of a head's dimensions by position * theta_f, so a constant query (1, 0) and key
  // (cos theta_f, sin theta_f) have the product cos((distance - 1) theta_f): over several f its sum is largest one
  // token back.
  at::Tensor query = weights(0, Linear::Query).narrow(0, 0, c.head_dim).zero_();
  at::Tensor key = weights(0, Linear::Key).narrow(0, 0, c.head_dim).zero_();
  constexpr double sharpness = 0.8;  // the neighbours of that token get about e^-4 of its attention
  for (int64_t f = 0; f < std::min<int64_t>(half, 8); ++f) {
    const double theta = std::pow(c.rope_theta, -static_cast<double>(f) / static_cast<double>(half));
    query[f][0] = sharpness;
    key[f][0] = sharpness * std::cos(theta);
    key[f + half][0] = sharpness * std::sin(theta);
  }
  const double note = std::sqrt(2.7 * spread);  // noted about twice as strong as a token's own part
  weights(0, Linear::Value).narrow(0, 0, width).copy_(own * note);
  weights(0, Linear::Output).narrow(1, 0, width).copy_(before.t() * note);

  const int64_t slow = half * 3 / 8;  // pairs that hardly turn within a prompt
  constexpr double match = 2.5;       // nine tenths of the attention go to the place that fits, of 120 random tokens
  const double pass_on = std::sqrt(12 * spread);  // above the token at hand, which a tied head would write again
  for (int64_t h = 0; h < 2; ++h) {
    query = weights(1, Linear::Query).narrow(0, h * group * c.head_dim, c.head_dim).zero_();
    key = weights(1, Linear::Key).narrow(0, h * c.head_dim, c.head_dim).zero_();
    for (int64_t n = 0; n < 2 * slow; ++n) {
      const int64_t row = half - slow + n / 2 + n % 2 * half, dimension = n + h * 2 * slow;
      if (dimension >= width) break;
      query[row].copy_(own[dimension] * match);
      key[row].copy_(before[dimension] * match);
    }
    weights(1, Linear::Value).narrow(0, h * c.head_dim, width).copy_(part(2 + h) * pass_on);
    weights(1, Linear::Output).narrow(1, h * group * c.head_dim, width).copy_(part(2 + h).t() * pass_on);
  }
}

}  // namespace prefscope
