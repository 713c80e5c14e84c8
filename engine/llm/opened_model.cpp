// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/opened_model.h"

#include <c10/core/ScalarType.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/base/error.h"
#include "engine/llm/model_files.h"
#include "engine/llm/weights.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;

/// A tensor that is there though the model does not ask for it, and does no harm: a buffer of old writers, the head's
/// copy of a tied embedding.
bool is_left_over(const ModelConfig& config, const std::string& name) {
  return name.ends_with("rotary_emb.inv_freq") || (config.tie_word_embeddings && name == "lm_head.weight");
}

}  // namespace

OpenedModel open_model(const fs::path& folder) {
  OpenedModel model;
  model.config = read_model_config(folder);
  for (const fs::path& path : weight_files(folder)) model.files.push_back(open_safetensors(path));
  const auto path_of = [&](size_t file) { return model.files[file].path.string(); };

  std::map<std::string, std::pair<size_t, size_t>> found;
  for (size_t f = 0; f < model.files.size(); ++f) {
    for (size_t e = 0; e < model.files[f].entries.size(); ++e) {
      const std::string& name = model.files[f].entries[e].name;
      const auto [place, is_new] = found.emplace(name, std::pair(f, e));
      if (!is_new)
        throw Error(ErrorKind::BadFile, fmt::format("{}: tensor {} is also in {}; expected it in one shard alone",
                                                    path_of(f), name, path_of(place->second.first)));
    }
  }
  for (const auto& [name, shape] : tensor_shapes(model.config)) {
    const auto place = found.find(name);
    if (place == found.end()) {
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: tensor {} is missing; config.json and weights do not belong together",
                              model.files.size() == 1 ? path_of(0) : folder.string(), name));
    }
    const auto [file, index] = place->second;
    const SafetensorsFile::Entry& entry = model.files[file].entries[index];
    if (entry.shape != shape)
      throw Error(ErrorKind::BadFile, fmt::format("{}: tensor {}: config.json says shape {}, found {}", path_of(file),
                                                  name, shape, entry.shape));
    if (!c10::isFloatingType(entry.dtype))
      throw Error(ErrorKind::Unsupported, fmt::format("{}: tensor {}: expected floating point weights, found {}",
                                                      path_of(file), name, c10::toString(entry.dtype)));
    model.bytes += static_cast<int64_t>(entry.end - entry.begin);
    model.tensors.insert(found.extract(place));
  }
  for (const auto& [name, place] : found) {
    if (!is_left_over(model.config, name))
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: tensor {} has no place in this model", path_of(place.first), name));
  }
  return model;
}

}  // namespace prefscope
