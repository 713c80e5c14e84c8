// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/quality.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>

#include "engine/data/interaction_columns.h"

namespace prefscope {
namespace {

constexpr size_t rows_between_polls = 65'536;

/// The value at a share of sorted counts, by the nearest rank.
int64_t at_share(const std::vector<int64_t>& sorted, double share) {
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::clamp<size_t>(rank, 1, sorted.size()) - 1];
}

/// Months since January 1970.
int64_t month_of(int64_t time) {
  const std::chrono::sys_seconds moment{std::chrono::seconds(time)};
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(moment));
  return (int64_t{static_cast<int>(day.year())} - 1970) * 12 + int64_t{static_cast<unsigned>(day.month())} - 1;
}

int64_t begin_of_month(int64_t month) {
  const std::chrono::sys_days day = std::chrono::year(static_cast<int>(1970 + month / 12)) /
                                    std::chrono::month(static_cast<unsigned>(month % 12 + 1)) / std::chrono::day(1);
  return std::chrono::sys_seconds(day).time_since_epoch().count();
}

}  // namespace

std::vector<CoreSize> k_cores(const UserRows& rows, std::span<const int64_t> ks, const TaskContext& context) {
  std::vector<int64_t> of_user = user_counts(rows), of_item = item_counts(rows);
  std::vector<bool> gone(rows.users());  // users; an item is gone when its count is below k
  std::vector<CoreSize> sizes;
  for (const int64_t k : ks) {
    // A user that goes takes a row from each of its items; an item that falls below k takes one from each of its users
    // in the next round.
    for (bool changed = true; changed;) {
      changed = false;
      std::vector<int64_t> left(rows.users());
      for (size_t u = 0; u < rows.users(); ++u) {
        if (u % 4096 == 0) context.check();
        if (gone[u]) continue;
        for (int64_t row = rows.user_begin[u]; row < rows.user_begin[u + 1]; ++row)
          left[u] += of_item[static_cast<size_t>(rows.items[static_cast<size_t>(row)])] >= k ? 1 : 0;
      }
      for (size_t u = 0; u < rows.users(); ++u) {
        if (gone[u] || left[u] >= k) continue;
        gone[u] = changed = true;
        for (int64_t row = rows.user_begin[u]; row < rows.user_begin[u + 1]; ++row)
          --of_item[static_cast<size_t>(rows.items[static_cast<size_t>(row)])];
      }
      of_user = std::move(left);
    }
    CoreSize size{k, 0, 0, 0};
    for (size_t u = 0; u < rows.users(); ++u) {
      if (gone[u]) continue;
      ++size.users;
      size.interactions += of_user[u];
    }
    size.items = std::count_if(of_item.begin(), of_item.end(), [&](int64_t n) { return n >= k; });
    sizes.push_back(size);
  }
  return sizes;
}

double gini(std::vector<int64_t> counts) {
  std::sort(counts.begin(), counts.end());
  double sum = 0, weighted = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    sum += static_cast<double>(counts[i]);
    weighted += static_cast<double>(i + 1) * static_cast<double>(counts[i]);
  }
  const auto n = static_cast<double>(counts.size());
  return sum == 0 ? 0 : (2 * weighted - (n + 1) * sum) / (n * sum);
}

Spread spread_of(std::vector<int64_t> counts) {
  if (counts.empty()) return {};
  std::sort(counts.begin(), counts.end());
  Spread s{counts.front(),        at_share(counts, 0.25), at_share(counts, 0.5), at_share(counts, 0.75),
           at_share(counts, 0.9), at_share(counts, 0.99), counts.back(),         0};
  s.mean = std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(counts.size());
  return s;
}

std::vector<int64_t> user_counts(const UserRows& rows) {
  std::vector<int64_t> counts(rows.users());
  for (size_t u = 0; u < rows.users(); ++u) counts[u] = rows.user_begin[u + 1] - rows.user_begin[u];
  return counts;
}

std::vector<int64_t> item_counts(const UserRows& rows) {
  std::vector<int64_t> counts(rows.item_count);
  for (const int32_t item : rows.items) ++counts[static_cast<size_t>(item)];
  return counts;
}

int64_t tied_users(const UserRows& rows) {
  int64_t tied = 0;
  for (size_t u = 0; u < rows.users(); ++u) {
    const auto end = static_cast<size_t>(rows.user_begin[u + 1]);
    if (rows.user_begin[u + 1] - rows.user_begin[u] < 2 || rows.times[end - 1] == no_time) continue;
    tied += rows.times[end - 1] == rows.times[end - 2] ? 1 : 0;
  }
  return tied;
}

int64_t repeated_pairs(const UserRows& rows) {
  std::vector<int64_t> last_user(rows.item_count, -1);
  int64_t repeated = 0;
  for (size_t u = 0; u < rows.users(); ++u) {
    for (int64_t row = rows.user_begin[u]; row < rows.user_begin[u + 1]; ++row) {
      int64_t& last = last_user[static_cast<size_t>(rows.items[static_cast<size_t>(row)])];
      repeated += last == static_cast<int64_t>(u) ? 1 : 0;
      last = static_cast<int64_t>(u);
    }
  }
  return repeated;
}

std::optional<double> mean_rating(const UserRows& rows) {
  double sum = 0;
  int64_t count = 0;
  for (const double rating : rows.ratings) {
    if (std::isnan(rating)) continue;
    sum += rating;
    ++count;
  }
  return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
}

RatingCounts rating_counts(const UserRows& rows, const TaskContext& context, size_t most) {
  std::map<double, int64_t> each;
  double least = INFINITY, largest = -INFINITY;
  for (size_t row = 0; row < rows.ratings.size(); ++row) {
    if (row % rows_between_polls == 0) context.check();
    const double rating = rows.ratings[row];
    if (std::isnan(rating)) continue;
    least = std::min(least, rating);
    largest = std::max(largest, rating);
    if (each.size() <= most) ++each[rating];
  }
  if (each.size() <= most) return {{each.begin(), each.end()}, false};
  // The edges alone say where a rating belongs, as they do to whoever filters by them. std::lerp does not overflow
  // where largest - least does.
  RatingCounts bins{std::vector<std::pair<double, int64_t>>(most), true};
  std::vector<double> edges(most);
  for (size_t b = 0; b < most; ++b)
    bins.counts[b].first = edges[b] = std::lerp(least, largest, static_cast<double>(b) / static_cast<double>(most));
  for (size_t row = 0; row < rows.ratings.size(); ++row) {
    if (row % rows_between_polls == 0) context.check();
    const double rating = rows.ratings[row];
    if (std::isnan(rating)) continue;
    ++bins.counts[static_cast<size_t>(std::upper_bound(edges.begin(), edges.end(), rating) - edges.begin()) - 1].second;
  }
  return bins;
}

std::vector<MonthRows> rows_by_month(const UserRows& rows, const TaskContext& context) {
  constexpr int64_t latest = 4'102'444'800;  // 2100
  std::vector<MonthRows> months;             // from January 1970
  std::vector<double> sums;
  for (size_t row = 0; row < rows.size(); ++row) {
    if (row % rows_between_polls == 0) context.check();
    const int64_t time = rows.times[row];
    if (time < 0 || time >= latest) continue;
    const auto month = static_cast<size_t>(month_of(time));
    if (months.size() <= month) {
      months.resize(month + 1);
      sums.resize(month + 1);
    }
    ++months[month].rows;
    if (std::isnan(rows.ratings[row])) continue;
    ++months[month].rated;
    sums[month] += rows.ratings[row];
  }
  for (size_t m = 0; m < months.size(); ++m) {
    months[m].begin = begin_of_month(static_cast<int64_t>(m));
    if (months[m].rated > 0) months[m].mean_rating = sums[m] / static_cast<double>(months[m].rated);
  }
  const auto first = std::find_if(months.begin(), months.end(), [](const MonthRows& m) { return m.rows > 0; });
  months.erase(months.begin(), first);
  return months;
}

}  // namespace prefscope
