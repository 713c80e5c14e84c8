// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <vector>

namespace prefscope {

/// Mean over the last n / 20 values, at least 5, at each place; what is not finite is left out. NaN where there is
/// nothing to take a mean of. Linear in the number of values.
std::vector<double> runningMean(const std::vector<double>& values);

/// Points of a line.
struct CurvePoints {
  std::vector<double> x, y;
};
/// What a screen `columns` pixels wide can show of a curve between `first` and `last`: in each column the first,
/// lowest, highest and last value, in their order; all points where they are few. x ascending and as long as y; values
/// that are not finite are left out.
CurvePoints thinned(const std::vector<double>& x, const std::vector<double>& y, double first, double last,
                    size_t columns);

}  // namespace prefscope
