// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace prefscope {

// Metrics of generated explanations, after PETER (Li et al. 2021, utils.py): sentences, and the features each names.

/// USR: distinct sentences / sentences, 0 .. 1; 0 for none. Word for word.
inline double unique_share(const std::vector<std::string>& sentences) {
  if (sentences.empty()) return 0;
  const std::set<std::string> distinct(sentences.begin(), sentences.end());
  return static_cast<double>(distinct.size()) / static_cast<double>(sentences.size());
}

/// FCR: distinct features named / features there are, 0 .. 1.
template <typename Feature>
double feature_coverage(const std::vector<std::set<Feature>>& named, size_t features) {
  std::set<Feature> all;
  for (const auto& of_one : named) all.insert(of_one.begin(), of_one.end());
  return features == 0 ? 0 : static_cast<double>(all.size()) / static_cast<double>(features);
}

/// DIV: mean over all pairs of sentences of the number of features that both name; lower is more diverse. 0 for fewer
/// than two.
template <typename Feature>
double feature_overlap(const std::vector<std::set<Feature>>& named) {
  double shared = 0, pairs = 0;
  for (size_t i = 0; i < named.size(); ++i) {
    for (size_t j = i + 1; j < named.size(); ++j, ++pairs) {
      for (const Feature& feature : named[i]) shared += named[j].contains(feature) ? 1 : 0;
    }
  }
  return pairs == 0 ? 0 : shared / pairs;
}

}  // namespace prefscope
