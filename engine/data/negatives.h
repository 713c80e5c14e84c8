// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/random.h"

namespace prefscope {

/// prepared, uniform, popularity, hard, similar, self-hard: see negative_samplings() in engine/tasks/train.h.
const std::vector<std::string>& negative_sampling_names();

/// FNV-1a of a user's key, so that a user's random stream depends on nobody else.
uint64_t hash_key(const std::string& key);

/// The items that are not excluded. Both are sorted.
std::vector<int64_t> without(const std::vector<int64_t>& items, const std::vector<int64_t>& excluded);

/// `count` different items, uniformly from `items` without those excluded (both sorted), in the order drawn. There must
/// be that many.
std::vector<int64_t> draw_uniform(const std::vector<int64_t>& items, const std::vector<int64_t>& excluded, int count,
                                  Random& random);

/// Places of `count` different weights (all above 0): each is drawn in proportion to its weight among those not drawn
/// yet, in the order drawn. There must be that many.
std::vector<size_t> draw_weighted(const std::vector<double>& weights, int count, Random& random);

/// Places of the `count` highest scores, best first; among equals a seeded order decides. There must be that many.
std::vector<size_t> highest(const std::vector<double>& scores, int count, Random& random);

/// For each of `places` the share of the other scores that its score exceeds, ties counting half: 0 the lowest of all,
/// 1 the highest, 0.5 where all are equal.
std::vector<double> percentiles(const std::vector<double>& scores, const std::vector<size_t>& places);

/// RosePO's smoothing of a pair, how likely the rejected is the better one, from the percentiles that an oracle gives
/// the chosen and the rejected: min(0.5, label_smoothing * (1 + rejected - chosen)). Where the oracle is undecided it
/// is the label smoothing; it goes down to 0 where the oracle agrees with the choice, and doubles where it would have
/// chosen the other. The bound keeps an oracle from turning a choice round that a person made: at 0.5 the pair teaches
/// that both are as good. (arXiv 2410.12519 prints no formula for its oracle; this one is ours.)
double rose_smoothing(double label_smoothing, double chosen, double rejected);

}  // namespace prefscope
