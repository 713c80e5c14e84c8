// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace prefscope {

/// Shape of a Llama-like decoder (config.json of transformers).
struct LlamaConfig {
  int64_t vocab_size = 0, hidden_size = 0, intermediate_size = 0, layers = 0, heads = 0, kv_heads = 0, head_dim = 0;
  int64_t max_positions = 2048;
  double rope_theta = 10000, rms_norm_eps = 1e-5;
  bool tie_word_embeddings = false;
  std::optional<int64_t> bos;
  std::string taught_rationales = {};  ///< of a model made here: what its rationales were taught from; else empty
  std::vector<int64_t> eos;            ///< the first ends a response; generation stops at any
};

/// The seven linear layers of a decoder layer, in the order of their tensors.
enum class Linear { Query, Key, Value, Output, Gate, Up, Down };
inline constexpr size_t linear_count = 7;

/// A frozen weight as oneDNN lays it out, opaque: for x W' and for g W. Undefined where it is not (linear.h).
struct PackedWeight {
  at::Tensor forward, backward;
};

struct LlamaLayer {
  at::Tensor input_norm, post_norm;              ///< [hidden]
  std::array<at::Tensor, linear_count> weights;  ///< [out_features, in_features]
  std::array<PackedWeight, linear_count> packed = {};
};

/// Weights of a decoder: RMSNorm, rotary positions (rotate-half), grouped-query attention, SwiGLU. Plain data; forward
/// passes are free functions in forward.h. Weights require no gradient unless a caller says so (training from scratch).
struct Llama {
  LlamaConfig config;
  at::Tensor embedding;   ///< [vocab, hidden]
  at::Tensor final_norm;  ///< [hidden]
  at::Tensor head;        ///< [vocab, hidden]; the embedding itself when tied
  std::vector<LlamaLayer> layers;
};

/// Reads config.json. Throws Unsupported, by name, for another model_type or an option that is not implemented.
LlamaConfig read_llama_config(const std::filesystem::path& folder);
/// Reads config.json and model.safetensors as float32 on the CPU. Missing, extra and misshapen tensors are named.
Llama load_llama(const std::filesystem::path& folder);
/// Normal(0, 0.02) weights from the seed, norms 1.
Llama random_llama(const LlamaConfig& config, uint64_t seed);
/// Writes config.json, generation_config.json and model.safetensors (bfloat16 when asked) so that transformers reads
/// it.
void save_llama(const Llama& model, const std::filesystem::path& folder, bool bfloat16);
/// All weights of the model, each once, in the order of their names in the file.
std::vector<std::pair<std::string, at::Tensor>> named_tensors(const Llama& model);
/// float32, bfloat16, float16. Throws BadInput for another name.
at::ScalarType number_type(const std::string& dtype);
/// A copy on a device ("cpu", "cuda") in a number type.
Llama to_device(const Llama& model, const std::string& device, const std::string& dtype = "float32");

}  // namespace prefscope
