// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/negatives.h"

#include <QtTest>
#include <algorithm>
#include <map>
#include <numeric>
#include <set>

using namespace prefscope;

namespace {

std::vector<int64_t> numbers(int64_t from, int64_t count) {
  std::vector<int64_t> items(static_cast<size_t>(count));
  std::iota(items.begin(), items.end(), from);
  return items;
}

/// Pearson's statistic of counts against expected ones.
double chi_square(const std::map<int64_t, int>& counts, const std::map<int64_t, double>& expected) {
  double sum = 0;
  for (const auto& [item, n] : expected) {
    const auto found = counts.find(item);
    const double off = (found == counts.end() ? 0 : found->second) - n;
    sum += off * off / n;
  }
  return sum;
}

}  // namespace

class NegativesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// The published test values of FNV-1a with 64 bits.
  void keysAreHashedByFnv1a() {
    QCOMPARE(hash_key(""), uint64_t{0xcbf29ce484222325});
    QCOMPARE(hash_key("a"), uint64_t{0xaf63dc4c8601ec8c});
    QCOMPARE(hash_key("foobar"), uint64_t{0x85944171f73967e8});
  }

  void withoutLeavesTheOthers() {
    QCOMPARE(without({1, 2, 3, 5, 8}, {2, 4, 8, 9}), (std::vector<int64_t>{1, 3, 5}));
    QCOMPARE(without({1, 2}, {}), (std::vector<int64_t>{1, 2}));
    QVERIFY(without({1, 2}, {1, 2}).empty());
  }

  /// 40 items of which 10 are excluded, 5 drawn, 6,000 times: each of 30 is expected 1,000 times. The statistic has 29
  /// degrees of freedom (a little less spread, as draws within a list differ): above 58.3 in one of 1,000 seeds.
  void uniformDrawsAreEvenAndNeverRepeat() {
    const std::vector<int64_t> items = numbers(100, 40);
    std::vector<int64_t> excluded;
    for (int64_t i = 100; i < 140; i += 4) excluded.push_back(i);
    std::map<int64_t, int> counts, first;
    std::map<int64_t, double> expected, expected_first;
    for (const int64_t item : without(items, excluded)) expected[item] = 1000, expected_first[item] = 200;
    Random random(11);
    for (int n = 0; n < 6000; ++n) {
      const auto drawn = draw_uniform(items, excluded, 5, random);
      QCOMPARE(std::set<int64_t>(drawn.begin(), drawn.end()).size(), size_t{5});
      for (const int64_t item : drawn) {
        QVERIFY(expected.contains(item));
        ++counts[item];
      }
      ++first[drawn.front()];
    }
    QVERIFY2(chi_square(counts, expected) < 58.3, std::to_string(chi_square(counts, expected)).c_str());
    QVERIFY2(chi_square(first, expected_first) < 58.3, std::to_string(chi_square(first, expected_first)).c_str());
    // All that there are can be drawn too.
    auto all = draw_uniform(items, excluded, 30, random);
    std::sort(all.begin(), all.end());
    QCOMPARE(all, without(items, excluded));
  }

  /// Weights 1, 2, 3, 4. First: 0.1, 0.2, 0.3, 0.4. Second of two, of what is left, for place 3 for example
  /// 0.1 * 4/9 + 0.2 * 4/8 + 0.3 * 4/7 = 0.31587; by the same sum the others are 0.15159, 0.25397 and 0.27857.
  /// 20,000 draws, 3 degrees of freedom: above 16.3 in one of 1,000 seeds.
  void weightedDrawsFollowTheWeights() {
    std::map<int64_t, int> first, second;
    Random random(5);
    const int draws = 20'000;
    for (int n = 0; n < draws; ++n) {
      const auto places = draw_weighted({1, 2, 3, 4}, 2, random);
      QVERIFY(places.size() == 2 && places[0] != places[1]);
      ++first[static_cast<int64_t>(places[0])];
      ++second[static_cast<int64_t>(places[1])];
    }
    std::map<int64_t, double> of_first, of_second;
    const double w[] = {1, 2, 3, 4};
    for (int i = 0; i < 4; ++i) {
      of_first[i] = draws * w[i] / 10;
      for (int j = 0; j < 4; ++j) {
        if (j != i) of_second[i] += draws * w[j] / 10 * w[i] / (10 - w[j]);
      }
    }
    QVERIFY(std::abs(of_second[3] / draws - 0.31587) < 1e-5);
    QVERIFY2(chi_square(first, of_first) < 16.3, std::to_string(chi_square(first, of_first)).c_str());
    QVERIFY2(chi_square(second, of_second) < 16.3, std::to_string(chi_square(second, of_second)).c_str());
    auto all = draw_weighted({0.5, 7, 1e-9, 1e9}, 4, random);
    std::sort(all.begin(), all.end());
    QCOMPARE(all, (std::vector<size_t>{0, 1, 2, 3}));
  }

  /// Against a full stable sort, on random scores with many ties: the scores chosen are the same, best first, and no
  /// place twice.
  void highestEqualsAFullSort() {
    Random random(3);
    for (int round = 0; round < 200; ++round) {
      std::vector<double> scores;
      for (int i = 0; i < 50; ++i) scores.push_back(static_cast<double>(random.below(20)) - 10);
      std::vector<double> sorted = scores;
      std::sort(sorted.rbegin(), sorted.rend());
      const int count = 1 + static_cast<int>(random.below(50));
      const auto places = highest(scores, count, random);
      QCOMPARE(places.size(), static_cast<size_t>(count));
      QCOMPARE(std::set<size_t>(places.begin(), places.end()).size(), static_cast<size_t>(count));
      for (size_t i = 0; i < places.size(); ++i) QCOMPARE(scores[places[i]], sorted[i]);
    }
  }

  /// Five equal scores above two others, three chosen, 5,000 times: each of the five is expected 3,000 times with a
  /// standard deviation of 35, whatever its place.
  void amongEqualsTheSeedDecides() {
    std::map<size_t, int> counts;
    Random random(8);
    for (int n = 0; n < 5000; ++n) {
      for (const size_t place : highest({1, 7, 7, 0, 7, 7, 7}, 3, random)) ++counts[place];
    }
    QVERIFY(!counts.contains(0) && !counts.contains(3));
    for (const size_t place : {1, 2, 4, 5, 6})
      QVERIFY2(std::abs(counts[place] - 3000) < 175, std::to_string(counts[place]).c_str());
    Random a(4), b(4), c(6);
    const std::vector<double> equal(100, 0.5);
    const auto chosen = highest(equal, 5, a);
    QCOMPARE(highest(equal, 5, b), chosen);
    QVERIFY(highest(equal, 5, c) != chosen);
  }

  /// Of five scores 3, 1, 4, 1, 5 the others below: two of 4 for the 3; half of one tie of 4 for a 1; three; all four.
  void percentilesByHand() {
    QCOMPARE(percentiles({3, 1, 4, 1, 5}, {0, 1, 2, 3, 4}), (std::vector<double>{0.5, 0.125, 0.75, 0.125, 1}));
    QCOMPARE(percentiles({2, 1, 3}, {1}), std::vector<double>{0});
    QCOMPARE(percentiles({2, 2, 2, 2}, {0, 3}), (std::vector<double>{0.5, 0.5}));
    QCOMPARE(percentiles({7}, {0}), std::vector<double>{0.5});
  }

  /// 0.1 * (1 + q(l) - q(w)): undecided 0.1; agreed by 0.75 0.1 * 0.25; for the other by 0.75 0.1 * 1.75; bounds 0 and
  /// twice 0.1. With 0.4 the other end would be 0.8, more than half.
  void smoothingByHand() {
    const auto near = [](double a, double b) { return std::abs(a - b) < 1e-12; };
    QVERIFY(near(rose_smoothing(0.1, 0.5, 0.5), 0.1));
    QVERIFY(near(rose_smoothing(0.1, 1, 0.25), 0.025));
    QVERIFY(near(rose_smoothing(0.1, 0.25, 1), 0.175));
    QVERIFY(near(rose_smoothing(0.1, 1, 0), 0));
    QVERIFY(near(rose_smoothing(0.1, 0, 1), 0.2));
    QVERIFY(near(rose_smoothing(0.4, 0, 1), 0.5));
    QVERIFY(near(rose_smoothing(0, 0, 1), 0));
  }
};

QTEST_GUILESS_MAIN(NegativesTest)
#include "negatives_test.moc"
