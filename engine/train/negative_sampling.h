// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/recommend/training_data.h"
#include "engine/store/preparations.h"

namespace prefscope {

/// The rejected items of each training example, in saved order.
using NegativeItems = std::vector<std::vector<int64_t>>;

/// Which examples, with which rejected items.
struct SourceOptions {
  bool sft = false;                      ///< the chosen alone: what follows is left unread
  int k = 0;                             ///< negatives or pairs used; 0: all that were prepared, 5 where they are drawn
  std::string negatives = "prepared";    ///< one of negative_samplings() (engine/tasks/train.h)
  std::string negatives_model = "ease";  ///< popularity, itemknn, ease: of hard, and the oracle of rosepo
  bool resample = false;                 ///< uniform and popularity: drawn anew every epoch
  bool oracle = false;                   ///< of rosepo: fill TokenizedExample::smoothing
  double label_smoothing = 0;            ///< of rosepo: of a pair that the oracle is undecided about, 0 .. < 0.5
  uint64_t seed = 0;
  int64_t limit = 0;  ///< the first so many examples alone; 0: all
};

/// k where negatives are drawn and none is given.
inline constexpr int usual_k = 5;

/// Throws BadInput, naming the setting, what was expected and what was found, where the options do not fit the
/// preparation.
void check_sampling(const Preparation& preparation, const SourceOptions& options);

/// What rejected items are chosen from, and the models that choose them. An item that the user ever acted on, whatever
/// the rating, is never one of them, nor is the target. A prompt that lists candidates lists what may be rejected:
/// there it is the list's other candidates.
struct NegativeSampling {
  SourceOptions options;  ///< with k set
  bool listed = false;
  std::vector<int64_t> catalogue;             ///< items that somebody acted on, sorted
  std::vector<std::vector<int64_t>> touched;  ///< by example; empty where listed
  TrainingData data;                          ///< where a classic model or popularity is needed
  std::vector<double> popularity;             ///< by index: training users that have the item, plus 1
  std::unique_ptr<Recommender> ranker;        ///< of hard and similar, fitted
  std::unique_ptr<Recommender> oracle;        ///< of rosepo, fitted
};

/// Reads what the sampling needs and fits its classic models on what training users did before their targets, as
/// evaluate does. Throws as check_sampling, and BadInput, naming the user, where one has fewer than k items to choose
/// from.
NegativeSampling make_sampling(Workspace& workspace, const Preparation& preparation,
                               const std::vector<Example>& examples, const SourceOptions& options,
                               const TaskContext& context);

/// The k rejected items of every example: for prepared those saved, for self-hard a uniform draw in their place. A
/// user's numbers come from (seed, epoch, user key), so they do not depend on who else is there.
NegativeItems sample_negatives(const NegativeSampling& sampling, const std::vector<Example>& examples, int64_t epoch,
                               const TaskContext& context);

/// Self-hard: the items of every example among which the policy chooses, max(20, 4k) drawn uniformly, or all where
/// there are fewer.
NegativeItems sample_for_policy(const NegativeSampling& sampling, const std::vector<Example>& examples, int64_t epoch);

/// RosePO: the smoothing of each pair (rose_smoothing in engine/data/negatives.h). Percentiles are those of the
/// catalogue's scores under the oracle for the example's history.
std::vector<float> pair_smoothing(const NegativeSampling& sampling, const Example& example,
                                  const std::vector<int64_t>& rejected);

}  // namespace prefscope
