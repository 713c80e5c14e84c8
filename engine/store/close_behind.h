// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>

#include "engine/base/progress.h"
#include "engine/store/workspace.h"

namespace prefscope {

/// Opens a workspace for a task that writes much in one transaction. What is written stays in the write-ahead log when
/// it is committed; the log goes into the database, or is let go where nothing was committed, when the workspace is
/// closed. With a large log (0.9 GB for 25 million rows) that takes seconds in which the system cannot be interrupted,
/// so it is done on a thread of its own: the task that was stopped answers before. The program's end waits for it.
/// Throws as Workspace does.
std::shared_ptr<Workspace> open_to_write_much(const std::filesystem::path& folder);

/// Returns when nothing is being closed any more, or a stop is asked for; reports it as a stage of its own.
void wait_until_closed(const TaskContext& context);

}  // namespace prefscope
