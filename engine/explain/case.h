// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/store/preparations.h"
#include "engine/store/scores.h"

namespace prefscope {

/// A candidate as ranked. In nats, means over prompt orders.
struct RankedCandidate {
  int64_t item = 0;
  std::string title;
  double score = 0, log_prob = 0;
  double log_ratio = 0;  ///< against the run's reference; 0 for the base model
  double spread = 0;     ///< standard deviation of log_prob over prompt orders
  int tokens = 0;
};

/// One user's candidate list under one model.
struct RankResult {
  Example example;
  std::string protocol;
  std::vector<ItemText> history;
  std::vector<RankedCandidate> candidates;  ///< best first; ties by saved order
  std::vector<ItemText> items;              ///< the candidates' attributes, in the same order
  int64_t target = 0;
  int target_rank = 0;         ///< from 1
  std::string score = "sum";   ///< what it is ranked by: sum, mean, ratio
  bool has_reference = false;  ///< false for a base model, whose log-ratios are 0
  int reference_rank = 0;      ///< the target's rank by the reference's log-prob (by token for mean); 0 without one
  bool edited = false;         ///< another history or other candidates than the saved example's
  int64_t explained = 0;       ///< the item that a rationale on the page speaks of; 0: the first of the ranking
};

/// The mark of a ranked case in the margin plane, from its own scores.
MarginPoint margin_point(const RankResult& rank);

/// A self-contained HTML page of the case: history, candidates, log-ratio bars, margin plane, rationale, protocol.
/// Loads nothing from outside and holds no script; every title is escaped. points: all held-out examples that are
/// scored under the run. rationale_note: how the rationale was made. note: a sentence on how this case was chosen; may
/// be empty.
std::string case_html(const RankResult& rank, const std::vector<MarginPoint>& points, const std::string& rationale,
                      const std::string& rationale_note, const std::string& model_name, const std::string& note = {});

}  // namespace prefscope
