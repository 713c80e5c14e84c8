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

/// The id of a user of a set by the key in the file. Throws BadInput where there is none.
int64_t find_user(const std::filesystem::path& workspace, const std::string& data_set, const std::string& key);

/// What a user did, counted from the user's own rows.
struct UserFacts {
  int64_t id = 0;
  std::string key;
  int64_t rows = 0, items = 0;  ///< items: different ones, fewer than rows where some come again
  Timeline timeline;
  std::optional<double> mean_rating;  ///< of the rows that have one
  RatingCounts ratings;
};
/// Throws BadInput where there is no such user.
UserFacts user_facts(const std::filesystem::path& workspace, int64_t user, const TaskContext& context);

/// From how many of the user's rows on a value has a lift: the ratio of fewer rows is chance.
inline constexpr int64_t least_rows_for_lift = 3;
/// Values of an attribute that are listed.
inline constexpr size_t most_taste_values = 20;

/// A value of an attribute in a user's rows.
struct TasteValue {
  std::string value;
  int64_t rows = 0;  ///< of the user, on items that have it
  double share = 0;  ///< rows / the user's rows
  double set_share =
      0;  ///< the same of all users' rows: sum over the set's items that have it of their rows / the set's rows
  std::optional<double> lift;         ///< share / set_share, not smoothed; from least_rows_for_lift rows on
  std::optional<double> mean_rating;  ///< of those rows that have one
};
/// A user's values of one attribute. An item with several values counts for each, so shares may sum to more than 1.
struct Taste {
  std::string attribute;
  int64_t values = 0;  ///< different ones in the user's rows
  std::vector<TasteValue>
      most;  ///< those with most rows, then the higher lift, then by name; most_taste_values at most
};
/// Attributes in the order in which the user's items name them first. Reads the attributes of the whole set.
std::vector<Taste> user_taste(const std::filesystem::path& workspace, int64_t user, const TaskContext& context);

inline constexpr size_t nearest_count = 20;

/// A user whose items are like another's.
struct NearUser {
  int64_t id = 0;
  std::string key;
  int64_t items = 0, shared = 0;  ///< different items of this user, and those that both have
  double cosine = 0;              ///< of the sets of items: shared / sqrt(items * the other's items), 0 .. 1
};
/// The nearest_count users of highest cosine; ties by more shared items, then in the order of the file. Exact: from all
/// rows of the set. Ratings do not enter.
std::vector<NearUser> nearest_users(const std::filesystem::path& workspace, int64_t user, const TaskContext& context);

/// An item that two users have, with the rating in the last row of each.
struct SharedItem {
  int64_t id = 0;
  std::string title;
  std::optional<double> rating, other_rating;
};
/// In the order of the first user's history.
std::vector<SharedItem> shared_items(const std::filesystem::path& workspace, int64_t user, int64_t other,
                                     const TaskContext& context);

}  // namespace prefscope
