// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <chrono>
#include <string>

#include "engine/base/progress.h"

namespace prefscope {

/// Shows how a task goes on stderr: one line drawn anew on a terminal, else a line whenever the stage changes and every
/// three seconds. Used by one thread.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void show(const Progress& progress);

 private:
  bool m_terminal;
  bool m_drawn = false;
  std::string m_stage;
  std::chrono::steady_clock::time_point m_last;
};

}  // namespace prefscope
