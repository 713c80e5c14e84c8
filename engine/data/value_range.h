// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <limits>
#include <string_view>

namespace prefscope {

/// Which values a filter keeps: those in [low, high], or those that are missing.
struct ValueRange {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool missing = false;  ///< keeps what has no value, and nothing else

  bool operator==(const ValueRange&) const = default;
  bool holds(double value) const { return !missing && value >= low && value <= high; }
};

/// Reads "4", "= 4", "> 3", ">= 3.5", "< 5", "<= 5", "3..5" (both ends belong to it, either may be absent) or "none".
/// Throws BadInput, naming what is expected.
ValueRange parse_number_range(std::string_view text);

/// The same of times, in seconds since 1970, UTC. A time is a year, a month ("2015-03"), a day, a minute ("2015-03-01
/// 10:00"), a moment ("2015-03-01T10:00:00Z") or seconds since 1970 of five digits or more; it stands for all of its
/// span, so "2015" keeps the year, "> 2015" begins with 2016 and "2001..2003" ends with 2003.
ValueRange parse_time_range(std::string_view text);

}  // namespace prefscope
