// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "engine/explain/occlusion.h"

namespace prefscope {

/// As it is kept in the workspace and printed with --json; numbers come back as the same bits.
nlohmann::json occlusion_json(const Occlusion& occlusion);
/// Throws nlohmann's exceptions where a key is missing.
Occlusion occlusion_from_json(const nlohmann::json& kept);

}  // namespace prefscope
