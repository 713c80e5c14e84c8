// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

#include "engine/store/workspace.h"

namespace prefscope {

/// Writes a finished run to a folder that another workspace can take in: run.json (its row, curves and panel, users by
/// their keys) and adapter/. Throws BadInput where it is not done.
void save_run_bundle(Workspace& workspace, int64_t run, const std::filesystem::path& folder);

/// Takes such a run in, as finished, for a preparation with the same users and lists; the id. parent: the run it was
/// trained on. Throws BadFile, naming the file and the field, where the bundle is broken; nothing is kept then.
int64_t load_run_bundle(Workspace& workspace, const std::filesystem::path& folder, int64_t preparation, int64_t model,
                        std::optional<int64_t> parent);

}  // namespace prefscope
