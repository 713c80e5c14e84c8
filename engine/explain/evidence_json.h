// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "engine/explain/counterfactual.h"
#include "engine/explain/occlusion.h"

namespace prefscope {

/// As it is kept in the workspace and printed with --json; numbers come back as the same bits.
nlohmann::json occlusion_json(const Occlusion& occlusion);
/// Throws nlohmann's exceptions where a key is missing.
Occlusion occlusion_from_json(const nlohmann::json& kept);

/// As it is kept; added items by id.
nlohmann::json counterfactual_json(const Counterfactual& found);
/// item: the text of an id. Throws nlohmann's exceptions where a key is missing.
Counterfactual counterfactual_from_json(const nlohmann::json& kept, const std::function<ItemText(int64_t)>& item);

}  // namespace prefscope
