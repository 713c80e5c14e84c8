// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "engine/store/data_sets.h"

namespace prefscope {

/// The place, from 0, of the first interaction with at least this rating, or this time in seconds since 1970, where the
/// table is sorted by it, ascending: 25 single reads for 30 million rows. Where there is none, the number of rows.
int64_t firstRowFrom(Workspace& workspace, int64_t dataSet, InteractionOrder order, double value);

}  // namespace prefscope
