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
  std::optional<int64_t> preparation;  ///< absent: that of the first run, else the newest
  std::vector<int64_t> runs;  ///< each is scored on the held-out users, as are its parents when asked for by number
  bool base = true;           ///< the runs' base model as a row of its own
  std::vector<std::string> baselines = {"random", "popularity", "itemknn", "ease"};
  std::optional<int64_t> users;  ///< the first N held-out users in saved order
  std::string score = "sum";     ///< sum, mean, ratio
  std::string device = "auto";
  std::string model = "starter";  ///< base model where there are no runs
  uint64_t seed = 0;              ///< of the bootstrap and of random
};

/// Scores what is not yet scored, keeps the log-probs, and saves the evaluation. Rows: base, each run by its name, each
/// baseline.
Evaluation evaluate(const EvaluateOptions& options, const TaskContext& context);

}  // namespace prefscope
