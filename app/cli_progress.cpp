// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "app/cli_output.h"

namespace prefscope {
namespace {

std::string duration(double seconds) {
  const auto whole = static_cast<long>(std::lround(std::clamp(seconds, 0.0, 1e7)));
  return whole < 60 ? fmt::format("{} s", whole) : fmt::format("{} min {:02} s", whole / 60, whole % 60);
}

std::string inWords(const Progress& p) {
  std::string text = onOneLine(p.stage);
  if (p.fraction >= 0) text += fmt::format(": {:.0f} %", 100 * std::min(1.0, p.fraction));
  if (!p.detail.empty()) text += ", " + onOneLine(p.detail);
  if (p.seconds_left >= 0) text += fmt::format(", about {} left", duration(p.seconds_left));
  return text;
}

}  // namespace

ProgressLine::ProgressLine() : m_terminal(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (m_drawn) log("\r\x1b[K");
}

void ProgressLine::show(const Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  const auto pause = m_terminal ? std::chrono::milliseconds(100) : std::chrono::milliseconds(3000);
  if (progress.stage == m_stage && now - m_last < pause) return;
  m_stage = progress.stage;
  m_last = now;
  if (m_terminal) {
    log("\r\x1b[K" + inWords(progress));
    m_drawn = true;
  } else {
    log(inWords(progress) + "\n");
  }
}

}  // namespace prefscope
