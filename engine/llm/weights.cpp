// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/weights.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/base/random.h"
#include "engine/llm/opened_model.h"
#include "engine/llm/safetensors.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

bool has_bias(const ModelConfig& c, Linear which) {
  switch (which) {
    case Linear::Query:
    case Linear::Key:
    case Linear::Value:
      return c.qkv_bias;
    case Linear::Output:
      return c.output_bias;
    default:
      return c.mlp_bias;
  }
}

/// Calls visit(name, tensor, shape) for every weight of the model, in the order of the file.
template <typename Model, typename Visit>
void visit_weights(Model& model, const Visit& visit) {
  using Shape = std::vector<int64_t>;
  const ModelConfig& c = model.config;
  visit("model.embed_tokens.weight", model.embedding, Shape{c.vocab_size, c.hidden_size});
  for (size_t l = 0; l < model.layers.size(); ++l) {
    auto& layer = model.layers[l];
    const std::string prefix = fmt::format("model.layers.{}.", l);
    visit(prefix + "input_layernorm.weight", layer.input_norm, Shape{c.hidden_size});
    visit(prefix + "post_attention_layernorm.weight", layer.post_norm, Shape{c.hidden_size});
    for (size_t w = 0; w < linear_count; ++w) {
      const auto which = static_cast<Linear>(w);
      const std::string name = linear_name(l, which);
      const auto [out, in] = linear_shape(c, which);
      visit(name + ".weight", layer.weights[w], Shape{out, in});
      if (has_bias(c, which)) visit(name + ".bias", layer.biases[w], Shape{out});
    }
    if (c.qk_norm) {
      visit(prefix + "self_attn.q_norm.weight", layer.query_norm, Shape{c.head_dim});
      visit(prefix + "self_attn.k_norm.weight", layer.key_norm, Shape{c.head_dim});
    }
  }
  visit("model.norm.weight", model.final_norm, Shape{c.hidden_size});
  if (!c.tie_word_embeddings) visit("lm_head.weight", model.head, Shape{c.vocab_size, c.hidden_size});
}

constexpr int64_t piece_bytes = int64_t{16} << 20;

/// One tensor, converted in pieces of rows whose pages are then given back. read: called with the bytes of each piece.
at::Tensor load_tensor(const SafetensorsFile& file, const SafetensorsFile::Entry& entry,
                       const at::TensorOptions& options, const std::function<void(int64_t)>& read) {
  const at::Tensor source = mapped_tensor(file, entry);
  at::Tensor loaded = at::empty(source.sizes(), options);
  const int64_t rows = source.size(0), row_bytes = static_cast<int64_t>(source.nbytes()) / rows;
  const int64_t step = std::max<int64_t>(1, piece_bytes / row_bytes);
  for (int64_t row = 0; row < rows; row += step) {
    const int64_t n = std::min(step, rows - row);
    loaded.narrow(0, row, n).copy_(source.narrow(0, row, n));
    const uint64_t begin = entry.begin + static_cast<uint64_t>(row * row_bytes);
    release_pages(file, begin, begin + static_cast<uint64_t>(n * row_bytes));
    read(n * row_bytes);
  }
  return loaded;
}

}  // namespace

ModelWeights load_weights(const fs::path& folder, const LoadOptions& options) {
  const at::NoGradGuard no_grad;
  const auto type = at::TensorOptions().dtype(number_type(options.dtype)).device(at::Device(options.device));
  const OpenedModel opened = open_model(folder);
  ModelWeights model;
  model.config = opened.config;
  model.layers.resize(static_cast<size_t>(model.config.layers));
  ProgressClock clock(options.context, "Loading " + fs::absolute(folder).lexically_normal().filename().string());
  int64_t done = 0;
  visit_weights(model, [&](const std::string& name, at::Tensor& tensor, const std::vector<int64_t>&) {
    const auto& [file, entry] = opened.tensors.at(name);
    tensor = load_tensor(opened.files[file], opened.files[file].entries[entry], type, [&](int64_t piece) {
      done += piece;
      clock.update(static_cast<double>(done) / static_cast<double>(opened.bytes));
    });
  });
  if (model.config.tie_word_embeddings) model.head = model.embedding;
  return model;
}

ModelWeights random_weights(const ModelConfig& config, uint64_t seed) {
  ModelWeights model;
  model.config = config;
  model.layers.resize(static_cast<size_t>(config.layers));
  Random random({seed, 0x6c6c616d61});
  visit_weights(model, [&](const std::string& name, at::Tensor& tensor, const std::vector<int64_t>& shape) {
    if (shape.size() == 1) {
      tensor = name.ends_with(".bias") ? at::zeros(shape, at::kFloat) : at::ones(shape, at::kFloat);
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
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (const auto& [name, tensor] : named_tensors(model))
    tensors.emplace_back(name, tensor.detach().to(bfloat16 ? at::kBFloat16 : at::kFloat));
  write_safetensors(folder / "model.safetensors", tensors, {{"format", "pt"}});
  write_file_atomically(folder / "config.json", config_json(model.config, bfloat16 ? "bfloat16" : "float32"));
  const ModelConfig& c = model.config;
  json eos = c.eos;
  if (c.eos.empty()) eos = nullptr;
  if (c.eos.size() == 1) eos = c.eos.front();
  const json bos = c.bos ? json(*c.bos) : json(nullptr);
  const json generation = {{"bos_token_id", bos}, {"eos_token_id", eos}};
  write_file_atomically(folder / "generation_config.json", generation.dump(2) + "\n");
}

std::array<int64_t, 2> linear_shape(const ModelConfig& c, Linear which) {
  switch (which) {
    case Linear::Query:
      return {c.heads * c.head_dim, c.hidden_size};
    case Linear::Key:
    case Linear::Value:
      return {c.kv_heads * c.head_dim, c.hidden_size};
    case Linear::Output:
      return {c.hidden_size, c.heads * c.head_dim};
    case Linear::Gate:
    case Linear::Up:
      return {c.intermediate_size, c.hidden_size};
    case Linear::Down:
      break;
  }
  return {c.hidden_size, c.intermediate_size};
}

std::string linear_name(size_t layer, Linear which) {
  static const char* const modules[linear_count] = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                                                    "self_attn.o_proj", "mlp.gate_proj",    "mlp.up_proj",
                                                    "mlp.down_proj"};
  return fmt::format("model.layers.{}.{}", layer, modules[static_cast<size_t>(which)]);
}

std::vector<std::pair<std::string, std::vector<int64_t>>> tensor_shapes(const ModelConfig& config) {
  ModelWeights empty;
  empty.config = config;
  empty.layers.resize(static_cast<size_t>(config.layers));
  std::vector<std::pair<std::string, std::vector<int64_t>>> all;
  visit_weights(empty, [&](const std::string& name, const at::Tensor&, const std::vector<int64_t>& shape) {
    all.emplace_back(name, shape);
  });
  return all;
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
