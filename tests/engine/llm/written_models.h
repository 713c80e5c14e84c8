// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "tests/engine/llm/small_models.h"

inline nlohmann::json read_json(const std::filesystem::path& path) {
  return nlohmann::json::parse(prefscope::read_file(path));
}

/// Writes a good small model, then its config.json changed by a JSON merge patch (null deletes a key).
inline void write_patched_model(const std::filesystem::path& folder, const nlohmann::json& patch) {
  prefscope::save_weights(lively_weights(small_config(), 1), folder, false);
  nlohmann::json config = read_json(folder / "config.json");
  config.merge_patch(patch);
  prefscope::write_file_atomically(folder / "config.json", config.dump());
}
