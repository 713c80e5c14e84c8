// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/model_config.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

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

ModelConfig read_model_config(const fs::path& folder) {
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

  ModelConfig c;
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

}  // namespace prefscope
