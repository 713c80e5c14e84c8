// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <numeric>
#include <vector>

#include "engine/store/preparations.h"

namespace prefscope {

/// A case as it is, or with another history or other candidates.
struct CaseVariant {
  std::vector<const ItemText*> history;     ///< oldest first
  std::vector<const ItemText*> candidates;  ///< in the saved order; where the prompt lists them, all that it lists
  /// The order in which a prompt lists the candidates; empty: the seeded orders of the preparation, averaged.
  std::vector<const ItemText*> listed = {};
};

/// Scores of the candidates of each variant, nats: [variants][candidates]. Variants that begin alike belong side by
/// side, since a model reads their common beginning once.
using ScoreVariants = std::function<std::vector<std::vector<double>>(const std::vector<CaseVariant>&)>;

/// Score of one candidate less the mean of the others', nats; at least two candidates.
inline double margin_over_others(const std::vector<double>& scores, size_t item) {
  const double own = scores.at(item), all = std::accumulate(scores.begin(), scores.end(), 0.0);
  return own - (all - own) / static_cast<double>(scores.size() - 1);
}

}  // namespace prefscope
