// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/text/sentencepiece_model.h"
#include "engine/text/tokenizer.h"
#include "engine/text/tokenizer_json.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t max_tokenizer_bytes = size_t{128} << 20, max_config_bytes = size_t{16} << 20;

/// What tokenizer_config.json beside a tokenizer.model says of BOS and EOS: add_bos_token and add_eos_token, else the
/// habit of its tokenizer_class (T5: EOS behind; the Llama family: BOS in front).
std::optional<SequenceEnds> sequence_ends(const fs::path& model) {
  const fs::path path = model.parent_path() / "tokenizer_config.json";
  std::error_code code;
  if (!fs::is_regular_file(path, code)) return std::nullopt;
  const json config = json::parse(read_file(path, max_config_bytes), nullptr, false);
  if (!config.is_object())
    throw Error(ErrorKind::BadFile, fmt::format("{}: expected a JSON object, found other or damaged content; fetch the "
                                                "file again, or remove it",
                                                path.string()));
  const bool t5 = config.value("tokenizer_class", json()).dump().starts_with("\"T5Tokenizer");
  const auto flag = [&](const char* key, bool fallback) {
    const auto found = config.find(key);
    return found != config.end() && found->is_boolean() ? found->get<bool>() : fallback;
  };
  return SequenceEnds{flag("add_bos_token", !t5), flag("add_eos_token", t5)};
}

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer(const fs::path& path) {
  fs::path file = path;
  std::error_code code;
  if (fs::is_directory(path, code)) {
    file = path / "tokenizer.json";
    if (!fs::exists(file, code)) file = path / "tokenizer.model";
    if (!fs::exists(file, code)) {
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: expected a tokenizer.json or a tokenizer.model, found neither; fetch the whole "
                              "folder",
                              path.string()));
    }
  }
  const std::string content = read_file(file, max_tokenizer_bytes);
  const bool sentencepiece = file.extension() == ".model" || file.extension() == ".spm";
  return std::make_unique<Tokenizer>(sentencepiece ? read_sentencepiece_model(file, content, sequence_ends(file))
                                                   : read_tokenizer_json(file, content));
}

}  // namespace prefscope
