// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/llm/weights.h"

namespace prefscope {

/// y = W x + scale B A x  (Hu et al. 2021, arXiv 2106.09685).
struct LoraPair {
  at::Tensor a;  ///< [rank, in_features], float32; undefined where a layer has no adapter
  at::Tensor b;  ///< [out_features, rank], float32, zero at the start
};

/// One adapter on linear layers of a decoder: on all of them but the head, or on some.
struct Lora {
  int64_t rank = 16;
  double alpha = 32;
  std::vector<std::array<LoraPair, linear_count>> layers;
  bool rank_stabilized = false;  ///< rsLoRA (Kalajdzievski 2023, arXiv 2312.03732)
  double dropout = 0;            ///< of x on its way to A while training, 0 .. 1
  /// alpha / rank, or alpha / sqrt(rank) where rank-stabilized.
  double scale() const;
};

/// The adapters in force, lowest first; empty is the base model. The reference of a policy is the stack without its
/// last.
using LoraStack = std::span<const Lora* const>;

/// What a fresh adapter is.
struct LoraOptions {
  int64_t rank = 16;
  double alpha = 32;
  bool rank_stabilized = false;
  double dropout = 0;
  /// Names of linear layers as target_modules of peft means them: "q_proj", "mlp.up_proj", "layers.0.self_attn.q_proj".
  /// Empty: all of them but the head (peft's "all-linear").
  std::vector<std::string> targets = {};
};

/// A: Kaiming-uniform with a = sqrt(5), as peft; B: zero. Seeded. Throws as check_targets.
Lora make_lora(const ModelConfig& config, const LoraOptions& options, uint64_t seed);
Lora make_lora(const ModelConfig& config, int64_t rank, double alpha, uint64_t seed);
/// Whether the linear layer is one of those named.
bool is_target(const std::vector<std::string>& targets, size_t layer, Linear which);
/// Throws BadInput, naming the target, for one that is the name of no linear layer: a slip of the pen.
void check_targets(const ModelConfig& config, const std::vector<std::string>& targets);
/// A and B of all layers, in order; the trainable parameters.
std::vector<at::Tensor> parameters(const Lora& lora);
Lora to_device(const Lora& lora, const std::string& device);

/// One adapter that does what the stack does: its A above each other, its scaled B beside each other; of rank the sum
/// of ranks, and scale 1. A stack of one is copied as it is. The stack must not be empty.
Lora combine(LoraStack adapters);
/// The model with the adapters added to its weights: W + sum of scale B A, in float32 and rounded once to the weights'
/// type. What no adapter is on is shared with the model.
ModelWeights merge(ModelWeights model, LoraStack adapters);

/// Writes adapter_config.json and adapter_model.safetensors with peft's names (lora_folder.cpp). base: what the adapter
/// says it belongs to; empty: nothing.
void save_lora(const Lora& lora, const std::filesystem::path& folder, const std::string& base = {});
/// Reads a folder that peft or save_lora wrote. Throws Unsupported, by name, for an option that is not implemented
/// (whatever is on that is not known here) and for a pickled adapter_model.bin; BadFile for tensors that are missing,
/// misshapen, not finite, or have no place in the model.
Lora load_lora(const std::filesystem::path& folder, const ModelConfig& config);

}  // namespace prefscope
