// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/negatives.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <unordered_set>

namespace prefscope {
namespace {

/// The first `count` places in the order of (key, tie): least first.
std::vector<size_t> least(const std::vector<std::pair<double, uint64_t>>& keys, int count) {
  std::vector<size_t> places(keys.size());
  std::iota(places.begin(), places.end(), size_t{0});
  const auto end = places.begin() + count;
  std::partial_sort(places.begin(), end, places.end(), [&](size_t a, size_t b) { return keys[a] < keys[b]; });
  places.erase(end, places.end());
  return places;
}

}  // namespace

const std::vector<std::string>& negative_sampling_names() {
  static const std::vector<std::string> names = {"prepared", "uniform", "popularity", "hard", "similar", "self-hard"};
  return names;
}

uint64_t hash_key(const std::string& key) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

std::vector<int64_t> without(const std::vector<int64_t>& items, const std::vector<int64_t>& excluded) {
  std::vector<int64_t> left;
  std::set_difference(items.begin(), items.end(), excluded.begin(), excluded.end(), std::back_inserter(left));
  return left;
}

std::vector<int64_t> draw_uniform(const std::vector<int64_t>& items, const std::vector<int64_t>& excluded, int count,
                                  Random& random) {
  std::vector<int64_t> drawn;
  std::unordered_set<int64_t> taken;
  while (static_cast<int>(drawn.size()) < count) {
    const int64_t item = items[random.below(items.size())];
    if (std::binary_search(excluded.begin(), excluded.end(), item) || !taken.insert(item).second) continue;
    drawn.push_back(item);
  }
  return drawn;
}

std::vector<size_t> draw_weighted(const std::vector<double>& weights, int count, Random& random) {
  // Waiting times of rate w: the order in which they end is that of drawing by weight without putting back
  // (Efraimidis and Spirakis 2006).
  std::vector<std::pair<double, uint64_t>> keys;
  for (size_t i = 0; i < weights.size(); ++i) keys.emplace_back(-std::log1p(-random.uniform()) / weights[i], i);
  return least(keys, count);
}

std::vector<size_t> highest(const std::vector<double>& scores, int count, Random& random) {
  std::vector<std::pair<double, uint64_t>> keys;
  for (const double score : scores) keys.emplace_back(-score, random.next());
  return least(keys, count);
}

std::vector<double> percentiles(const std::vector<double>& scores, const std::vector<size_t>& places) {
  std::vector<double> sorted = scores, shares;
  std::sort(sorted.begin(), sorted.end());
  for (const size_t place : places) {
    const auto [low, high] = std::equal_range(sorted.begin(), sorted.end(), scores[place]);
    const auto below = static_cast<double>(low - sorted.begin()), ties = static_cast<double>(high - low - 1);
    shares.push_back(scores.size() < 2 ? 0.5 : (below + ties / 2) / static_cast<double>(scores.size() - 1));
  }
  return shares;
}

double rose_smoothing(double label_smoothing, double chosen, double rejected) {
  return std::min(0.5, label_smoothing * (1 + rejected - chosen));
}

}  // namespace prefscope
