// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "engine/llm/policy.h"
#include "engine/store/preparations.h"

namespace prefscope {

/// The margin of a candidate under each of several histories: log-prob of its response less the mean of the other
/// candidates', in nats. One pass; histories that begin alike share their beginning. Throws BadInput where a prompt
/// exceeds the model's positions, naming `user`.
/// histories: at least one; candidates: at least two, listed in this order where the prompt lists them; item: index.
std::vector<double> margins_by_history(const LoadedPolicy& policy, const std::string& prompt_template,
                                       const std::vector<std::vector<const ItemText*>>& histories,
                                       const std::vector<const ItemText*>& candidates, size_t item,
                                       const std::string& user);

}  // namespace prefscope
