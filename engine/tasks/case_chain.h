// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/tasks/candidate_scores.h"
#include "engine/tasks/explain.h"

namespace prefscope {

/// One model of a run's chain on a candidate list.
struct ChainModel {
  std::string name;                    ///< "base", then the runs' names
  std::optional<int64_t> run;          ///< absent: the base model alone
  std::vector<CandidateScore> scores;  ///< by saved position; log_ratio against the model before it, 0 for the first
  std::vector<int> ranks;              ///< from 1, by saved position; ties by saved order
};

/// A token of a candidate's title under the last model and the one before, nats, means over prompt orders.
struct StripToken {
  std::string text;  ///< as decoded alone; "" for the end of text
  double log_prob = 0, reference = 0;
};

/// A case under the base model and every run up to the one asked for: what each added. The scores of a candidate under
/// the first model and the log-ratios of all later ones add up to its score under the last.
struct CaseChain {
  Example example;
  std::vector<ItemText> candidates;             ///< by saved position
  std::vector<ChainModel> models;               ///< base first
  std::vector<std::vector<StripToken>> strips;  ///< by saved position; empty where there is no run
};

/// Reads the chain of options.run; what is not scored yet is scored and kept. Ranked by log-prob, by token where
/// options.score is mean. Throws BadInput as rank() does.
CaseChain read_chain(const RankOptions& options, const TaskContext& context);

}  // namespace prefscope
