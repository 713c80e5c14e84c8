// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/tasks/inspect_example.h"

namespace prefscope {

/// An inspected example for scripts, with every token's id.
nlohmann::ordered_json seen_json(const SeenExample& example);
/// The same for people. What came from outside stands in it as it is, control characters included.
std::string seen_text(const SeenExample& example);
/// "221 tokens of 1024 positions", and where that is too many what would have to go.
std::string seen_length_text(const SeenExample& example);

}  // namespace prefscope
