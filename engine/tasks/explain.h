// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/preparations.h"
#include "engine/store/scores.h"

namespace prefscope {

struct RankOptions {
  std::filesystem::path workspace;
  std::optional<int64_t> run;          ///< absent: the base model alone
  std::string model = "starter";       ///< base model where there is no run
  std::optional<int64_t> preparation;  ///< absent: the run's, else the newest of data_set
  std::string data_set;                ///< needed without a run
  std::string user;                    ///< the id in the file
  std::string score = "sum";           ///< sum, mean, ratio
  std::string device = "auto";
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

struct RankResult {
  Example example;
  std::string protocol;
  std::vector<ItemText> history;
  std::vector<RankedCandidate> candidates;  ///< best first; ties by saved order
  std::vector<ItemText> items;              ///< the candidates' attributes, in the same order
  int64_t target = 0;
  int target_rank = 0;  ///< from 1
};

/// Ranks one user's saved candidate list; scores are computed once and kept.
RankResult rank(const RankOptions& options, const TaskContext& context);

struct RationaleOptions {
  RankOptions rank;
  std::optional<int64_t> item;  ///< the recommendation to speak of; absent: the first of the ranking
  uint64_t seed = 0;
  double temperature = 0;  ///< 0: greedy
  int max_tokens = 96;
};

/// Lets the model write why; `on_text` gets each piece as it comes, on the task's thread. Saved and returned whole.
/// Generated text is not evidence.
std::string write_rationale(const RationaleOptions& options, const std::function<void(std::string_view)>& on_text,
                            const TaskContext& context);

/// A self-contained HTML page of the case: history, candidates, log-ratio bars, margin plane, rationale, protocol.
/// Loads nothing from outside; every title is escaped. margin points: all held-out examples that are scored under the
/// run.
std::string case_html(const RankResult& rank, const std::vector<MarginPoint>& points, const std::string& rationale,
                      const std::string& model_name);

}  // namespace prefscope
