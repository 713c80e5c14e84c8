// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/tasks/rationale_check.h"

namespace prefscope {

struct WorldReportOptions {
  std::filesystem::path workspace;  ///< a folder for one workspace a seed
  int seeds = 3;                    ///< seeds 1 .. this of split, candidate lists and training
  int population_users = 10'000;    ///< of the starter's population, for classic models that know it
};

/// A model on the held-out users of one seed.
struct WorldRow {
  std::string model;
  Interval auc, hr_1;
  Interval over_chance;  ///< (AUC - 0.5) / (the oracle's - 0.5), paired
};

/// One model against another on the same users.
struct WorldGain {
  std::string what;
  Interval auc;  ///< mean difference, paired bootstrap
};

struct WorldSeed {
  uint64_t seed = 0;
  std::vector<WorldRow> rows;  ///< oracle, starter, trained ones, classic ones
  std::vector<WorldGain> gains;
  RationaleReport starter, trained;  ///< trained: SFT and DMPO on sample_train_users users
};

/// The experiment that the sample world is made for: the starter, SFT and DMPO on few and on all users, classic models
/// with the same and with more data, and the oracle (ranking by true utility), on held-out users and three seeds; then
/// what the rationales say. Takes a few minutes a seed.
std::vector<WorldSeed> world_report(const WorldReportOptions& options, const TaskContext& context);

/// The tables as Markdown.
std::string world_report_table(const std::vector<WorldSeed>& seeds);

}  // namespace prefscope
