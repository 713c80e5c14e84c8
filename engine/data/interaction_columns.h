// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace prefscope {

inline constexpr int64_t no_time = std::numeric_limits<int64_t>::min();

/// Interactions as columns, 24 bytes each, so that tens of millions fit into memory. Each column is as long as the
/// others.
struct InteractionColumns {
  std::vector<int32_t> users, items;  ///< indices
  std::vector<double> ratings;        ///< NaN where there is none
  std::vector<int64_t> times;         ///< seconds since 1970, UTC; no_time where unknown
  /// Of a second, after each time: they decide the order and are not kept. Empty where all times are whole seconds.
  std::vector<uint16_t> thousandths;

  size_t size() const { return users.size(); }
  /// The time in thousandths of a second; no_time where unknown.
  int64_t moment(size_t row) const {
    if (times[row] == no_time) return no_time;
    return times[row] * 1000 + (thousandths.empty() ? 0 : thousandths[row]);
  }
  void add(int32_t user, int32_t item, double rating, int64_t time, int part = 0) {
    if (part != 0) thousandths.resize(size());
    if (part != 0 || !thousandths.empty()) thousandths.push_back(static_cast<uint16_t>(part));
    users.push_back(user);
    items.push_back(item);
    ratings.push_back(rating);
    times.push_back(time);
  }
};

}  // namespace prefscope
