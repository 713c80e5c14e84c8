// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>

#include "engine/store/preparations.h"
#include "engine/store/runs.h"

namespace prefscope {

/// How many of the users that a preparation holds out a run learned from, its parents aside. Also across data sets: a
/// user of a set is that of another where both came from the same content (the same files imported twice, or combined
/// sets that have a part in common) and had the same key there.
int64_t users_learned_from(Workspace& workspace, const Run& run, const Preparation& preparation);

}  // namespace prefscope
