// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/data/split.h"
#include "engine/store/workspace.h"

namespace prefscope {

/// What the users of a set did, those with rows under the view alone, in order of id. positives: ratings above the
/// threshold (all rows without one) under the steps of a view, an item at its first place alone; touched: items of the
/// untouched import.
std::vector<UserActs> read_acts(Workspace& workspace, int64_t data_set, const std::optional<double>& threshold,
                                const std::vector<std::string>& view, const TaskContext& context);

}  // namespace prefscope
