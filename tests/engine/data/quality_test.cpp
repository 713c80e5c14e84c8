// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/quality.h"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <set>

#include "engine/base/random.h"
#include "engine/data/interaction_columns.h"

using namespace prefscope;

namespace {

UserRows rows_of(const std::vector<std::vector<int32_t>>& users, size_t items) {
  UserRows rows;
  rows.item_count = items;
  for (const auto& user : users) {
    for (const int32_t item : user) {
      rows.items.push_back(item);
      rows.ratings.push_back(std::nan(""));
      rows.times.push_back(no_time);
    }
    rows.user_begin.push_back(std::ssize(rows.items));
  }
  return rows;
}

/// By taking pairs away until nothing changes.
CoreSize core_by_hand(std::vector<std::pair<size_t, int32_t>> pairs, int64_t k) {
  for (;;) {
    std::map<size_t, int64_t> users;
    std::map<int32_t, int64_t> items;
    for (const auto& [u, i] : pairs) ++users[u], ++items[i];
    const size_t before = pairs.size();
    std::erase_if(pairs, [&](const auto& p) { return users[p.first] < k || items[p.second] < k; });
    if (pairs.size() == before)
      return {k, std::ssize(pairs), static_cast<int64_t>(users.size()), static_cast<int64_t>(items.size())};
  }
}

}  // namespace

class QualityTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// User 2 has one item, which leaves item 2 with one row, so it goes, and user 1 is left with two.
  void coresByHand() {
    const UserRows rows = rows_of({{0, 1}, {0, 1, 2}, {2}}, 4);
    const std::vector<int64_t> ks = {1, 2, 3};
    QCOMPARE(k_cores(rows, ks, {}), (std::vector<CoreSize>{{1, 6, 3, 3}, {2, 4, 2, 2}, {3, 0, 0, 0}}));
  }

  void coresAreThoseOfRepeatedFilters() {
    for (uint64_t seed = 0; seed < 40; ++seed) {
      Random random(seed);
      std::vector<std::vector<int32_t>> users(30);
      std::vector<std::pair<size_t, int32_t>> pairs;
      for (size_t u = 0; u < users.size(); ++u) {
        for (uint64_t n = random.below(14); n > 0; --n) {
          users[u].push_back(static_cast<int32_t>(random.below(25)));  // a repeat counts each time
          pairs.emplace_back(u, users[u].back());
        }
      }
      const std::vector<int64_t> ks = {1, 2, 3, 5, 8};
      const auto cores = k_cores(rows_of(users, 25), ks, {});
      for (size_t n = 0; n < ks.size(); ++n) QCOMPARE(cores[n], core_by_hand(pairs, ks[n]));
    }
  }

  /// Of 0, 0, 4: mean absolute difference (0 + 4 + 4) * 2 / 9 = 16/9, over twice the mean 4/3: 2/3.
  void giniByHand() {
    QCOMPARE(gini({4, 0, 0}), 2.0 / 3);
    QCOMPARE(gini({5, 5, 5, 5}), 0.0);
    QCOMPARE(gini({1, 3}), 0.25);
    QCOMPARE(gini({}), 0.0);
    QCOMPARE(gini({0, 0}), 0.0);
  }

  void spreadByNearestRank() {
    std::vector<int64_t> counts(100);
    for (int i = 0; i < 100; ++i) counts[static_cast<size_t>(i)] = 100 - i;
    const Spread s = spread_of(counts);
    QVERIFY(s.least == 1 && s.quarter == 25 && s.median == 50 && s.three_quarters == 75 && s.ninety == 90 &&
            s.ninety_nine == 99 && s.most == 100);
    QCOMPARE(s.mean, 50.5);
    QCOMPARE(spread_of({7}).median, int64_t{7});
    QCOMPARE(spread_of({}).most, int64_t{0});
  }

  void tiesAndRepeats() {
    UserRows rows = rows_of({{0, 1, 0}, {1, 1}, {2}, {0, 2}}, 3);
    QCOMPARE(repeated_pairs(rows), int64_t{2});
    QCOMPARE(tied_users(rows), int64_t{0});  // unknown times are no tie
    rows.times = {1, 5, 5, 2, 3, 9, no_time, 4};
    QCOMPARE(tied_users(rows), int64_t{1});
    QVERIFY(!mean_rating(rows));
    rows.ratings[0] = 3;
    rows.ratings[5] = 4;
    QCOMPARE(mean_rating(rows), std::optional(3.5));
  }

  void ratingsAreCountedEachOrInBins() {
    UserRows rows = rows_of({{0, 0, 0, 0}}, 1);
    rows.ratings = {1, 0.5, 1, std::nan("")};
    QVERIFY(rating_counts(rows) == (RatingCounts{{{0.5, 1}, {1, 2}}, false}));
    rows.ratings.clear();
    for (int i = 0; i <= 100; ++i) rows.ratings.push_back(i);
    const auto [bins, binned] = rating_counts(rows, {}, 10);  // 0 .. 100 in tens; the last bin has 100 too
    QVERIFY(binned && bins.size() == 10);
    QVERIFY(bins[0] == std::pair(0.0, int64_t{10}) && bins[9] == std::pair(90.0, int64_t{11}));
    rows.ratings.resize(50);  // as many different ones as there may be bars: each is one
    QVERIFY(!rating_counts(rows).binned && rating_counts(rows).counts.size() == 50);
  }

  /// A bin counts what lies from its edge up to the next: also 1.7 of 0, 0.05, 0.1 .. 5, whose quotient by the width
  /// rounds to the next bin, and ratings whose difference no double holds.
  void binsCountWhatLiesBetweenTheirEdges() {
    UserRows rows;
    const auto check = [&] {
      const RatingCounts all = rating_counts(rows);
      QVERIFY(all.binned && all.counts.size() == 50);
      for (size_t b = 0; b < 50; ++b) {
        QVERIFY(std::isfinite(all.counts[b].first));
        const double next = b + 1 < 50 ? all.counts[b + 1].first : INFINITY;
        QVERIFY(all.counts[b].first < next);
        QCOMPARE(all.counts[b].second, std::count_if(rows.ratings.begin(), rows.ratings.end(), [&](double rating) {
                   return rating >= all.counts[b].first && rating < next;
                 }));
      }
    };
    for (int i = 0; i <= 100; ++i) rows.ratings.push_back(i * 0.05);
    for (int i = 0; i <= 50; ++i) rows.ratings.push_back(i / 10.0);
    check();
    rows.ratings.clear();
    for (int i = -50; i <= 50; ++i) rows.ratings.push_back(i / 50.0 * std::numeric_limits<double>::max());
    check();
  }

  void countingStops() {
    UserRows rows = rows_of({{0, 0}}, 1);
    rows.ratings = {1, 2};
    rows.times = {0, 1};
    std::stop_source source;
    source.request_stop();
    const TaskContext stopped{{}, source.get_token()};
    QVERIFY_THROWS_EXCEPTION(Cancelled, rating_counts(rows, stopped));
    QVERIFY_THROWS_EXCEPTION(Cancelled, rows_by_month(rows, stopped));
  }

  /// 1970-01-31 23:59:59, 1970-02-01, 1972-02-29: months without rows between them are there with none.
  void monthsAreWhole() {
    UserRows rows = rows_of({{0, 0, 0, 0, 0}}, 1);
    rows.times = {2'678'399, 2'678'400, 68'169'600, no_time, int64_t{1} << 60};
    rows.ratings.assign(5, std::nan(""));
    const auto months = rows_by_month(rows);
    QCOMPARE(months.size(), size_t{26});
    QVERIFY(months[0] == (MonthRows{0, 1, 0, {}}) && months[1] == (MonthRows{2'678'400, 1, 0, {}}));
    QVERIFY(months[2] == (MonthRows{5'097'600, 0, 0, {}}));
    QVERIFY(months[25] == (MonthRows{65'750'400, 1, 0, {}}));  // 1972-02-01
    rows.times.assign(5, no_time);
    QVERIFY(rows_by_month(rows).empty());
  }

  /// A row without a rating counts as a row of its month and not in its mean.
  void meansAreOfWhatIsRated() {
    UserRows rows = rows_of({{0, 0, 0, 0, 0}}, 1);
    rows.times = {0, 1, 2, 5'097'600, no_time};  // three in January, one in March
    rows.ratings = {1, std::nan(""), 4, std::nan(""), 5};
    const auto months = rows_by_month(rows);
    QCOMPARE(months.size(), size_t{3});
    QVERIFY(months[0] == (MonthRows{0, 3, 2, 2.5}));
    QVERIFY(months[1] == (MonthRows{2'678'400, 0, 0, {}}) && months[2] == (MonthRows{5'097'600, 1, 0, {}}));
  }
};

QTEST_GUILESS_MAIN(QualityTest)
#include "quality_test.moc"
