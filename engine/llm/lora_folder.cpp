// SPDX-License-Identifier: GPL-3.0-or-later
// Adapters as peft 0.21 keeps them: adapter_config.json and adapter_model.safetensors.
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/llm/lora.h"
#include "engine/llm/model_files.h"
#include "engine/llm/safetensors.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Fields that say nothing of what an adapter computes.
const char* const silent[] = {"auto_mapping", "base_model_name_or_path", "inference_mode", "megatron_core",
                              "peft_version", "qalora_group_size",       "revision",       "runtime_config"};
/// Fields that are read one by one.
const char* const known[] = {"peft_type",  "task_type",      "r",    "lora_alpha",       "lora_dropout",
                             "use_rslora", "target_modules", "bias", "init_lora_weights"};

std::string tensor_name(size_t layer, Linear which, char side) {
  return fmt::format("base_model.model.{}.lora_{}.weight", linear_name(layer, which), side);
}

/// null, false, "", [] and {}: an option that is off.
bool is_off(const json& value) {
  return value.is_null() || value == false || (value.is_string() && value.get_ref<const std::string&>().empty()) ||
         (value.is_structured() && value.empty());
}

struct AdapterConfig {
  const fs::path& path;
  json options;

  [[noreturn]] void fail(ErrorKind kind, const std::string& what) const {
    throw Error(kind, fmt::format("{}: {}", path.string(), what));
  }
  json at(const char* key) const { return options.contains(key) ? options[key] : json(); }
  /// Refuses an option with another value than one of those that change nothing.
  void only(const char* key, const std::vector<json>& values) const {
    if (std::find(values.begin(), values.end(), at(key)) != values.end()) return;
    fail(ErrorKind::Unsupported,
         fmt::format("{} {} is not supported; expected {}", key, shown(at(key)), fmt::join(shown(values), " or ")));
  }
  static std::string shown(const json& value) {
    const std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
    return text.size() <= 200 ? text : text.substr(0, 200) + "...";
  }
  static std::vector<std::string> shown(const std::vector<json>& values) {
    std::vector<std::string> texts;
    for (const json& value : values) {
      if (!value.is_null()) texts.push_back(shown(value));
    }
    return texts;
  }
};

/// Whatever is on must be known here: an option of a newer peft could change what the adapter computes.
void refuse_unknown_options(const AdapterConfig& config) {
  for (const auto& [key, value] : config.options.items()) {
    const auto is_key = [&key = key](const char* name) { return key == name; };
    if (std::any_of(std::begin(silent), std::end(silent), is_key) ||
        std::any_of(std::begin(known), std::end(known), is_key) || is_off(value))
      continue;
    const std::string name = config.shown(key);  // without its quotes
    config.fail(ErrorKind::Unsupported,
                fmt::format("{} {} is not supported; expected it off (false, null or empty). Merge the adapter into "
                            "its model with peft, and take the merged model",
                            name.substr(1, name.size() - 2), config.shown(value)));
  }
}

/// The names of target_modules; none for "all-linear".
std::vector<std::string> read_targets(const AdapterConfig& config) {
  const json value = config.at("target_modules");
  if (value.is_string()) {
    std::string text = value.get<std::string>();
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (text == "all-linear") return {};
    config.fail(ErrorKind::Unsupported, fmt::format("target_modules {} is a pattern, which is not supported; expected "
                                                    "a list of names or \"all-linear\"",
                                                    config.shown(value)));
  }
  if (!value.is_array() || value.empty() ||
      !std::all_of(value.begin(), value.end(), [](const json& name) { return name.is_string(); })) {
    config.fail(ErrorKind::BadFile, fmt::format("expected target_modules to be a list of names or \"all-linear\", "
                                                "found {}",
                                                config.shown(value)));
  }
  const auto targets = value.get<std::vector<std::string>>();
  for (const std::string& target : targets) {
    for (const std::string name : {"lm_head", "model.embed_tokens"}) {
      if (name == target || name.ends_with('.' + target))
        config.fail(ErrorKind::Unsupported,
                    fmt::format("target_modules has {}: adapters on the head or the embedding are not supported",
                                config.shown(target)));
    }
  }
  return targets;
}

/// The adapter's options, without tensors.
Lora read_config(const AdapterConfig& config, std::vector<std::string>& targets) {
  if (config.at("peft_type") != "LORA")
    config.fail(ErrorKind::BadFile,
                fmt::format("expected peft_type LORA, found {}", config.shown(config.at("peft_type"))));
  config.only("task_type", {"CAUSAL_LM", nullptr});
  config.only("bias", {"none", nullptr});
  // What an adapter started from is of no account once it is saved, but these change the base model's weights or are
  // saved as what was added since.
  config.only("init_lora_weights", {true, false, "gaussian", nullptr});
  refuse_unknown_options(config);
  const json r = config.at("r"), alpha = config.at("lora_alpha"), dropout = config.at("lora_dropout"),
             rslora = config.at("use_rslora");
  if (!r.is_number_integer() || !alpha.is_number())
    config.fail(ErrorKind::BadFile, "expected the numbers r and lora_alpha");
  Lora lora{r.get<int64_t>(), alpha.get<double>(), {}};
  if (lora.rank < 1 || lora.rank > 4096)
    config.fail(ErrorKind::BadFile, fmt::format("expected r within 1 .. 4096, found {}", lora.rank));
  if (!dropout.is_null()) {
    if (!dropout.is_number() || !(dropout.get<double>() >= 0 && dropout.get<double>() <= 1))
      config.fail(ErrorKind::BadFile,
                  fmt::format("expected lora_dropout within 0 .. 1, found {}", config.shown(dropout)));
    lora.dropout = dropout.get<double>();
  }
  if (!rslora.is_null() && !rslora.is_boolean())
    config.fail(ErrorKind::BadFile,
                fmt::format("expected use_rslora to be true or false, found {}", config.shown(rslora)));
  lora.rank_stabilized = rslora == true;
  targets = read_targets(config);
  return lora;
}

/// The names by which peft finds the adapter's layers: of a kind ("q_proj") where each layer has it, else of each one.
std::vector<std::string> target_modules(const Lora& lora) {
  std::vector<std::string> kinds, each;
  bool by_kind = true;
  for (size_t w = 0; w < linear_count; ++w) {
    size_t with = 0;
    for (size_t l = 0; l < lora.layers.size(); ++l) {
      if (!lora.layers[l][w].a.defined()) continue;
      ++with;
      each.push_back(linear_name(l, static_cast<Linear>(w)));
    }
    by_kind = by_kind && (with == 0 || with == lora.layers.size());
    const std::string name = linear_name(0, static_cast<Linear>(w));
    if (with > 0) kinds.push_back(name.substr(name.rfind('.') + 1));
  }
  return by_kind ? kinds : each;
}

}  // namespace

void save_lora(const Lora& lora, const fs::path& folder, const std::string& base) {
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (size_t l = 0; l < lora.layers.size(); ++l) {
    for (size_t w = 0; w < linear_count; ++w) {
      const LoraPair& pair = lora.layers[l][w];
      if (!pair.a.defined()) continue;
      tensors.emplace_back(tensor_name(l, static_cast<Linear>(w), 'A'), pair.a);
      tensors.emplace_back(tensor_name(l, static_cast<Linear>(w), 'B'), pair.b);
    }
  }
  json alpha = lora.alpha;  // a whole number as peft writes it
  if (std::abs(lora.alpha) < 1e15 && lora.alpha == std::floor(lora.alpha)) alpha = static_cast<int64_t>(lora.alpha);
  // The fields that every version of peft since 0.8 knows: one that it does not know it warns of, or refuses.
  const json config = {{"peft_type", "LORA"},
                       {"task_type", "CAUSAL_LM"},
                       {"base_model_name_or_path", base.empty() ? json() : json(base)},
                       {"r", lora.rank},
                       {"lora_alpha", alpha},
                       {"lora_dropout", lora.dropout},
                       {"bias", "none"},
                       {"fan_in_fan_out", false},
                       {"inference_mode", true},
                       {"init_lora_weights", true},
                       {"use_rslora", lora.rank_stabilized},
                       {"modules_to_save", nullptr},
                       {"target_modules", target_modules(lora)}};
  write_safetensors(folder / "adapter_model.safetensors", tensors, {{"format", "pt"}});
  write_file_atomically(folder / "adapter_config.json",
                        config.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

Lora load_lora(const fs::path& folder, const ModelConfig& config) {
  const fs::path config_path = model_file(folder, "adapter_config.json");
  const AdapterConfig options{config_path, json::parse(read_file(config_path, 1 << 20), nullptr, false)};
  if (!options.options.is_object()) options.fail(ErrorKind::BadFile, "expected a JSON object as peft writes it");
  std::vector<std::string> targets;
  Lora lora = read_config(options, targets);
  if (!fs::exists(folder / "adapter_model.safetensors") && fs::exists(folder / "adapter_model.bin")) {
    throw Error(ErrorKind::Unsupported,
                fmt::format("{}: a pickle can run any program when it is read, so it is not; expected "
                            "adapter_model.safetensors. Where you trust it, load it with peft and save it anew: "
                            "PeftModel.from_pretrained(model, folder).save_pretrained(folder)",
                            (folder / "adapter_model.bin").string()));
  }

  const fs::path weights_path = model_file(folder, "adapter_model.safetensors");
  auto tensors = read_safetensors(weights_path);
  const auto take = [&](const std::string& name, std::vector<int64_t> shape) {
    const auto found = tensors.find(name);
    if (found == tensors.end())
      throw Error(ErrorKind::BadFile, fmt::format("{}: tensor {} is missing; adapter_config.json names its layer in "
                                                  "target_modules",
                                                  weights_path.string(), name));
    if (found->second.sizes() != at::IntArrayRef(shape)) {
      throw Error(ErrorKind::BadFile, fmt::format("{}: tensor {}: expected shape {} for this model, found {}",
                                                  weights_path.string(), name, shape, found->second.sizes().vec()));
    }
    if (!found->second.is_floating_point())
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: tensor {}: expected floating point numbers", weights_path.string(), name));
    const at::Tensor tensor = found->second.to(at::kFloat);
    if (!tensor.isfinite().all().item<bool>())
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: tensor {} has numbers that are not finite; train or fetch it anew",
                              weights_path.string(), name));
    tensors.erase(found);
    return tensor;
  };
  lora.layers.resize(static_cast<size_t>(config.layers));
  bool any = false;
  for (size_t l = 0; l < lora.layers.size(); ++l) {
    for (size_t w = 0; w < linear_count; ++w) {
      const auto which = static_cast<Linear>(w);
      if (!is_target(targets, l, which)) continue;
      any = true;
      const auto [out, in] = linear_shape(config, which);
      lora.layers[l][w] = {take(tensor_name(l, which, 'A'), {lora.rank, in}),
                           take(tensor_name(l, which, 'B'), {out, lora.rank})};
    }
  }
  if (!any)
    options.fail(ErrorKind::BadFile, fmt::format("target_modules {} names no linear layer of this model",
                                                 options.shown(options.at("target_modules"))));
  if (!tensors.empty()) {
    throw Error(ErrorKind::Unsupported,
                fmt::format("{}: tensor {} has no place in this model; expected lora_A and lora_B of the layers that "
                            "target_modules names, alone",
                            weights_path.string(), tensors.begin()->first));
  }
  return lora;
}

}  // namespace prefscope
