// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/progress.h"
#include "engine/data/quality.h"
#include "engine/data/timeline.h"

namespace prefscope {

/// The id of an item of a set by the key in the file. Throws BadInput where there is none.
int64_t find_item(const std::filesystem::path& workspace, const std::string& data_set, const std::string& key);

/// What was done with an item, counted from its own rows.
struct ItemFacts {
  int64_t id = 0;
  std::string key, title, attributes;  ///< attributes: "genre: Drama, Crime; year: 1995"
  int64_t rows = 0, users = 0;         ///< users: different ones
  int64_t rank = 0,
          ranked = 0;  ///< by rows, from 1: 1 + items with more rows; of so many items with rows. 0: it has none
  Timeline timeline;
  std::optional<double> mean_rating;
  RatingCounts ratings;
};
/// Throws BadInput where there is no such item.
ItemFacts item_facts(const std::filesystem::path& workspace, int64_t item, const TaskContext& context);

/// What orders the items seen together. Of Lift, only items with least_users_for_lift users in common are listed: the
/// lift of fewer is chance.
enum class TogetherOrder { Cosine, Users, Lift };
inline constexpr int64_t least_users_for_lift = 5;
inline constexpr size_t together_count = 20;

/// An item that users of another have too.
struct TogetherItem {
  int64_t id = 0;
  std::string key, title;
  int64_t users = 0, common = 0;  ///< different users of this item, and of both
  double cosine = 0;              ///< common / sqrt(users * the other's users), 0 .. 1
  double lift = 0;  ///< common * all / (users * the other's users), all: users of the set with rows. 1: as by chance
};
/// The together_count first items; ties by more users in common, then the higher cosine, then in the order of the file.
/// Exact: from all rows of the set.
std::vector<TogetherItem> items_together(const std::filesystem::path& workspace, int64_t item, TogetherOrder order,
                                         const TaskContext& context);

}  // namespace prefscope
