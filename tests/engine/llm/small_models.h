// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/ATen.h>

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/random.h"
#include "engine/llm/lora.h"
#include "engine/llm/weights.h"

/// Two layers, hidden 16, vocabulary 40, two query heads for each key head; EOS is 2.
inline prefscope::ModelConfig small_config() {
  prefscope::ModelConfig config;
  config.vocab_size = 40;
  config.hidden_size = 16;
  config.intermediate_size = 24;
  config.layers = 2;
  config.heads = 4;
  config.kv_heads = 2;
  config.head_dim = 4;
  config.max_positions = 512;
  config.eos = {2};
  return config;
}

/// random_weights with weights so large (standard deviation `spread` / sqrt(in_features)) that attention and the
/// answers depend on every token; biases within -0.5 .. 0.5.
inline prefscope::ModelWeights lively_weights(const prefscope::ModelConfig& config, uint64_t seed,
                                              double spread = 1.2) {
  prefscope::ModelWeights model = prefscope::random_weights(config, seed);
  prefscope::Random random({seed, 0xb1});
  for (const auto& entry : prefscope::named_tensors(model)) {
    at::Tensor weight = entry.second;
    if (weight.dim() == 2) weight.mul_(50 * spread / std::sqrt(static_cast<double>(weight.size(1))));
    if (!entry.first.ends_with(".bias")) continue;
    auto* values = weight.mutable_data_ptr<float>();
    for (int64_t i = 0; i < weight.numel(); ++i) values[i] = static_cast<float>(random.uniform() - 0.5);
  }
  return model;
}

/// make_lora with B drawn too (standard deviation 0.2).
inline prefscope::Lora lively_lora(const prefscope::ModelConfig& config, int64_t rank, double alpha, uint64_t seed) {
  prefscope::Lora lora = prefscope::make_lora(config, rank, alpha, seed);
  prefscope::Random random({seed, 0xb});
  for (auto& layer : lora.layers) {
    for (prefscope::LoraPair& pair : layer) {
      auto* values = pair.b.mutable_data_ptr<float>();
      for (int64_t i = 0; i < pair.b.numel(); ++i) values[i] = static_cast<float>(0.2 * random.normal());
    }
  }
  return lora;
}

/// `count` ids of the vocabulary.
inline std::vector<int32_t> random_ids(prefscope::Random& random, size_t count, int64_t vocabulary) {
  std::vector<int32_t> ids(count);
  for (int32_t& id : ids) id = static_cast<int32_t>(random.below(static_cast<uint64_t>(vocabulary)));
  return ids;
}

/// max |a - b| / max |b|: the largest difference, measured against the largest entry; infinite where shapes differ.
/// NaN, which no comparison passes, where an entry is.
inline double relative_difference(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes()) return std::numeric_limits<double>::infinity();
  const at::Tensor a64 = a.detach().to(at::kDouble), b64 = b.detach().to(at::kDouble);
  return ((a64 - b64).abs().max() / b64.abs().max()).item<double>();
}

/// The same model, or adapter, in float64, where rounding does not show.
inline prefscope::ModelWeights to_double(const prefscope::ModelWeights& model) {
  prefscope::ModelWeights wide = model;
  const auto widen = [](at::Tensor& tensor) { tensor = tensor.to(at::kDouble); };
  widen(wide.embedding);
  widen(wide.final_norm);
  widen(wide.head);
  for (prefscope::LayerWeights& layer : wide.layers) {
    widen(layer.input_norm);
    widen(layer.post_norm);
    for (at::Tensor& weight : layer.weights) widen(weight);
    for (at::Tensor* more : {&layer.query_norm, &layer.key_norm}) {
      if (more->defined()) widen(*more);
    }
    for (at::Tensor& bias : layer.biases) {
      if (bias.defined()) widen(bias);
    }
  }
  return wide;
}

inline prefscope::Lora to_double(const prefscope::Lora& lora) {
  prefscope::Lora wide = lora;
  for (auto& layer : wide.layers) {
    for (prefscope::LoraPair& pair : layer) {
      pair.a = pair.a.detach().to(at::kDouble);
      pair.b = pair.b.detach().to(at::kDouble);
    }
  }
  return wide;
}

/// The message of the Error of that kind which f throws; what happened instead where it does not.
template <typename F>
std::string error_of(prefscope::ErrorKind kind, const F& f) {
  try {
    f();
  } catch (const prefscope::Error& error) {
    return error.kind() == kind ? error.what() : std::string("(an error of another kind) ") + error.what();
  } catch (const std::exception& error) {
    return std::string("(not an Error) ") + error.what();
  }
  return "(no error)";
}

/// Whether the message holds every one of the parts.
inline bool says(const std::string& message, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    if (message.find(part) == std::string::npos) return false;
  }
  return message.front() != '(';
}

/// A path under tests/parity.
inline std::filesystem::path parity(const std::string& relative) {
  return std::filesystem::path(PREFSCOPE_PARITY) / relative;
}
