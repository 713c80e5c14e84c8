// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/base/progress.h"

namespace prefscope {

/// Bits that sort as the number does; NaN, which stands for none, first.
inline uint64_t sortable(double value) {
  if (std::isnan(value)) return 0;
  const auto bits = std::bit_cast<uint64_t>(value == 0 ? 0.0 : value);  // -0 and 0 are equal
  return bits >> 63 ? ~bits : bits | uint64_t{1} << 63;
}
inline uint64_t sortable(int64_t value) {
  return static_cast<uint64_t>(value) ^ uint64_t { 1 } << 63;
}

/// Brings places into ascending order of their keys; those with equal keys stay as they were, so sorting by the last
/// key first orders by several. key: place -> uint64_t. A radix sort by 11 bits at a time, least first; digits in which
/// all keys agree are skipped. Polls for a stop.
template <typename Key>
void stable_order(std::vector<uint32_t>& places, const Key& key, const TaskContext& context) {
  constexpr int bits = 11, passes = 6;
  constexpr uint64_t mask = (1 << bits) - 1;
  constexpr size_t polled = 1 << 18;
  std::vector<std::array<uint32_t, mask + 1>> counts(passes);
  for (size_t i = 0; i < places.size(); ++i) {
    if (i % polled == 0) context.check();
    const uint64_t value = key(places[i]);
    for (int p = 0; p < passes; ++p) ++counts[static_cast<size_t>(p)][value >> (p * bits) & mask];
  }
  std::vector<uint32_t> next;
  for (int p = 0; p < passes; ++p) {
    auto& begin = counts[static_cast<size_t>(p)];
    if (std::any_of(begin.begin(), begin.end(), [&](uint32_t count) { return count == places.size(); })) continue;
    uint32_t sum = 0;
    for (uint32_t& entry : begin) sum += std::exchange(entry, sum);
    next.resize(places.size());
    for (size_t i = 0; i < places.size(); ++i) {
      if (i % polled == 0) context.check();
      next[begin[key(places[i]) >> (p * bits) & mask]++] = places[i];
    }
    places.swap(next);
  }
}

}  // namespace prefscope
