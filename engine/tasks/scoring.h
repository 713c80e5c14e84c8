// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/preparations.h"
#include "engine/store/scores.h"

namespace prefscope {

/// Scores the candidate lists of these examples under a policy (every prompt order) and keeps the log-probs; what is
/// already kept is left. The prompt is run once for an example, all candidates hang below it.
void score_examples(Workspace& workspace, const Preparation& preparation, const std::vector<int64_t>& examples,
                    const Policy& policy, const std::string& device, const TaskContext& context);

}  // namespace prefscope
