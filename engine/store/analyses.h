// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>

#include "engine/store/scores.h"

namespace prefscope {

/// Keeps what was found out about an example under a policy, replacing what the same question found before.
/// kind: occlusion, counterfactual, film, rationale. settings: JSON of everything else that decides the result. result: JSON.
void save_analysis(Workspace& workspace, int64_t example, const Policy& policy, const std::string& kind,
                   const std::string& settings, const std::string& result);

/// The result of the same question; nothing where it was never asked.
std::optional<std::string> find_analysis(Workspace& workspace, int64_t example, const Policy& policy,
                                         const std::string& kind, const std::string& settings);

}  // namespace prefscope
