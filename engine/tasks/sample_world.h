// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>

#include "engine/base/progress.h"
#include "engine/data/world.h"

namespace prefscope {

struct SampleWorldOptions {
  std::filesystem::path out;  ///< folder for items.csv, interactions.csv, truth.json, README.md
  int items = bundled_world_items;
  int users = bundled_world_users;
  uint64_t seed = bundled_world_seed;
};

/// Writes a fictional catalogue, users with hidden tastes and the interactions drawn from them; the true reasons are
/// kept apart in truth.json. Same seed, same bytes.
void write_sample_world(const SampleWorldOptions& options, const TaskContext& context);

}  // namespace prefscope
