// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "engine/data/item_index.h"
#include "engine/explain/case.h"
#include "engine/store/preparations.h"
#include "engine/store/scores.h"

namespace prefscope {

/// One candidate (or response of a given pair) of an example under a policy, means over prompt orders, in nats.
struct CandidateScore {
  double score = 0;      ///< what it is ranked by
  double log_prob = 0;   ///< summed over tokens
  double log_ratio = 0;  ///< against the reference; 0 without one
  double spread = 0;     ///< standard deviation of log_prob over prompt orders
  int tokens = 0;
};

/// Scores by position, from what score_examples kept. how: sum (log-prob), mean (log-prob by token), ratio (log-ratio
/// against the reference). Throws BadInput when the example is not scored, or for ratio without a reference.
std::vector<CandidateScore> candidate_scores(Workspace& workspace, int64_t example, const Policy& policy,
                                             const std::optional<Policy>& reference, const std::string& how);

/// The candidates of an example, best first by score, with their texts; the protocol is left to the caller. how: what
/// they are ranked by. scores: by position.
RankResult ranked_case(const Example& example, const ItemIndex& items, const std::vector<CandidateScore>& scores,
                       const std::string& how, bool has_reference);

}  // namespace prefscope
