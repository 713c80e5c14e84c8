// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/store/preparations.h"
#include "engine/store/workspace.h"

namespace prefscope {

/// Whose log-probs: a base model alone, or with the adapters of a run (and of its parents).
struct Policy {
  int64_t model = 0;
  std::optional<int64_t> run;
};

/// Log-probs of one response of one example under one policy.
struct ResponseScore {
  int64_t example = 0;
  int position = 0;      ///< candidate position; for given pairs 2 * pair, + 1 for rejected
  int prompt_order = 0;  ///< seeded order of a listed prompt
  double log_prob = 0;   ///< nats, sum over tokens, EOS included
  std::vector<int32_t> token_ids;
  std::vector<float> token_log_probs;
};

/// How far the chosen stands above the rejected, in nats: policy - reference = ratio_chosen - ratio_rejected.
/// Against the hardest rejected, it is the rejected with the highest log-prob (for given pairs the pair with the
/// smallest margin), of the reference before and of the policy after, which may be another: each margin is above 0
/// exactly where the chosen ranks first.
struct Margin {
  double reference = 0, policy = 0, ratio_chosen = 0, ratio_rejected = 0;
};

/// The mark of one example in the margin plane. In nats, means over prompt orders.
struct MarginPoint {
  int64_t example = 0, user = 0;
  std::string user_key;
  double reference = 0;       ///< log pi_ref(w) - mean log pi_ref(l)
  double policy = 0;          ///< the same under the policy
  double ratio_chosen = 0;    ///< log pi(w) - log pi_ref(w)
  double ratio_rejected = 0;  ///< mean over rejected of the same
  bool chosen_first = false;  ///< under the policy the target has the highest log-prob; for given pairs each chosen
                              ///< has a higher one than its rejected
  bool chosen_first_reference = false;
  Margin hardest = {};  ///< the same against the hardest rejected
  double rank_reference = 0,
         rank_policy = 0;  ///< of the target by log-prob, from 1, ties count half; 0 for given pairs
};

/// A point's sides against the mean of the rejected, or against the hardest.
Margin margin_of(const MarginPoint& point, bool hardest);

/// Saves scores in one transaction, replacing older ones of the same key.
void save_scores(Workspace& workspace, const Policy& policy, const std::vector<ResponseScore>& scores);
/// Scores of an example by prompt order and position; empty when it was never scored under this policy.
std::vector<ResponseScore> read_scores(Workspace& workspace, int64_t example, const Policy& policy);
/// Whether an example was scored under this policy.
bool is_scored(Workspace& workspace, int64_t example, const Policy& policy);
/// Ids of a preparation's examples of a role that this policy has not scored, in saved order.
std::vector<int64_t> unscored_examples(Workspace& workspace, int64_t preparation, Role role, const Policy& policy);
/// The policy a run is measured against: its parent's, or the base model's.
Policy reference_of(Workspace& workspace, int64_t run);
/// Every held-out example scored under the run and its reference, in saved order. The rejected are all candidates but
/// the target.
std::vector<MarginPoint> read_margin_points(Workspace& workspace, int64_t preparation, int64_t run);

}  // namespace prefscope
