// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace prefscope {

/// A small generator whose numbers are the same on every machine and compiler (SplitMix64; Steele, Lea, Flood 2014), since the
/// standard library's distributions are not. One stream for each purpose: Random({seed, user, purpose}).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  /// Mixes several numbers into one seed, so that streams for neighbouring ids are unrelated.
  Random(std::initializer_list<uint64_t> parts);

  uint64_t next();
  /// Uniform in [0, bound) without modulo bias; bound > 0.
  uint64_t below(uint64_t bound);
  /// Uniform in [0, 1) with 53 bits.
  double uniform();
  /// Standard normal (Box-Muller).
  double normal();
  /// Index drawn in proportion to non-negative weights of positive sum.
  std::size_t weighted(const std::vector<double>& weights);

  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

  uint64_t state() const { return state_; }

 private:
  uint64_t state_;
};

}  // namespace prefscope
