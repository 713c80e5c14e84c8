// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "engine/base/progress.h"
#include "engine/store/preparations.h"

namespace prefscope {

struct PrepareOptions {
  std::filesystem::path workspace;
  std::string data_set;
  std::string split = "leave-last-out";  ///< see split_names() in engine/data/split.h
  std::string view = {};                 ///< a view of the set; empty: all rows
  int candidates = 20;                   ///< 1 target and the others, which the user never touched; 2 .. 1000
  int negatives = 5;                     ///< k, 1 .. candidates - 1
  int history = 10;                      ///< items at most, the last ones before the target
  double threshold = 3;                  ///< where there are ratings: positives are above it
  double held_out = 0.2;       ///< share of users (ratio, global-time: of positives) that only evaluate, 0 .. 1
  std::string from_time = {};  ///< global-time: a date; empty: such that held_out of the positives come after
  std::filesystem::path held_out_rows =
      {};  ///< split given: a table with the columns user and item, keys of the set, or a RecBole file (.test.inter)
  std::string sampling = "uniform";  ///< where candidates come from, see candidate_source_names()
  std::filesystem::path candidate_lists =
      {};                              ///< sampling given: a table with the columns user and item, keys of the set
  std::string prompt = "open";         ///< open or listed
  std::optional<int64_t> users;        ///< sample this many by the seed; absent: all
  std::optional<int64_t> train_users;  ///< few-shot: so many training users, by the seed; held-out users stay the same
  int targets = 1;                     ///< examples of a training user at most, 1 .. 100: the latest positives
  uint64_t seed = 0;
};

struct PrepareResult {
  Preparation preparation;
  int64_t users = 0;                               ///< users with an example, held out or training
  int64_t training_users = 0, held_out_users = 0;  ///< in splits in time a user may be both
  int64_t skipped_users = 0;                       ///< too few positives for a history and a target
};

/// Splits, samples and saves examples as rows, in one transaction. Beside the training and the held-out users' it saves
/// panel examples (Role::Panel), which a run watches and may stop by, so that held-out users stay untouched. An
/// imported preference file needs none of the numbers: its own pairs become a preparation with split "given" on import.
PrepareResult prepare(const PrepareOptions& options, const TaskContext& context);

}  // namespace prefscope
