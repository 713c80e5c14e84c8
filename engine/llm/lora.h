// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <array>
#include <filesystem>
#include <span>
#include <vector>

#include "engine/llm/llama.h"

namespace prefscope {

/// y = W x + (alpha / rank) B A x  (Hu et al. 2021, arXiv 2106.09685).
struct LoraPair {
  at::Tensor a;  ///< [rank, in_features], float32
  at::Tensor b;  ///< [out_features, rank], float32, zero at the start
};

/// One adapter on all linear layers of a decoder, the head left out.
struct Lora {
  int64_t rank = 16;
  double alpha = 32;
  std::vector<std::array<LoraPair, linear_count>> layers;
  double scale() const { return alpha / static_cast<double>(rank); }
};

/// The adapters in force, lowest first; empty is the base model. The reference of a policy is the stack without its
/// last.
using LoraStack = std::span<const Lora* const>;

/// A: Kaiming-uniform with a = sqrt(5), as peft; B: zero. Seeded.
Lora make_lora(const LlamaConfig& config, int64_t rank, double alpha, uint64_t seed);
/// A and B of all layers, in order; the trainable parameters.
std::vector<at::Tensor> parameters(const Lora& lora);
/// adapter_config.json and adapter_model.safetensors with peft's names.
void save_lora(const Lora& lora, const std::filesystem::path& folder);
/// Reads a peft folder. Throws BadFile when shapes do not fit the model.
Lora load_lora(const std::filesystem::path& folder, const LlamaConfig& config);
Lora to_device(const Lora& lora, const std::string& device);

}  // namespace prefscope
