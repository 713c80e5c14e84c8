// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/lora.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/error.h"
#include "engine/base/random.h"

namespace prefscope {
double Lora::scale() const {
  const auto r = static_cast<double>(rank);
  return alpha / (rank_stabilized ? std::sqrt(r) : r);
}

bool is_target(const std::vector<std::string>& targets, size_t layer, Linear which) {
  const std::string name = linear_name(layer, which);
  return targets.empty() || std::any_of(targets.begin(), targets.end(), [&](const std::string& target) {
           return name == target || name.ends_with('.' + target);
         });
}

void check_targets(const ModelConfig& config, const std::vector<std::string>& targets) {
  for (const std::string& target : targets) {
    bool found = false;
    for (size_t l = 0; l < static_cast<size_t>(config.layers); ++l) {
      for (size_t w = 0; w < linear_count; ++w) found = found || is_target({target}, l, static_cast<Linear>(w));
    }
    if (!found) {
      throw Error(ErrorKind::BadInput,
                  fmt::format("target module \"{}\": no linear layer of this model has that name; expected q_proj, "
                              "k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, or one of a single layer as "
                              "layers.0.self_attn.q_proj",
                              target));
    }
  }
}

Lora make_lora(const ModelConfig& config, const LoraOptions& options, uint64_t seed) {
  check_targets(config, options.targets);
  Lora lora{options.rank, options.alpha, {}, options.rank_stabilized, options.dropout};
  lora.layers.resize(static_cast<size_t>(config.layers));
  Random random({seed, 0x4c6f5241});
  for (size_t l = 0; l < lora.layers.size(); ++l) {
    for (size_t w = 0; w < linear_count; ++w) {
      if (!is_target(options.targets, l, static_cast<Linear>(w))) continue;
      const auto [out, in] = linear_shape(config, static_cast<Linear>(w));
      LoraPair& pair = lora.layers[l][w];
      // Kaiming-uniform with a = sqrt(5) is uniform within 1 / sqrt(fan_in).
      const double bound = 1 / std::sqrt(static_cast<double>(in));
      pair.a = at::empty({lora.rank, in}, at::kFloat);
      auto* values = pair.a.mutable_data_ptr<float>();
      for (int64_t i = 0; i < lora.rank * in; ++i) values[i] = static_cast<float>((2 * random.uniform() - 1) * bound);
      pair.b = at::zeros({out, lora.rank}, at::kFloat);
    }
  }
  return lora;
}

Lora make_lora(const ModelConfig& config, int64_t rank, double alpha, uint64_t seed) {
  return make_lora(config, LoraOptions{.rank = rank, .alpha = alpha}, seed);
}

std::vector<at::Tensor> parameters(const Lora& lora) {
  std::vector<at::Tensor> all;
  for (const auto& layer : lora.layers) {
    for (const LoraPair& pair : layer) {
      if (!pair.a.defined()) continue;
      all.push_back(pair.a);
      all.push_back(pair.b);
    }
  }
  return all;
}

Lora to_device(const Lora& lora, const std::string& device) {
  Lora copy = lora;
  for (auto& layer : copy.layers) {
    for (LoraPair& pair : layer) {
      if (!pair.a.defined()) continue;
      pair.a = pair.a.to(at::Device(device));
      pair.b = pair.b.to(at::Device(device));
    }
  }
  return copy;
}

Lora combine(LoraStack adapters) {
  if (adapters.size() == 1) return *adapters.front();
  Lora all{0, 0, std::vector<std::array<LoraPair, linear_count>>(adapters.front()->layers.size())};
  for (const Lora* adapter : adapters) all.rank += adapter->rank;
  all.alpha = static_cast<double>(all.rank);
  for (size_t l = 0; l < all.layers.size(); ++l) {
    for (size_t w = 0; w < linear_count; ++w) {
      const auto has = std::find_if(adapters.begin(), adapters.end(),
                                    [&](const Lora* adapter) { return adapter->layers[l][w].a.defined(); });
      if (has == adapters.end()) continue;
      const LoraPair& like = (*has)->layers[l][w];
      std::vector<at::Tensor> a, b;
      for (const Lora* adapter : adapters) {
        // Where it is not on this layer, zeros keep its place: an adapter has one rank.
        const LoraPair& pair = adapter->layers[l][w];
        a.push_back(pair.a.defined() ? pair.a : at::zeros({adapter->rank, like.a.size(1)}, like.a.options()));
        b.push_back(pair.b.defined() ? pair.b * adapter->scale()
                                     : at::zeros({like.b.size(0), adapter->rank}, like.b.options()));
      }
      all.layers[l][w] = {at::cat(a), at::cat(b, 1)};
    }
  }
  return all;
}

ModelWeights merge(ModelWeights model, LoraStack adapters) {
  const at::NoGradGuard no_grad;
  for (size_t l = 0; l < model.layers.size(); ++l) {
    for (size_t w = 0; w < linear_count; ++w) {
      at::Tensor sum;
      for (const Lora* adapter : adapters) {
        const LoraPair& pair = adapter->layers[l][w];
        if (!pair.a.defined()) continue;
        if (!sum.defined()) sum = model.layers[l].weights[w].to(at::kFloat, false, /*copy=*/true);
        sum.add_(pair.b.mm(pair.a), adapter->scale());
      }
      if (!sum.defined()) continue;
      model.layers[l].weights[w] = sum.to(model.layers[l].weights[w].scalar_type());
      model.layers[l].packed[w] = {};
    }
  }
  return model;
}

}  // namespace prefscope
