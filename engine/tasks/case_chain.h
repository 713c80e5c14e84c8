// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "engine/tasks/explain.h"

namespace prefscope {

/// Reads the chain of options.run; what is not scored yet is scored and kept. Ranked by log-prob, by token where
/// options.score is mean. Throws BadInput as rank() does.
CaseChain read_chain(const RankOptions& options, const TaskContext& context);

}  // namespace prefscope
