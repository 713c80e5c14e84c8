// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/progress.h"
#include "engine/llm/model_config.h"

namespace prefscope {

/// The seven linear layers of a decoder layer, in the order of their tensors.
enum class Linear { Query, Key, Value, Output, Gate, Up, Down };
inline constexpr size_t linear_count = 7;

/// A frozen weight as oneDNN lays it out, opaque: for x W' and for g W. Undefined where it is not (linear.h).
struct PackedWeight {
  at::Tensor forward, backward;
};

struct LayerWeights {
  at::Tensor input_norm, post_norm;              ///< [hidden]
  at::Tensor query_norm, key_norm;               ///< [head_dim]; undefined without qk_norm
  std::array<at::Tensor, linear_count> weights;  ///< [out_features, in_features]
  std::array<at::Tensor, linear_count> biases;   ///< [out_features]; undefined where there is none
  std::array<PackedWeight, linear_count> packed = {};
};

/// Weights of a decoder: RMSNorm, rotary positions (rotate-half), grouped-query attention, SwiGLU, and what its config
/// adds to them. Plain data; forward passes are free functions in forward.h. Weights require no gradient unless a
/// caller says so (training from scratch).
struct ModelWeights {
  ModelConfig config;
  at::Tensor embedding;   ///< [vocab, hidden]
  at::Tensor final_norm;  ///< [hidden]
  at::Tensor head;        ///< [vocab, hidden]; the embedding itself when tied
  std::vector<LayerWeights> layers;
};

struct LoadOptions {
  std::string device = "cpu";     ///< cpu, cuda
  std::string dtype = "float32";  ///< float32, bfloat16, float16, whatever the file has
  TaskContext context = {};       ///< told of the bytes that are read, and asked whether to stop
};

/// Reads a folder's config.json and its weights: model.safetensors, or shards with an index. Names, shapes and dtypes
/// are checked first: missing, extra and misshapen tensors are named. Then each is converted once, in pieces whose
/// pages of the file are given back, so that the peak of memory is hardly more than the weights.
ModelWeights load_weights(const std::filesystem::path& folder, const LoadOptions& options = {});
/// Normal(0, 0.02) weights from the seed, norms 1, biases 0.
ModelWeights random_weights(const ModelConfig& config, uint64_t seed);
/// Writes config.json, generation_config.json and model.safetensors (bfloat16 when asked) so that transformers reads
/// it.
void save_weights(const ModelWeights& model, const std::filesystem::path& folder, bool bfloat16);
/// {out_features, in_features} of a linear layer.
std::array<int64_t, 2> linear_shape(const ModelConfig& config, Linear which);
/// Its name within the model: "model.layers.0.self_attn.q_proj".
std::string linear_name(size_t layer, Linear which);
/// Names and shapes of the weights of such a model, in the order of the file.
std::vector<std::pair<std::string, std::vector<int64_t>>> tensor_shapes(const ModelConfig& config);
/// All weights of the model, each once, in the order of their names in the file.
std::vector<std::pair<std::string, at::Tensor>> named_tensors(const ModelWeights& model);
/// float32, bfloat16, float16. Throws BadInput for another name.
at::ScalarType number_type(const std::string& dtype);
/// A copy on a device ("cpu", "cuda") in a number type.
ModelWeights to_device(const ModelWeights& model, const std::string& device, const std::string& dtype = "float32");

}  // namespace prefscope
