// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/llama.h"

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

std::array<std::vector<int64_t>, linear_count> linear_shapes(const LlamaConfig& c) {
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
  const LlamaConfig& c = model.config;
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

/// Reads fields of one JSON object; errors name the file and the field.
struct ConfigReader {
  const fs::path& path;
  const json& object;

  [[noreturn]] void fail(ErrorKind kind, const std::string& what) const {
    throw Error(kind, fmt::format("{}: {}", path.string(), what));
  }
  bool has(const char* key) const { return object.contains(key) && !object[key].is_null(); }
  int64_t integer(const char* key, int64_t low, int64_t high) const {
    if (!has(key) || !object[key].is_number_integer())
      fail(ErrorKind::BadFile, fmt::format("expected the whole number {}", key));
    const auto value = object[key].get<int64_t>();
    if (value < low || value > high)
      fail(ErrorKind::BadFile, fmt::format("expected {} within {} .. {}, found {}", key, low, high, value));
    return value;
  }
  double positive(const char* key, double fallback) const {
    if (!has(key)) return fallback;
    if (!object[key].is_number() || !(object[key].get<double>() > 0))
      fail(ErrorKind::BadFile, fmt::format("expected a positive number for {}, found {}", key, object[key].dump()));
    return object[key].get<double>();
  }
  bool flag(const char* key) const {
    if (!has(key)) return false;
    if (!object[key].is_boolean())
      fail(ErrorKind::BadFile, fmt::format("expected true or false for {}, found {}", key, object[key].dump()));
    return object[key].get<bool>();
  }
  /// Refuses an option that is set to something other than what is implemented.
  void only(const char* key, const json& implemented) const {
    if (has(key) && object[key] != implemented) {
      fail(ErrorKind::Unsupported,
           fmt::format("{} = {} is not supported; expected {}", key, object[key].dump(), implemented.dump()));
    }
  }
};

}  // namespace

LlamaConfig read_llama_config(const fs::path& folder) {
  const fs::path path = folder / "config.json";
  const json object = json::parse(read_file(path, 1 << 20), nullptr, false);
  if (!object.is_object()) throw Error(ErrorKind::BadFile, fmt::format("{}: expected a JSON object", path.string()));
  const ConfigReader read{path, object};
  if (!object.contains("model_type") || object["model_type"] != "llama") {
    read.fail(ErrorKind::Unsupported,
              fmt::format("model_type {} is not supported; expected \"llama\"",
                          object.contains("model_type") ? object["model_type"].dump() : "(none)"));
  }
  read.only("hidden_act", "silu");
  read.only("attention_bias", false);
  read.only("mlp_bias", false);
  read.only("quantization_config", nullptr);

  LlamaConfig c;
  c.vocab_size = read.integer("vocab_size", 1, 4'000'000);
  c.hidden_size = read.integer("hidden_size", 1, 65'536);
  c.intermediate_size = read.integer("intermediate_size", 1, 1'000'000);
  c.layers = read.integer("num_hidden_layers", 1, 1'000);
  c.heads = read.integer("num_attention_heads", 1, 1'024);
  c.kv_heads = read.has("num_key_value_heads") ? read.integer("num_key_value_heads", 1, c.heads) : c.heads;
  c.head_dim = read.has("head_dim") ? read.integer("head_dim", 2, 4'096) : c.hidden_size / c.heads;
  if (c.heads % c.kv_heads != 0)
    read.fail(ErrorKind::BadFile,
              fmt::format("expected num_attention_heads to be a multiple of num_key_value_heads, found {} and {}",
                          c.heads, c.kv_heads));
  if (!read.has("head_dim") && c.hidden_size % c.heads != 0)
    read.fail(ErrorKind::BadFile,
              fmt::format("expected hidden_size to be a multiple of num_attention_heads, found {} and {}",
                          c.hidden_size, c.heads));
  if (c.head_dim % 2 != 0)
    read.fail(ErrorKind::BadFile, fmt::format("expected an even head_dim, found {}", c.head_dim));
  if (read.has("max_position_embeddings")) c.max_positions = read.integer("max_position_embeddings", 1, 100'000'000);
  c.rms_norm_eps = read.positive("rms_norm_eps", 1e-6);
  c.rope_theta = read.positive("rope_theta", 10000);
  // transformers 5 keeps the rotary options in rope_parameters, earlier ones in rope_scaling.
  for (const char* key : {"rope_parameters", "rope_scaling"}) {
    if (!read.has(key)) continue;
    const ConfigReader rope{path, object[key]};
    if (!object[key].is_object()) read.fail(ErrorKind::BadFile, fmt::format("expected an object for {}", key));
    rope.only("rope_type", "default");
    rope.only("type", "default");
    c.rope_theta = rope.positive("rope_theta", c.rope_theta);
  }
  c.tie_word_embeddings = read.flag("tie_word_embeddings");
  const auto id = [&](const json& value, const char* key) {
    if (!value.is_number_integer() || value.get<int64_t>() < 0 || value.get<int64_t>() >= c.vocab_size) {
      read.fail(ErrorKind::BadFile,
                fmt::format("expected {} within 0 .. {}, found {}", key, c.vocab_size - 1, value.dump()));
    }
    return value.get<int64_t>();
  };
  if (read.has("bos_token_id")) c.bos = id(object["bos_token_id"], "bos_token_id");
  if (read.has("eos_token_id")) {
    const json& eos = object["eos_token_id"];
    for (const json& value : eos.is_array() ? eos : json::array({eos})) c.eos.push_back(id(value, "eos_token_id"));
  }
  if (read.has("prefscope_rationales") && object["prefscope_rationales"].is_string())
    c.taught_rationales = object["prefscope_rationales"].get<std::string>().substr(0, 200);
  if (c.eos.empty()) read.fail(ErrorKind::BadFile, "expected eos_token_id: a response ends in it");
  return c;
}

Llama load_llama(const fs::path& folder) {
  Llama model;
  model.config = read_llama_config(folder);
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

Llama random_llama(const LlamaConfig& config, uint64_t seed) {
  Llama model;
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

void save_llama(const Llama& model, const fs::path& folder, bool bfloat16) {
  const LlamaConfig& c = model.config;
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

std::vector<std::pair<std::string, at::Tensor>> named_tensors(const Llama& model) {
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

Llama to_device(const Llama& model, const std::string& device, const std::string& dtype) {
  const at::ScalarType type = number_type(dtype);
  Llama copy = model;
  for (LlamaLayer& layer : copy.layers) layer.packed = {};
  visit_weights(copy, [&](const std::string&, at::Tensor& tensor, const std::vector<int64_t>&) {
    tensor = tensor.to(at::Device(device), type);
  });
  if (copy.config.tie_word_embeddings) copy.head = copy.embedding;
  return copy;
}

}  // namespace prefscope
