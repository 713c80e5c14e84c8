// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/lora.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/base/random.h"
#include "engine/llm/safetensors.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const char* const modules[linear_count] = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                                           "self_attn.o_proj", "mlp.gate_proj",    "mlp.up_proj",
                                           "mlp.down_proj"};

std::string tensor_name(size_t layer, size_t which, char side) {
  return fmt::format("base_model.model.model.layers.{}.{}.lora_{}.weight", layer, modules[which], side);
}

/// {out_features, in_features} of a linear layer.
std::pair<int64_t, int64_t> features(const LlamaConfig& c, Linear which) {
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

}  // namespace

Lora make_lora(const LlamaConfig& config, int64_t rank, double alpha, uint64_t seed) {
  Lora lora{rank, alpha, std::vector<std::array<LoraPair, linear_count>>(static_cast<size_t>(config.layers))};
  Random random({seed, 0x4c6f5241});
  for (auto& layer : lora.layers) {
    for (size_t w = 0; w < linear_count; ++w) {
      const auto [out, in] = features(config, static_cast<Linear>(w));
      // Kaiming-uniform with a = sqrt(5) is uniform within 1 / sqrt(fan_in).
      const double bound = 1 / std::sqrt(static_cast<double>(in));
      layer[w].a = at::empty({rank, in}, at::kFloat);
      auto* values = layer[w].a.mutable_data_ptr<float>();
      for (int64_t i = 0; i < rank * in; ++i) values[i] = static_cast<float>((2 * random.uniform() - 1) * bound);
      layer[w].b = at::zeros({out, rank}, at::kFloat);
    }
  }
  return lora;
}

std::vector<at::Tensor> parameters(const Lora& lora) {
  std::vector<at::Tensor> all;
  for (const auto& layer : lora.layers) {
    for (const LoraPair& pair : layer) {
      all.push_back(pair.a);
      all.push_back(pair.b);
    }
  }
  return all;
}

void save_lora(const Lora& lora, const fs::path& folder) {
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (size_t l = 0; l < lora.layers.size(); ++l) {
    for (size_t w = 0; w < linear_count; ++w) {
      tensors.emplace_back(tensor_name(l, w, 'A'), lora.layers[l][w].a);
      tensors.emplace_back(tensor_name(l, w, 'B'), lora.layers[l][w].b);
    }
  }
  const json config = {
      {"peft_type", "LORA"},
      {"task_type", "CAUSAL_LM"},
      {"base_model_name_or_path", nullptr},
      {"r", lora.rank},
      {"lora_alpha", lora.alpha},
      {"lora_dropout", 0.0},
      {"bias", "none"},
      {"fan_in_fan_out", false},
      {"inference_mode", true},
      {"init_lora_weights", true},
      {"use_rslora", false},
      {"use_dora", false},
      {"modules_to_save", nullptr},
      {"target_modules", {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}}};
  write_safetensors(folder / "adapter_model.safetensors", tensors, {{"format", "pt"}});
  write_file_atomically(folder / "adapter_config.json", config.dump(2) + "\n");
}

Lora load_lora(const fs::path& folder, const LlamaConfig& config) {
  const fs::path config_path = folder / "adapter_config.json", weights_path = folder / "adapter_model.safetensors";
  const json options = json::parse(read_file(config_path, 1 << 20), nullptr, false);
  if (!options.is_object() || !options.contains("peft_type") || options["peft_type"] != "LORA") {
    throw Error(ErrorKind::BadFile,
                fmt::format("{}: expected an adapter_config.json with peft_type LORA", config_path.string()));
  }
  for (const char* flag : {"use_rslora", "use_dora", "fan_in_fan_out"}) {
    if (options.contains(flag) && options[flag] == true) {
      throw Error(ErrorKind::Unsupported,
                  fmt::format("{}: {} is not supported; expected false", config_path.string(), flag));
    }
  }
  for (const char* pattern : {"alpha_pattern", "rank_pattern"}) {  // a null is empty too
    if (options.contains(pattern) && !options[pattern].empty()) {
      throw Error(ErrorKind::Unsupported,
                  fmt::format("{}: {} {} is not supported; expected one rank and one lora_alpha for all layers",
                              config_path.string(), pattern, options[pattern].dump()));
    }
  }
  if (!options.contains("r") || !options["r"].is_number_integer() || !options.contains("lora_alpha") ||
      !options["lora_alpha"].is_number()) {
    throw Error(ErrorKind::BadFile, fmt::format("{}: expected the numbers r and lora_alpha", config_path.string()));
  }
  Lora lora{options["r"].get<int64_t>(), options["lora_alpha"].get<double>(), {}};
  if (lora.rank < 1 || lora.rank > 4096)
    throw Error(ErrorKind::BadFile,
                fmt::format("{}: expected r within 1 .. 4096, found {}", config_path.string(), lora.rank));

  auto tensors = read_safetensors(weights_path);
  const auto take = [&](size_t l, size_t w, char side, std::vector<int64_t> shape) {
    const std::string name = tensor_name(l, w, side);
    const auto found = tensors.find(name);
    if (found == tensors.end())
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: tensor {} is missing; expected adapters on all seven linear layers",
                              weights_path.string(), name));
    if (found->second.sizes() != at::IntArrayRef(shape)) {
      throw Error(ErrorKind::BadFile, fmt::format("{}: tensor {}: expected shape {} for this model, found {}",
                                                  weights_path.string(), name, shape, found->second.sizes().vec()));
    }
    const at::Tensor tensor = found->second.to(at::kFloat);
    tensors.erase(found);
    return tensor;
  };
  lora.layers.resize(static_cast<size_t>(config.layers));
  for (size_t l = 0; l < lora.layers.size(); ++l) {
    for (size_t w = 0; w < linear_count; ++w) {
      const auto [out, in] = features(config, static_cast<Linear>(w));
      lora.layers[l][w] = {take(l, w, 'A', {lora.rank, in}), take(l, w, 'B', {out, lora.rank})};
    }
  }
  if (!tensors.empty()) {
    throw Error(
        ErrorKind::Unsupported,
        fmt::format("{}: tensor {} has no place in this model; expected adapters on its seven linear layers alone",
                    weights_path.string(), tensors.begin()->first));
  }
  return lora;
}

Lora to_device(const Lora& lora, const std::string& device) {
  Lora copy = lora;
  for (auto& layer : copy.layers) {
    for (LoraPair& pair : layer) {
      pair.a = pair.a.to(at::Device(device));
      pair.b = pair.b.to(at::Device(device));
    }
  }
  return copy;
}

}  // namespace prefscope
