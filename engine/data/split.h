// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <map>
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
  std::vector<int64_t> positives;   ///< item ids, oldest first
  std::vector<int64_t> touched;     ///< every item the user ever acted on, sorted
  std::vector<int64_t> times = {};  ///< [positives] seconds since 1970, or no_time; global-time alone needs them
};

/// How the places of targets are chosen.
enum class SplitKind {
  LeaveLastOut,  ///< users are held out: their last positive is the target; see leave_last_out
  LeaveTwoOut,   ///< every user's last positive is held out, the one before is the panel's, those before train
  Ratio,         ///< every user's last share of positives is held out, at least one
  GlobalTime,    ///< what came from a moment on is held out, for all users the same
  Given          ///< the positives that a file lists are held out
};
/// leave-last-out, leave-two-out, ratio, global-time, given.
const std::vector<std::string>& split_names();
/// Throws BadInput for another name.
SplitKind split_kind(const std::string& name);

/// Where candidates beside the target come from; none of them was ever touched by the user, but for given lists.
enum class CandidateSource {
  Uniform,     ///< drawn uniformly from the catalogue
  Popularity,  ///< drawn in proportion to how many interactions an item has
  All,         ///< all of the catalogue
  Given        ///< lists of a file
};
/// uniform, popularity, all, given.
const std::vector<std::string>& candidate_source_names();
CandidateSource candidate_source(const std::string& name);

struct SplitOptions {
  int candidates = 20, negatives = 5, history = 10;
  double held_out = 0.2;
  std::optional<int64_t> users;  ///< sample this many of all
  uint64_t seed = 0;
  std::optional<int64_t> train_users = {};  ///< few-shot: so many of the training users alone
  int targets = 1;                          ///< examples of a training user at most
  SplitKind kind = SplitKind::LeaveLastOut;
  std::optional<int64_t> from_time = {};  ///< GlobalTime: from here on is held out; else the last held_out of all
  CandidateSource source = CandidateSource::Uniform;
  std::vector<double> popularity = {};                     ///< [catalogue], above 0; Popularity alone
  std::map<std::string, std::vector<int64_t>> given = {};  ///< items by the user's key; of Given candidates alone;
                                                           ///< what the user touched is left out
  std::map<std::string, std::vector<int64_t>> held_out_items = {};  ///< the same; of the split Given alone
};

struct SplitResult {
  std::vector<Example> examples;  ///< of training and held-out users; ids are 0, positions are set
  std::vector<Example> panel;     ///< of training users; positions go on from there
  int64_t skipped_users = 0;      ///< with too few positives
  int64_t listed = 0;             ///< candidates of all examples
};

/// More candidates than this are refused: they are kept, and each is to be scored.
inline constexpr int64_t max_listed = 20'000'000;

constexpr size_t max_panel = 1000;

/// Splits by options.kind.
SplitResult split_users(std::vector<UserActs> users, const std::vector<int64_t>& catalogue, const SplitOptions& options,
                        const TaskContext& context);

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

/// The other kinds: each user's positives are cut, those from the cut on are targets of held-out examples, each with
/// what came before it; the last before the cut is the panel's, and those before train, up to `targets` of them. A
/// target has at least one positive before it. Given: the cut is the first positive that the file lists, and of those
/// from it on the listed ones alone are targets; users without any train alone. train_users: so many users give
/// training and panel examples.
SplitResult split_in_time(std::vector<UserActs> users, const std::vector<int64_t>& catalogue,
                          const SplitOptions& options, const TaskContext& context);

}  // namespace prefscope
