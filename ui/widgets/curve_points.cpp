// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/curve_points.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace prefscope {

std::vector<double> runningMean(const std::vector<double>& values) {
  const size_t width = std::max<size_t>(5, values.size() / 20);
  std::vector<double> means(values.size(), std::nan(""));
  double sum = 0;
  size_t n = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) {
      sum += values[i];
      ++n;
    }
    if (i >= width && std::isfinite(values[i - width])) {
      sum -= values[i - width];
      --n;
    }
    if (n > 0) means[i] = sum / static_cast<double>(n);
  }
  return means;
}

CurvePoints thinned(const std::vector<double>& x, const std::vector<double>& y, double first, double last,
                    size_t columns) {
  CurvePoints points;
  const auto add = [&](size_t i) {
    points.x.push_back(x[i]);
    points.y.push_back(y[i]);
  };
  if (x.size() <= 4 * columns || columns == 0 || !(last > first)) {
    for (size_t i = 0; i < x.size(); ++i) {
      if (std::isfinite(y[i])) add(i);
    }
    return points;
  }
  points.x.reserve(4 * columns);
  points.y.reserve(4 * columns);
  const double scale = static_cast<double>(columns) / (last - first);
  const auto columnOf = [&](size_t i) { return static_cast<long long>((x[i] - first) * scale); };
  size_t i = 0;
  while (i < x.size()) {
    const long long column = columnOf(i);
    size_t begin = x.size(), low = 0, high = 0, end = 0;  // begin: none yet
    for (; i < x.size() && columnOf(i) == column; ++i) {
      if (!std::isfinite(y[i])) continue;
      if (begin == x.size()) begin = low = high = i;
      if (y[i] < y[low]) low = i;
      if (y[i] > y[high]) high = i;
      end = i;
    }
    if (begin == x.size()) continue;
    std::array<size_t, 4> kept = {begin, std::min(low, high), std::max(low, high), end};
    for (size_t k = 0; k < kept.size(); ++k) {
      if (k == 0 || kept[k] != kept[k - 1]) add(kept[k]);
    }
  }
  return points;
}

}  // namespace prefscope
