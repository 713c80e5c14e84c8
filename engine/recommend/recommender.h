// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/progress.h"

namespace prefscope {

/// Interactions a classic model learns from: user u has items[u], indices into 0 .. item_count - 1, oldest first, no
/// repeats.
struct TrainingMatrix {
  int64_t item_count = 0;
  std::vector<std::vector<int32_t>> items;
};

/// A classic recommender. fit once on training users, then score as often as wanted: a user who was not fitted enters
/// by the history alone. Deterministic; throws Cancelled on a stop.
class Recommender {
 public:
  virtual ~Recommender() = default;
  virtual std::string name() const = 0;
  virtual void fit(const TrainingMatrix& matrix, const TaskContext& context) = 0;
  /// Scores of candidates for a user with this history (indices), higher is better. list_id seeds Random.
  virtual std::vector<double> score(const std::vector<int32_t>& history, const std::vector<int32_t>& candidates,
                                    int64_t list_id) const = 0;
};

/// random: seeded noise. popularity: how many users have the item. itemknn: sum over the history of Jaccard
/// similarities, those of the candidate's 100 nearest items alone. ease: lambda 100, in closed form. Throws BadInput,
/// naming these, for another.
std::unique_ptr<Recommender> make_recommender(const std::string& name, uint64_t seed);

}  // namespace prefscope
