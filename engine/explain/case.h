// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/explain/counterfactual.h"
#include "engine/explain/occlusion.h"
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

/// Another model on the same candidate list. Ranks alone are compared: the scores of a classic model are not nats, so
/// they enter no margin and no sum.
struct BesideModel {
  std::string name;            ///< "ItemKNN", "base", or the run's name
  std::optional<int64_t> run;  ///< absent: a classic model or the base model
  bool classic = false;
  std::vector<double> scores;  ///< by saved position, higher is better; nats, unless it is a classic model
  std::vector<double> ranks;   ///< from 1, by saved position; equal scores share the mean of their places
};

/// The mark of a ranked case in the margin plane, from its own scores.
MarginPoint margin_point(const RankResult& rank);

/// Everything that is shown of a case.
struct CaseReport {
  RankResult rank;
  std::vector<MarginPoint> points = {};  ///< all held-out examples that are scored under the run
  CaseChain chain = {};                  ///< without models: left out
  std::optional<Occlusion> evidence = {};
  int64_t evidence_item = 0;  ///< the candidate that the evidence is of; 0: the target
  std::string rival = {};     ///< title of the candidate that the evidence holds it against; empty: all others
  std::string rationale = {}, rationale_note = {};  ///< note: how it was made
  std::string model = {};                           ///< its name
  std::string note = {};                            ///< how this case was chosen; may be empty
  std::vector<BesideModel> beside = {};             ///< the other models that were shown with it
  std::optional<Counterfactual> changes = {};       ///< what would change it, where that was looked for
  bool by_effect = false;  ///< the history is listed with the largest effect first, where effects are there
};

/// A self-contained HTML page of the case: history and evidence, candidates, log-ratio bars, planes, what each model
/// added, the tokens of the target and of the best other candidate, rationale, protocol. Loads nothing from outside and
/// holds no script; every title is escaped.
std::string case_html(const CaseReport& report);

}  // namespace prefscope
