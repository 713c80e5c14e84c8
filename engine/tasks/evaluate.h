// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/results.h"

namespace prefscope {

struct EvaluateOptions {
  std::filesystem::path workspace;
  std::string data_set;
  /// Absent: that of the first run that was trained on this set, else the newest.
  std::optional<int64_t> preparation;
  std::vector<int64_t> runs;  ///< each is scored on the held-out users, as are its parents when asked for by number;
                              ///< also runs that were trained on other sets
  bool base = true;           ///< the runs' base model as a row of its own
  std::vector<std::string> baselines = {"random", "popularity", "itemknn", "ease"};
  std::optional<int64_t> users;  ///< the first N held-out users in saved order
  std::string score = "sum";     ///< sum, mean, ratio
  std::string device = "auto";
  std::string model = "starter";  ///< base model where there are no runs
  uint64_t seed = 0;              ///< of the bootstrap and of random
};

/// Scores what is not yet scored, keeps the log-probs, and saves the evaluation. Rows: base (left out for ratio, where
/// its scores are all 0), each run (its objective where no other run shares it, else "run N"), each baseline.
///
/// Classic models are fitted on what training users did before their targets, so nobody's target and nothing later is
/// seen; held-out users are not fitted at all, their histories enter as input when they are scored. A run of another
/// data set is named with it in its row and the protocol, and the classic models learn from this set's own training
/// users. A run that learned from users held out here is refused (same_users.h), also through a set that shares their
/// content.
Evaluation evaluate(const EvaluateOptions& options, const TaskContext& context);

/// What a run changed for the held-out users, by the log-probs that are kept.
struct RunChange {
  int64_t held_out = 0;                         ///< users, whether scored or not
  int64_t scored_before = 0, scored_after = 0;  ///< of them under the run's reference; under the run
  std::vector<UserResult> before, after;        ///< of the users scored under both, in saved order
};
/// Ranks as in evaluate's rows of the reference and of the run, computed anew from kept log-probs; nothing is scored.
/// score: sum, mean, or ratio, where the reference, which has none, is ranked by its summed log-prob.
RunChange run_change(Workspace& workspace, int64_t preparation, int64_t run, const std::string& score,
                     const TaskContext& context);

}  // namespace prefscope
