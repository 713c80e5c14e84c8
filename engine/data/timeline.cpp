// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/timeline.h"

#include <algorithm>
#include <chrono>
#include <map>

namespace prefscope {
namespace {

constexpr int64_t hour_s = 3600, day_s = 24 * hour_s;
constexpr int64_t years15_s = int64_t{15} * 365 * day_s;
constexpr int64_t latest = 4'102'444'800;  // 2100

TimeUnit unit_of(int64_t span_s) {
  if (span_s <= 2 * day_s) return TimeUnit::Hour;
  if (span_s <= 92 * day_s) return TimeUnit::Day;
  return span_s <= years15_s ? TimeUnit::Month : TimeUnit::Year;
}

int64_t seconds_of(std::chrono::year_month_day day) {
  return std::chrono::sys_seconds(std::chrono::sys_days(day)).time_since_epoch().count();
}

/// Where the unit that a time lies in begins, or, with `next`, the one after it.
int64_t begin_of(TimeUnit unit, int64_t time, bool next = false) {
  if (unit == TimeUnit::Hour) return time - time % hour_s + (next ? hour_s : 0);
  if (unit == TimeUnit::Day) return time - time % day_s + (next ? day_s : 0);
  using namespace std::chrono;
  const year_month_day day(floor<days>(sys_seconds(seconds(time))));
  if (unit == TimeUnit::Year) return seconds_of((day.year() + years(next ? 1 : 0)) / 1 / 1);
  return seconds_of((day.year() / day.month() + months(next ? 1 : 0)) / 1);
}

}  // namespace

Timeline timeline_of(std::span<const int64_t> times) {
  Timeline line;
  std::vector<int64_t> known;
  for (const int64_t time : times) {
    if (time >= 0 && time < latest) known.push_back(time);
  }
  line.undated = std::ssize(times) - std::ssize(known);
  if (known.empty()) return line;
  const auto [first, last] = std::minmax_element(known.begin(), known.end());
  line.first = *first;
  line.last = *last;
  line.unit = unit_of(line.last - line.first);
  std::map<int64_t, int64_t> counts;
  for (int64_t at = begin_of(line.unit, line.first); at <= line.last; at = begin_of(line.unit, at, true))
    counts[at] = 0;
  for (const int64_t time : known) ++counts[begin_of(line.unit, time)];
  line.parts.assign(counts.begin(), counts.end());
  return line;
}

}  // namespace prefscope
