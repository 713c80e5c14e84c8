// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace prefscope {

enum class TimeUnit { Hour, Day, Month, Year };

/// How many rows lie within each hour, day, month or year (UTC).
struct Timeline {
  TimeUnit unit = TimeUnit::Month;
  int64_t first = 0, last = 0;                     ///< the earliest and the latest time, seconds since 1970
  std::vector<std::pair<int64_t, int64_t>> parts;  ///< where each unit begins and its rows, from the first to the last
  int64_t undated = 0;                             ///< rows without a time, or outside the years 1970 .. 2099
};

/// By hour where all rows lie within two days, by day within three months (92 days), by month within 15 years, else by
/// year. times: seconds since 1970, UTC, in any order; no_time where unknown.
Timeline timeline_of(std::span<const int64_t> times);

}  // namespace prefscope
