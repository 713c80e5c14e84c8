// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "engine/data/item_index.h"
#include "engine/explain/case.h"
#include "engine/store/preparations.h"
#include "engine/store/scores.h"

namespace prefscope {

/// Throws BadInput where candidates cannot be ranked so: sum, mean, or ratio with a reference.
void check_score(const std::string& how, bool has_reference);

/// What a candidate is ranked by: its log-prob (sum), by token (mean), or its log-ratio (ratio).
double ranking_score(const CandidateScore& candidate, const std::string& how);

/// Scores by position, from what score_examples kept. how: sum (log-prob), mean (log-prob by token), ratio (log-ratio
/// against the reference). Throws BadInput when the example is not scored, or for ratio without a reference.
std::vector<CandidateScore> candidate_scores(Workspace& workspace, int64_t example, const Policy& policy,
                                             const std::optional<Policy>& reference, const std::string& how);

/// The candidates of an example, best first by score, with their texts; the protocol is left to the caller. how: what
/// they are ranked by. scores: by position.
RankResult ranked_case(const Example& example, const ItemIndex& items, const std::vector<CandidateScore>& scores,
                       const std::string& how, bool has_reference);

/// Ranks by score, from 1; ties by saved order.
std::vector<int> ranks_of(const std::vector<CandidateScore>& scores);

}  // namespace prefscope
