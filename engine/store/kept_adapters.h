// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "engine/store/workspace.h"

namespace prefscope {

/// Where a run keeps its adapter as it was after a step, in PEFT's layout.
std::filesystem::path kept_adapter(const Workspace& workspace, int64_t run, int64_t step);

/// The steps whose adapters are there, in order; none for a large model (tasks/train.cpp says from when on), for a run
/// without a panel, and for one that was made by an earlier version.
std::vector<int64_t> kept_steps(const Workspace& workspace, int64_t run);

}  // namespace prefscope
