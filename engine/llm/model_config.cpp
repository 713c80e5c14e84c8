// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/model_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/llm/model_files.h"

// Where a field is absent, the default is that of the family's configuration class in transformers.

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const std::pair<const char*, Architecture> model_types[] = {{"llama", Architecture::Llama},
                                                            {"mistral", Architecture::Mistral},
                                                            {"qwen2", Architecture::Qwen2},
                                                            {"qwen3", Architecture::Qwen3}};

/// A value as the file has it, cut where it is long.
std::string shown(const json& value) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() <= 200) return text;
  text.resize(200);
  text += "...";
  return text;
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
    const json& value = object[key];
    const bool huge = value.is_number_unsigned() && value.get<uint64_t>() > uint64_t{INT64_MAX};
    if (huge || value.get<int64_t>() < low || value.get<int64_t>() > high)
      fail(ErrorKind::BadFile, fmt::format("expected {} within {} .. {}, found {}", key, low, high, value.dump()));
    return value.get<int64_t>();
  }
  int64_t integer_or(const char* key, int64_t fallback, int64_t low, int64_t high) const {
    return has(key) ? integer(key, low, high) : fallback;
  }
  double positive(const char* key) const {
    if (!has(key)) fail(ErrorKind::BadFile, fmt::format("expected the positive number {}", key));
    if (!object[key].is_number() || !(object[key].get<double>() > 0))
      fail(ErrorKind::BadFile, fmt::format("expected a positive number for {}, found {}", key, shown(object[key])));
    return object[key].get<double>();
  }
  double positive_or(const char* key, double fallback) const { return has(key) ? positive(key) : fallback; }
  bool flag(const char* key) const {
    if (!has(key)) return false;
    if (!object[key].is_boolean())
      fail(ErrorKind::BadFile, fmt::format("expected true or false for {}, found {}", key, shown(object[key])));
    return object[key].get<bool>();
  }
  /// Refuses an option that is set to something other than what is implemented.
  void only(const char* key, const json& implemented) const {
    if (has(key) && object[key] != implemented) {
      fail(ErrorKind::Unsupported,
           fmt::format("{} = {} is not supported; expected {}", key, shown(object[key]), implemented.dump()));
    }
  }
};

json read_object(const fs::path& path) {
  const std::string text = read_file(path, 1 << 20);
  json object = json::parse(text, nullptr, false);
  if (!object.is_object()) {
    const std::string other = not_what_was_meant(text);
    throw Error(ErrorKind::BadFile,
                fmt::format("{}: expected a JSON object{}", path.string(), other.empty() ? "" : ", found " + other));
  }
  return object;
}

Architecture read_architecture(const ConfigReader& read) {
  for (const auto& [name, architecture] : model_types) {
    if (read.has("model_type") && read.object["model_type"] == name) return architecture;
  }
  read.fail(ErrorKind::Unsupported,
            fmt::format("model_type {} is not supported; expected \"llama\", \"mistral\", \"qwen2\" or \"qwen3\"",
                        read.has("model_type") ? shown(read.object["model_type"]) : "(none)"));
}

/// A folder may hold another kind of model of the same family, as one that classifies.
void check_head(const ConfigReader& read) {
  if (!read.has("architectures")) return;
  const json& names = read.object["architectures"];
  const bool known = names.is_array() && std::any_of(names.begin(), names.end(), [](const json& name) {
                       return name.is_string() && name.get_ref<const std::string&>().ends_with("ForCausalLM");
                     });
  if (!known) {
    read.fail(ErrorKind::Unsupported, fmt::format("architectures = {} is not supported; expected one that ends in "
                                                  "ForCausalLM, which has a head over the vocabulary",
                                                  shown(names)));
  }
}

void read_heads(const ConfigReader& read, ModelConfig& c) {
  c.heads = read.integer("num_attention_heads", 1, 1'024);
  const int64_t usual = c.architecture == Architecture::Llama     ? c.heads
                        : c.architecture == Architecture::Mistral ? 8
                                                                  : 32;
  if (read.has("num_key_value_heads")) {
    c.kv_heads = read.integer("num_key_value_heads", 1, c.heads);
  } else {
    c.kv_heads = read.object.contains("num_key_value_heads") ? c.heads : usual;  // null is as many as heads
  }
  if (c.heads % c.kv_heads != 0)
    read.fail(ErrorKind::BadFile,
              fmt::format("expected num_attention_heads to be a multiple of num_key_value_heads, found {} and {}",
                          c.heads, c.kv_heads));
  if (read.has("head_dim")) {
    c.head_dim = read.integer("head_dim", 2, 4'096);
  } else if (c.architecture == Architecture::Qwen3) {
    c.head_dim = 128;
  } else if (c.hidden_size % c.heads != 0) {
    read.fail(ErrorKind::BadFile,
              fmt::format("expected hidden_size to be a multiple of num_attention_heads, found {} and {}",
                          c.hidden_size, c.heads));
  } else {
    c.head_dim = c.hidden_size / c.heads;
  }
  if (c.head_dim % 2 != 0)
    read.fail(ErrorKind::BadFile, fmt::format("expected an even head_dim, found {}", c.head_dim));
}

/// transformers 4 has rope_theta, and rope_scaling where frequencies are scaled; 5 has both in rope_parameters, but
/// still takes rope_scaling before it.
void read_rope(const ConfigReader& read, ModelConfig& c) {
  c.rope_theta = read.positive_or("rope_theta", 10000);
  read.only("partial_rotary_factor", 1.0);
  const char* const key = read.has("rope_scaling") ? "rope_scaling" : "rope_parameters";
  if (!read.has(key)) return;
  if (!read.object[key].is_object()) read.fail(ErrorKind::BadFile, fmt::format("expected an object for {}", key));
  const ConfigReader rope{read.path, read.object[key]};
  for (const auto& [name, value] : rope.object.items()) {
    static const char* const known[] = {"rope_type",
                                        "type",
                                        "rope_theta",
                                        "factor",
                                        "low_freq_factor",
                                        "high_freq_factor",
                                        "partial_rotary_factor",
                                        "original_max_position_embeddings"};
    if (std::find(std::begin(known), std::end(known), name) == std::end(known) && !value.is_null())
      rope.fail(ErrorKind::Unsupported, fmt::format("{} = {} in {} is not supported", name, shown(value), key));
  }
  rope.only("partial_rotary_factor", 1.0);
  c.rope_theta = rope.positive_or("rope_theta", c.rope_theta);
  const char* const type_key = rope.has("rope_type") ? "rope_type" : "type";
  if (!rope.has(type_key) || rope.object[type_key] == "default") return;
  if (rope.object[type_key] == "linear") {
    c.rope_scaling.kind = RopeScaling::Kind::Linear;
    c.rope_scaling.factor = rope.positive("factor");
    return;
  }
  if (rope.object[type_key] != "llama3") {
    rope.fail(ErrorKind::Unsupported, fmt::format("{} = {} is not supported; expected \"default\", \"linear\" or "
                                                  "\"llama3\"",
                                                  type_key, shown(rope.object[type_key])));
  }
  c.rope_scaling = {RopeScaling::Kind::Llama3, rope.positive("factor"), rope.positive("low_freq_factor"),
                    rope.positive("high_freq_factor"),
                    rope.integer_or("original_max_position_embeddings", c.max_positions, 1, 100'000'000)};
  if (c.rope_scaling.high_freq_factor <= c.rope_scaling.low_freq_factor) {
    rope.fail(ErrorKind::BadFile, fmt::format("expected high_freq_factor above low_freq_factor, found {} and {}",
                                              c.rope_scaling.high_freq_factor, c.rope_scaling.low_freq_factor));
  }
}

/// Mistral: every layer has the window, where there is one. Qwen: where use_sliding_window is on, the layers that
/// layer_types names, or else those from max_window_layers on.
void read_windows(const ConfigReader& read, ModelConfig& c) {
  const bool mistral = c.architecture == Architecture::Mistral, llama = c.architecture == Architecture::Llama;
  int64_t window = 0;
  if (mistral || (!llama && read.flag("use_sliding_window"))) {
    if (read.has("sliding_window")) window = read.integer("sliding_window", 1, 100'000'000);
    if (!read.object.contains("sliding_window")) window = 4096;  // but null is none
  }
  const int64_t first = mistral || llama ? 0 : read.integer_or("max_window_layers", 28, 0, 1'000'000);
  std::vector<int64_t> windows(static_cast<size_t>(c.layers), 0);
  for (size_t l = static_cast<size_t>(std::min(first, c.layers)); l < windows.size(); ++l) windows[l] = window;
  if (read.has("layer_types")) {
    const json& types = read.object["layer_types"];
    if (!types.is_array() || types.size() != windows.size())
      read.fail(ErrorKind::BadFile,
                fmt::format("expected layer_types to be a list of {} names, found {}", c.layers, shown(types)));
    for (size_t l = 0; l < windows.size(); ++l) {
      const bool sliding = types[l] == "sliding_attention";
      if (!sliding && types[l] != "full_attention") {
        read.fail(ErrorKind::Unsupported, fmt::format("layer_types[{}] = {} is not supported; expected "
                                                      "\"full_attention\" or \"sliding_attention\"",
                                                      l, shown(types[l])));
      }
      // transformers does not look at them in these two families: what contradicts the rest is not guessed.
      if ((mistral || llama) && sliding != (windows[l] > 0))
        read.fail(ErrorKind::Unsupported,
                  fmt::format("layer_types[{}] = {} is not supported in a {} model with sliding_window {}", l,
                              shown(types[l]), model_type(c.architecture), window));
      if (sliding && window == 0)
        read.fail(ErrorKind::BadFile,
                  fmt::format("layer_types[{}] = \"sliding_attention\": expected use_sliding_window "
                              "and a sliding_window",
                              l));
      windows[l] = sliding ? window : 0;
    }
  }
  if (std::any_of(windows.begin(), windows.end(), [](int64_t w) { return w > 0; })) c.windows = windows;
}

/// Ids of one key: a number, a list of them, or nothing.
std::vector<int64_t> read_ids(const ConfigReader& read, const char* key, int64_t vocabulary) {
  std::vector<int64_t> ids;
  if (!read.has(key)) return ids;
  const json& found = read.object[key];
  for (const json& value : found.is_array() ? found : json::array({found})) {
    if (!value.is_number_integer() || value.get<int64_t>() < 0 || value.get<int64_t>() >= vocabulary) {
      read.fail(ErrorKind::BadFile,
                fmt::format("expected {} within 0 .. {}, found {}", key, vocabulary - 1, shown(value)));
    }
    ids.push_back(value.get<int64_t>());
  }
  return ids;
}

}  // namespace

std::string model_type(Architecture architecture) {
  return model_types[static_cast<size_t>(architecture)].first;
}

ModelConfig read_model_config(const fs::path& folder) {
  const fs::path path = model_file(folder, "config.json");
  const json object = read_object(path);
  const ConfigReader read{path, object};
  ModelConfig c;
  c.architecture = read_architecture(read);
  check_head(read);
  read.only("hidden_act", "silu");
  read.only("quantization_config", nullptr);
  read.only("attention_dropout", 0.0);

  c.vocab_size = read.integer("vocab_size", 1, 4'000'000);
  c.hidden_size = read.integer("hidden_size", 1, 65'536);
  c.intermediate_size = read.integer("intermediate_size", 1, 1'000'000);
  c.layers = read.integer("num_hidden_layers", 1, 1'000);
  read_heads(read, c);
  const int64_t usual_positions = c.architecture == Architecture::Llama     ? 2'048
                                  : c.architecture == Architecture::Mistral ? 131'072
                                                                            : 32'768;
  c.max_positions = read.integer_or("max_position_embeddings", usual_positions, 1, 100'000'000);
  c.rms_norm_eps = read.positive_or("rms_norm_eps", 1e-6);
  read_rope(read, c);
  read_windows(read, c);
  c.tie_word_embeddings = read.flag("tie_word_embeddings");
  switch (c.architecture) {
    case Architecture::Llama:
      c.qkv_bias = c.output_bias = read.flag("attention_bias");
      c.mlp_bias = read.flag("mlp_bias");
      break;
    case Architecture::Mistral:
      break;
    case Architecture::Qwen2:
      c.qkv_bias = true;
      break;
    case Architecture::Qwen3:
      c.qkv_bias = c.output_bias = read.flag("attention_bias");
      c.qk_norm = true;
      break;
  }

  const auto bos = read_ids(read, "bos_token_id", c.vocab_size);
  if (!bos.empty()) c.bos = bos.front();
  c.eos = read_ids(read, "eos_token_id", c.vocab_size);
  // Chat models often have a further end there: that of a turn.
  if (fs::exists(folder / "generation_config.json")) {
    const fs::path more = model_file(folder, "generation_config.json");
    const json generation = read_object(more);
    for (const int64_t id : read_ids({more, generation}, "eos_token_id", c.vocab_size)) {
      if (std::find(c.eos.begin(), c.eos.end(), id) == c.eos.end()) c.eos.push_back(id);
    }
  }
  if (read.has("prefscope_rationales") && object["prefscope_rationales"].is_string()) {
    c.taught_rationales = object["prefscope_rationales"].get<std::string>();
    size_t end = std::min<size_t>(c.taught_rationales.size(), 200);
    while (end < c.taught_rationales.size() && (c.taught_rationales[end] & 0xC0) == 0x80) --end;  // whole characters
    c.taught_rationales.resize(end);
  }
  if (read.has("prefscope_rationale_prompt")) {
    const json& name = object["prefscope_rationale_prompt"];
    if (name != "rationale" && name != "rationale-shared")
      read.fail(ErrorKind::Unsupported,
                fmt::format("prefscope_rationale_prompt = {} is not supported; expected \"rationale\" or "
                            "\"rationale-shared\"",
                            shown(name)));
    c.rationale_prompt = name.get<std::string>();
  }
  return c;
}

std::string config_json(const ModelConfig& c, const std::string& dtype) {
  static const char* const classes[] = {"LlamaForCausalLM", "MistralForCausalLM", "Qwen2ForCausalLM",
                                        "Qwen3ForCausalLM"};
  json eos = c.eos;
  if (c.eos.empty()) eos = nullptr;
  if (c.eos.size() == 1) eos = c.eos.front();
  json config = {{"architectures", {classes[static_cast<size_t>(c.architecture)]}},
                 {"model_type", model_type(c.architecture)},
                 {"attention_dropout", 0.0},
                 {"bos_token_id", c.bos ? json(*c.bos) : json(nullptr)},
                 {"eos_token_id", eos},
                 {"head_dim", c.head_dim},
                 {"hidden_act", "silu"},
                 {"hidden_size", c.hidden_size},
                 {"initializer_range", 0.02},
                 {"intermediate_size", c.intermediate_size},
                 {"max_position_embeddings", c.max_positions},
                 {"num_attention_heads", c.heads},
                 {"num_hidden_layers", c.layers},
                 {"num_key_value_heads", c.kv_heads},
                 {"rms_norm_eps", c.rms_norm_eps},
                 {"rope_scaling", nullptr},
                 {"rope_theta", c.rope_theta},
                 {"tie_word_embeddings", c.tie_word_embeddings},
                 {"torch_dtype", dtype},
                 {"use_cache", true},
                 {"vocab_size", c.vocab_size}};
  if (c.architecture == Architecture::Llama || c.architecture == Architecture::Qwen3)
    config["attention_bias"] = c.qkv_bias;
  if (c.architecture == Architecture::Llama) config["mlp_bias"] = c.mlp_bias;
  const RopeScaling& rope = c.rope_scaling;
  if (rope.kind == RopeScaling::Kind::Linear) {
    config["rope_scaling"] = {{"rope_type", "linear"}, {"type", "linear"}, {"factor", rope.factor}};
  } else if (rope.kind == RopeScaling::Kind::Llama3) {
    config["rope_scaling"] = {{"rope_type", "llama3"},
                              {"factor", rope.factor},
                              {"low_freq_factor", rope.low_freq_factor},
                              {"high_freq_factor", rope.high_freq_factor},
                              {"original_max_position_embeddings", rope.original_positions}};
  }
  const auto window = std::find_if(c.windows.begin(), c.windows.end(), [](int64_t w) { return w > 0; });
  if (c.architecture != Architecture::Llama)
    config["sliding_window"] = window == c.windows.end() ? json(nullptr) : json(*window);
  if (c.architecture == Architecture::Qwen2 || c.architecture == Architecture::Qwen3) {
    config["use_sliding_window"] = window != c.windows.end();
    for (size_t l = 0; l < static_cast<size_t>(c.layers); ++l)
      config["layer_types"].push_back(c.window(l) > 0 ? "sliding_attention" : "full_attention");
    config["max_window_layers"] = window - c.windows.begin();  // what transformers reads before it had layer_types
  }
  if (!c.taught_rationales.empty()) config["prefscope_rationales"] = c.taught_rationales;
  if (c.rationale_prompt != "rationale") config["prefscope_rationale_prompt"] = c.rationale_prompt;
  return config.dump(2) + "\n";
}

}  // namespace prefscope
