// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/progress.h"
#include "engine/explain/case_variant.h"

namespace prefscope {

/// What would put another candidate first.
struct CounterfactualQuestion {
  std::vector<const ItemText*> history, candidates;
  std::optional<size_t> wanted;            ///< the candidate that should become first; absent: any other
  std::vector<const ItemText*> additions;  ///< items that may be added, the most promising first
  int most_removed = 8, most_added = 3;    ///< larger sets are not looked for
};

/// A changed history under which another candidate is first; candidates here and below by place in the question's list.
struct HistoryChange {
  std::vector<size_t> removed;  ///< positions in the history
  std::vector<ItemText> added;  ///< behind its end, in this order
  size_t first = 0;             ///< the candidate that is first then
  double lead = 0;              ///< over the second, nats
};

struct Counterfactual {
  size_t first = 0;  ///< the candidate that is first now
  double lead = 0;   ///< over the second, nats
  /// The smallest sets found, the largest lead first, 30 at most; each was ranked anew on its own. Empty: none found.
  std::vector<HistoryChange> removals;
  bool smallest = false;       ///< no smaller set exists: every one was tried (sets of one and two are)
  int64_t removals_found = 0;  ///< sets of that size that do it, of removals_tried
  int64_t removals_tried = 0;  ///< all sets of that size; 0 where it was found greedily, so there may be others
  std::vector<HistoryChange> additions;
  bool smallest_addition = false;  ///< the same, among the items that may be added
  int64_t additions_found = 0, additions_tried = 0;
  int64_t prompts = 0;  ///< histories that were scored
};

/// Removals: all single items, then all pairs, then greedily on from the pair that comes nearest, with what is not
/// needed put back. Additions: each item alone, then greedily on. After Scarcelli et al. (arXiv 2508.03606) in aim;
/// sizes one and two are exact. Where the wanted candidate is first already nothing is looked for. Throws BadInput for
/// fewer than two candidates.
Counterfactual find_counterfactual(const CounterfactualQuestion& question, const ScoreVariants& score,
                                   const TaskContext& context);

}  // namespace prefscope
