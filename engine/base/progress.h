// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <chrono>
#include <functional>
#include <stop_token>
#include <string>

#include "engine/base/error.h"

namespace prefscope {

/// Where a task stands.
struct Progress {
  std::string stage;          ///< what is being done, in words: "Reading ratings.csv"
  double fraction = 0;        ///< of the whole task, 0 .. 1; negative while unknown
  double seconds_left = -1;   ///< estimate; negative while unknown
  std::string detail;         ///< a figure worth seeing: "step 12 of 240, loss 0.42"
};

/// How a caller follows and stops a task. Engine calls block; `progress` is called on the task's own thread, as often as it likes.
struct TaskContext {
  std::function<void(const Progress&)> progress = {};
  std::stop_token stop = {};

  /// Throws Cancelled when a stop was asked for. Call at least every 100 ms of work.
  void check() const {
    if (stop.stop_requested()) throw Cancelled{};
  }
  void report(const Progress& p) const {
    if (progress) progress(p);
  }
};

/// Reports the stage and fraction of a loop with an estimate of the time left, at most ten times a second.
class ProgressClock {
 public:
  /// begun: the fraction that a resumed task had behind it before this clock ran.
  ProgressClock(const TaskContext& context, std::string stage, double begun = 0);
  /// fraction: 0 .. 1 of this stage. Also throws Cancelled when a stop was asked for.
  void update(double fraction, const std::string& detail = {});

 private:
  const TaskContext& context_;
  std::string stage_;
  std::chrono::steady_clock::time_point start_, last_;
  double begun_;
};

}  // namespace prefscope
