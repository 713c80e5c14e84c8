// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include "engine/base/progress.h"
#include "engine/store/workspace.h"

namespace prefscope {

/// While it lives, statements of this connection end with SQLITE_INTERRUPT once a stop is asked for; one that writes
/// takes its transaction back.
class StopsStatements {
 public:
  StopsStatements(Workspace& workspace, const TaskContext& context) : db_(workspace.db().getHandle()) {
    constexpr int steps_between_polls = 10'000;  // of SQLite's machine: a fraction of a millisecond
    sqlite3_progress_handler(
        db_, steps_between_polls,
        [](void* stop) { return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0; },
        const_cast<std::stop_token*>(&context.stop));
  }
  ~StopsStatements() { sqlite3_progress_handler(db_, 0, nullptr, nullptr); }
  StopsStatements(const StopsStatements&) = delete;
  StopsStatements& operator=(const StopsStatements&) = delete;

 private:
  sqlite3* db_;
};

/// Gives what `act` does, whose statements can be stopped at any moment: Cancelled is thrown then. A connection has one
/// of these at a time.
template <typename Act>
auto stoppable(Workspace& workspace, const TaskContext& context, const Act& act) {
  const StopsStatements stops(workspace, context);
  try {
    return act();
  } catch (const SQLite::Exception&) {
    context.check();
    throw;
  }
}

}  // namespace prefscope
