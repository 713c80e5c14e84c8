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

struct ProbeOptions {
  std::filesystem::path workspace;
  std::optional<int64_t> run;          ///< absent: the base model alone
  std::string model = "starter";       ///< base model where there is no run
  std::string data_set;                ///< needed without a run
  std::optional<int64_t> preparation;  ///< absent: the run's, else the newest of data_set
  std::string user;                    ///< one user by the id in the file; empty: held-out users
  std::optional<int64_t> users;        ///< the first N held-out users in saved order
  uint64_t seed = 0;                   ///< of the intervals
  std::string device = "auto";
};

/// What a model does at one setting of a probe; means over users with 95 % bootstrap intervals.
struct ProbePoint {
  int64_t setting = 0;  ///< items of the history, or place in the list from 1
  int64_t users = 0;    ///< that have it
  Interval auc, hr_1;
  Interval margin;  ///< log-prob of the target less the mean of the others', nats
};

struct Probe {
  std::string model, protocol;
  std::vector<ProbePoint> points;
};

/// The same lists after the last 1, 2, 4, 8 ... items of the history and after the whole of it (the last point; its
/// setting is the longest history). A user counts at a length where the history has it.
Probe probe_history_length(const ProbeOptions& options, const TaskContext& context);

/// For prompts that list the candidates: the target at each place of the list, the others in their saved order. A model
/// without position bias has the same figures everywhere. Throws BadInput for open prompts, which list nothing.
Probe probe_position(const ProbeOptions& options, const TaskContext& context);

}  // namespace prefscope
