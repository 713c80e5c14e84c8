// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/preparations.h"

namespace prefscope {

/// A user's acts in order (time, then file order), as the split sees them.
struct UserActs {
  int64_t user = 0;
  std::string key;
  std::vector<int64_t> positives;  ///< item ids, oldest first
  std::vector<int64_t> touched;    ///< every item the user ever acted on, sorted
};

struct SplitOptions {
  int candidates = 20, negatives = 5, history = 10;
  double held_out = 0.2;
  std::optional<int64_t> users;  ///< sample this many of all
  uint64_t seed = 0;
  std::optional<int64_t> train_users = {};  ///< few-shot: so many of the training users alone
  int targets = 1;                          ///< examples of a training user at most
};

struct SplitResult {
  std::vector<Example> examples;  ///< of training and held-out users; ids are 0, positions are set
  std::vector<Example> panel;     ///< of training users; positions go on from there
  int64_t skipped_users = 0;      ///< with too few positives
};

constexpr size_t max_panel = 1000;

/// Leave-last-out: a held-out user's target is the last positive, a training user's the last but one (the last is never
/// seen) and, where `targets` is larger, those before it, each an example of its own with what came before. The history
/// are the positives before the target, at most `history`, at least one. Candidates: the target and items drawn
/// uniformly from `catalogue` that the user never touched; negatives: the first of these in drawing order; the saved
/// order is shuffled. Each user has a random stream of their own, from the seed and their key, so that a user's lists
/// do not depend on who else is there. The panel holds the training users' last positives with what came before,
/// candidates of a stream of their own and no negatives; of more than max_panel users a seeded sample. train_users
/// leaves the held-out users and their lists as they are, and a larger number keeps those of a smaller. catalogue is
/// sorted. Throws BadInput where it is too small.
SplitResult leave_last_out(std::vector<UserActs> users, const std::vector<int64_t>& catalogue,
                           const SplitOptions& options, const TaskContext& context);

}  // namespace prefscope
