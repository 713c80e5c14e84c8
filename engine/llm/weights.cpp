// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/weights.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/base/random.h"
#include "engine/llm/safetensors.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const char* const linear_names[linear_count] = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                                                "self_attn.o_proj", "mlp.gate_proj",    "mlp.up_proj",
                                                "mlp.down_proj"};

std::array<std::vector<int64_t>, linear_count> linear_shapes(const ModelConfig& c) {
  const int64_t q = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim;
  return {{{q, c.hidden_size},
           {kv, c.hidden_size},
           {kv, c.hidden_size},
           {c.hidden_size, q},
           {c.intermediate_size, c.hidden_size},
           {c.intermediate_size, c.hidden_size},
           {c.hidden_size, c.intermediate_size}}};
}

/// Calls visit(name, tensor, shape) for every weight of the model, in the order of the file.
template <typename Model, typename Visit>
void visit_weights(Model& model, const Visit& visit) {
  const ModelConfig& c = model.config;
  visit("model.embed_tokens.weight", model.embedding, std::vector<int64_t>{c.vocab_size, c.hidden_size});
  const auto shapes = linear_shapes(c);
  for (size_t l = 0; l < model.layers.size(); ++l) {
    const std::string prefix = fmt::format("model.layers.{}.", l);
    visit(prefix + "input_layernorm.weight", model.layers[l].input_norm, std::vector<int64_t>{c.hidden_size});
    visit(prefix + "post_attention_layernorm.weight", model.layers[l].post_norm, std::vector<int64_t>{c.hidden_size});
    for (size_t w = 0; w < linear_count; ++w)
      visit(prefix + linear_names[w] + ".weight", model.layers[l].weights[w], shapes[w]);
  }
  visit("model.norm.weight", model.final_norm, std::vector<int64_t>{c.hidden_size});
  if (!c.tie_word_embeddings) visit("lm_head.weight", model.head, std::vector<int64_t>{c.vocab_size, c.hidden_size});
}

}  // namespace

ModelWeights load_weights(const fs::path& folder) {
  ModelWeights model;
  model.config = read_model_config(folder);
  const fs::path path = folder / "model.safetensors";
  if (!fs::exists(path) && fs::exists(folder / "model.safetensors.index.json")) {
    throw Error(
        ErrorKind::Unsupported,
        fmt::format("{}: a sharded checkpoint is not read yet; expected one model.safetensors", folder.string()));
  }
  auto tensors = read_safetensors(path);
  model.layers.resize(static_cast<size_t>(model.config.layers));
  visit_weights(model, [&](const std::string& name, at::Tensor& tensor, const std::vector<int64_t>& shape) {
    const auto found = tensors.find(name);
    if (found == tensors.end())
      throw Error(
          ErrorKind::BadFile,
          fmt::format("{}: tensor {} is missing; config.json and weights do not belong together", path.string(), name));
    if (found->second.sizes() != at::IntArrayRef(shape)) {
      throw Error(ErrorKind::BadFile, fmt::format("{}: tensor {}: config.json says shape {}, found {}", path.string(),
                                                  name, shape, found->second.sizes().vec()));
    }
    if (!found->second.is_floating_point())
      throw Error(ErrorKind::Unsupported,
                  fmt::format("{}: tensor {}: expected floating point weights", path.string(), name));
    tensor = found->second.to(at::kFloat);
    tensors.erase(found);
  });
  if (model.config.tie_word_embeddings) {
    model.head = model.embedding;
    tensors.erase("lm_head.weight");  // some writers keep the tied copy
  }
  std::erase_if(tensors, [](const auto& entry) {
    return entry.first.ends_with("rotary_emb.inv_freq");
  });  // a buffer of old writers
  if (!tensors.empty())
    throw Error(ErrorKind::BadFile,
                fmt::format("{}: tensor {} has no place in this model", path.string(), tensors.begin()->first));
  return model;
}

ModelWeights random_weights(const ModelConfig& config, uint64_t seed) {
  ModelWeights model;
  model.config = config;
  model.layers.resize(static_cast<size_t>(config.layers));
  Random random({seed, 0x6c6c616d61});
  visit_weights(model, [&](const std::string&, at::Tensor& tensor, const std::vector<int64_t>& shape) {
    if (shape.size() == 1) {
      tensor = at::ones(shape, at::kFloat);
      return;
    }
    tensor = at::empty(shape, at::kFloat);
    auto* values = tensor.mutable_data_ptr<float>();
    for (int64_t i = 0; i < tensor.numel(); ++i) values[i] = static_cast<float>(0.02 * random.normal());
  });
  if (config.tie_word_embeddings) model.head = model.embedding;
  return model;
}

void save_weights(const ModelWeights& model, const fs::path& folder, bool bfloat16) {
  const ModelConfig& c = model.config;
  json eos = c.eos;
  if (c.eos.size() == 1) eos = c.eos.front();
  const json bos = c.bos ? json(*c.bos) : json(nullptr);
  json config = {{"architectures", {"LlamaForCausalLM"}},
                 {"model_type", "llama"},
                 {"attention_bias", false},
                 {"attention_dropout", 0.0},
                 {"bos_token_id", bos},
                 {"eos_token_id", eos},
                 {"head_dim", c.head_dim},
                 {"hidden_act", "silu"},
                 {"hidden_size", c.hidden_size},
                 {"initializer_range", 0.02},
                 {"intermediate_size", c.intermediate_size},
                 {"max_position_embeddings", c.max_positions},
                 {"mlp_bias", false},
                 {"num_attention_heads", c.heads},
                 {"num_hidden_layers", c.layers},
                 {"num_key_value_heads", c.kv_heads},
                 {"rms_norm_eps", c.rms_norm_eps},
                 {"rope_scaling", nullptr},
                 {"rope_theta", c.rope_theta},
                 {"tie_word_embeddings", c.tie_word_embeddings},
                 {"torch_dtype", bfloat16 ? "bfloat16" : "float32"},
                 {"use_cache", true},
                 {"vocab_size", c.vocab_size}};
  if (!c.taught_rationales.empty()) config["prefscope_rationales"] = c.taught_rationales;
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (const auto& [name, tensor] : named_tensors(model))
    tensors.emplace_back(name, tensor.detach().to(bfloat16 ? at::kBFloat16 : at::kFloat));
  write_safetensors(folder / "model.safetensors", tensors, {{"format", "pt"}});
  write_file_atomically(folder / "config.json", config.dump(2) + "\n");
  const json generation = {{"bos_token_id", bos}, {"eos_token_id", eos}};
  write_file_atomically(folder / "generation_config.json", generation.dump(2) + "\n");
}

std::vector<std::pair<std::string, at::Tensor>> named_tensors(const ModelWeights& model) {
  std::vector<std::pair<std::string, at::Tensor>> all;
  visit_weights(model, [&](const std::string& name, const at::Tensor& tensor, const std::vector<int64_t>&) {
    all.emplace_back(name, tensor);
  });
  return all;
}

at::ScalarType number_type(const std::string& dtype) {
  if (dtype == "float32") return at::kFloat;
  if (dtype == "bfloat16") return at::kBFloat16;
  if (dtype == "float16") return at::kHalf;
  throw Error(ErrorKind::BadInput, fmt::format("--dtype {}: expected float32, bfloat16 or float16", dtype));
}

ModelWeights to_device(const ModelWeights& model, const std::string& device, const std::string& dtype) {
  const at::ScalarType type = number_type(dtype);
  ModelWeights copy = model;
  for (LayerWeights& layer : copy.layers) layer.packed = {};
  visit_weights(copy, [&](const std::string&, at::Tensor& tensor, const std::vector<int64_t>&) {
    tensor = tensor.to(at::Device(device), type);
  });
  if (copy.config.tie_word_embeddings) copy.head = copy.embedding;
  return copy;
}

}  // namespace prefscope
