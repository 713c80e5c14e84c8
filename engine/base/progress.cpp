// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/progress.h"

#include <utility>

namespace prefscope {

using Clock = std::chrono::steady_clock;

ProgressClock::ProgressClock(const TaskContext& context, std::string stage, double begun)
    : context_(context),
      stage_(std::move(stage)),
      start_(Clock::now()),
      last_(start_ - std::chrono::seconds(1)),
      begun_(begun) {}

void ProgressClock::update(double fraction, const std::string& detail) {
  context_.check();
  const auto now = Clock::now();
  if (now - last_ < std::chrono::milliseconds(100) && fraction < 1) return;
  last_ = now;
  const double elapsed_s = std::chrono::duration<double>(now - start_).count();
  // Too early an estimate jumps about; wait for a little evidence.
  const double done = fraction - begun_;
  const bool known = done > 0.01 && elapsed_s > 0.5;
  context_.report({stage_, fraction, known ? elapsed_s * (1 - fraction) / done : -1, detail});
}

}  // namespace prefscope
