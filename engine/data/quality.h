// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/base/progress.h"

namespace prefscope {

/// A data set's interactions as they are kept: user u has rows [user_begin[u], user_begin[u + 1]), oldest first.
struct UserRows {
  std::vector<int64_t> user_begin = {0};  ///< [users + 1]
  std::vector<int32_t> items;             ///< [rows] indices of items
  std::vector<double> ratings;            ///< [rows] NaN where there is none
  std::vector<int64_t> times;             ///< [rows] seconds since 1970, UTC; no_time where unknown
  size_t item_count = 0;                  ///< items of the catalogue, those without rows included

  size_t users() const { return user_begin.size() - 1; }
  size_t size() const { return items.size(); }
};

/// What is left when users and items with fewer than k rows are taken away until there are none.
struct CoreSize {
  int64_t k = 0, interactions = 0, users = 0, items = 0;

  bool operator==(const CoreSize&) const = default;
};

/// Sizes of the k-cores (iterative, both sides), for ascending k. A repeated user-item pair counts each time. Polls
/// for a stop once a round.
std::vector<CoreSize> k_cores(const UserRows& rows, std::span<const int64_t> ks, const TaskContext& context);

/// Gini coefficient of counts: 0 where all are equal, towards 1 where one has all; 0 of no counts. Those that are 0
/// belong to it.
double gini(std::vector<int64_t> counts);

/// Smallest, quartiles, 90 and 99 % and largest of counts; the middle by the nearest rank.
struct Spread {
  int64_t least = 0, quarter = 0, median = 0, three_quarters = 0, ninety = 0, ninety_nine = 0, most = 0;
  double mean = 0;
};
Spread spread_of(std::vector<int64_t> counts);

/// Rows of each user and each item: [users], [item_count].
std::vector<int64_t> user_counts(const UserRows& rows);
std::vector<int64_t> item_counts(const UserRows& rows);

/// Users whose last two rows have the same time, which is known: the file's order decides which is the last.
int64_t tied_users(const UserRows& rows);
/// Rows of a user with an item that the user had in an earlier row.
int64_t repeated_pairs(const UserRows& rows);
/// The mean of the ratings there are.
std::optional<double> mean_rating(const UserRows& rows);
/// How often each rating comes, ascending; or, binned, how many lie from a bin's lower edge up to, not including, the
/// next one's: in the last bin up to the largest.
struct RatingCounts {
  std::vector<std::pair<double, int64_t>> counts;
  bool binned = false;

  bool operator==(const RatingCounts&) const = default;
};
/// Binned, in `most` equal bins from the least to the largest, where there are more than `most` different ratings.
/// Polls.
RatingCounts rating_counts(const UserRows& rows, const TaskContext& context = {}, size_t most = 50);

/// The rows of a month.
struct MonthRows {
  int64_t begin = 0;                  ///< its first day, seconds since 1970, UTC
  int64_t rows = 0, rated = 0;        ///< rated: those that have a rating
  std::optional<double> mean_rating;  ///< of the rated

  bool operator==(const MonthRows&) const = default;
};
/// From the first month to the last, those without rows between them too. Rows without a time, or outside the years
/// 1970 .. 2099, are left out. Polls.
std::vector<MonthRows> rows_by_month(const UserRows& rows, const TaskContext& context = {});

}  // namespace prefscope
