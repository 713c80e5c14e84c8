// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "engine/base/progress.h"
#include "engine/data/starter_texts.h"

namespace prefscope {

/// The training users of a preparation: their positives before the target; no held-out user. What speaks for an item is
/// what ItemKNN, fitted on them, adds for each item of the history; for an attribute, the sum over the items that share
/// it. Throws BadInput when no user has two.
StarterPopulation training_population(Workspace& workspace, const std::string& name, const Preparation& preparation,
                                      const TaskContext& context);

}  // namespace prefscope
