// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <stop_token>

namespace prefscope {

inline constexpr int exitCancelled = 130;

/// Forks: comes back in the child alone, which does the work. The first process hands on SIGINT and SIGTERM, and ends
/// as the child does. A first signal asks `stop` to stop, in good order; a second one ends the program at once, and so
/// does the end of the first process. Call before any other thread starts.
///
/// Why two: after a stop the first process ends as soon as the task has answered. What the task wrote (0.9 GB after an
/// import of 25 million rows) takes the system up to seconds to write or to let go, and no process ends meanwhile.
void workInChild(const std::stop_source& stop);

/// The answer is printed, and the program will end with `code`: after a stop the first process ends now.
void answered(int code);

}  // namespace prefscope
