// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/weights.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/base/random.h"
#include "engine/llm/model_files.h"
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

bool has_bias(const ModelConfig& c, size_t which) {
  switch (static_cast<Linear>(which)) {
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
  const auto shapes = linear_shapes(c);
  for (size_t l = 0; l < model.layers.size(); ++l) {
    auto& layer = model.layers[l];
    const std::string prefix = fmt::format("model.layers.{}.", l);
    visit(prefix + "input_layernorm.weight", layer.input_norm, Shape{c.hidden_size});
    visit(prefix + "post_attention_layernorm.weight", layer.post_norm, Shape{c.hidden_size});
    for (size_t w = 0; w < linear_count; ++w) {
      visit(prefix + linear_names[w] + ".weight", layer.weights[w], shapes[w]);
      if (has_bias(c, w)) visit(prefix + linear_names[w] + ".bias", layer.biases[w], Shape{shapes[w].front()});
    }
    if (c.qk_norm) {
      visit(prefix + "self_attn.q_norm.weight", layer.query_norm, Shape{c.head_dim});
      visit(prefix + "self_attn.k_norm.weight", layer.key_norm, Shape{c.head_dim});
    }
  }
  visit("model.norm.weight", model.final_norm, Shape{c.hidden_size});
  if (!c.tie_word_embeddings) visit("lm_head.weight", model.head, Shape{c.vocab_size, c.hidden_size});
}

/// Where a tensor of a folder lies.
struct Place {
  const SafetensorsFile* file = nullptr;
  const SafetensorsFile::Entry* entry = nullptr;
};

std::map<std::string, Place> places(const std::vector<SafetensorsFile>& files) {
  std::map<std::string, Place> all;
  for (const SafetensorsFile& file : files) {
    for (const auto& entry : file.entries) {
      const auto [place, is_new] = all.emplace(entry.name, Place{&file, &entry});
      if (!is_new) {
        throw Error(ErrorKind::BadFile, fmt::format("{}: tensor {} is also in {}; expected it in one shard alone",
                                                    file.path.string(), entry.name, place->second.file->path.string()));
      }
    }
  }
  return all;
}

/// A tensor that is there though the model does not ask for it, and does no harm: a buffer of old writers, the head's
/// copy of a tied embedding.
bool is_left_over(const ModelConfig& config, const std::string& name) {
  return name.ends_with("rotary_emb.inv_freq") || (config.tie_word_embeddings && name == "lm_head.weight");
}

constexpr int64_t piece_bytes = int64_t{16} << 20;

/// One tensor, converted in pieces of rows whose pages are then given back. read: called with the bytes of each piece.
at::Tensor load_tensor(const Place& place, const at::TensorOptions& options, const std::function<void(int64_t)>& read) {
  const at::Tensor source = mapped_tensor(*place.file, *place.entry);
  at::Tensor loaded = at::empty(source.sizes(), options);
  const int64_t rows = source.size(0), row_bytes = static_cast<int64_t>(source.nbytes()) / rows;
  const int64_t step = std::max<int64_t>(1, piece_bytes / row_bytes);
  for (int64_t row = 0; row < rows; row += step) {
    const int64_t n = std::min(step, rows - row);
    loaded.narrow(0, row, n).copy_(source.narrow(0, row, n));
    const uint64_t begin = place.entry->begin + static_cast<uint64_t>(row * row_bytes);
    release_pages(*place.file, begin, begin + static_cast<uint64_t>(n * row_bytes));
    read(n * row_bytes);
  }
  return loaded;
}

}  // namespace

ModelWeights load_weights(const fs::path& folder, const LoadOptions& options) {
  const at::NoGradGuard no_grad;
  const auto type = at::TensorOptions().dtype(number_type(options.dtype)).device(at::Device(options.device));
  ModelWeights model;
  model.config = read_model_config(folder);
  std::vector<SafetensorsFile> files;
  for (const fs::path& path : weight_files(folder)) files.push_back(open_safetensors(path));
  auto found = places(files);
  const std::string where = files.size() == 1 ? files.front().path.string() : folder.string();

  model.layers.resize(static_cast<size_t>(model.config.layers));
  std::map<std::string, Place> wanted;
  int64_t bytes = 0;
  visit_weights(model, [&](const std::string& name, at::Tensor&, const std::vector<int64_t>& shape) {
    const auto place = found.find(name);
    if (place == found.end())
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: tensor {} is missing; config.json and weights do not belong together", where, name));
    const auto& [file, entry] = place->second;
    if (entry->shape != shape) {
      throw Error(ErrorKind::BadFile, fmt::format("{}: tensor {}: config.json says shape {}, found {}",
                                                  file->path.string(), name, shape, entry->shape));
    }
    if (!at::isFloatingType(entry->dtype))
      throw Error(ErrorKind::Unsupported, fmt::format("{}: tensor {}: expected floating point weights, found {}",
                                                      file->path.string(), name, at::toString(entry->dtype)));
    bytes += static_cast<int64_t>(entry->end - entry->begin);
    wanted.insert(found.extract(place));
  });
  for (const auto& [name, place] : found) {
    if (!is_left_over(model.config, name))
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: tensor {} has no place in this model", place.file->path.string(), name));
  }

  ProgressClock clock(options.context, "Loading " + fs::absolute(folder).lexically_normal().filename().string());
  int64_t done = 0;
  visit_weights(model, [&](const std::string& name, at::Tensor& tensor, const std::vector<int64_t>&) {
    tensor = load_tensor(wanted.at(name), type, [&](int64_t piece) {
      done += piece;
      clock.update(static_cast<double>(done) / static_cast<double>(bytes));
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
