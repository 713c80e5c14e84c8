// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "engine/store/preparations.h"

namespace prefscope {

/// The preparation asked for, or the newest of the set. Throws BadInput where there is none, or it is another set's.
Preparation chosen_preparation(Workspace& workspace, const std::string& data_set, std::optional<int64_t> asked);

}  // namespace prefscope
