// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/random.h"

#include <QtTest>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

using namespace prefscope;

class RandomTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// The numbers of Vigna's splitmix64.c for seeds 0 and 1234567. A change here changes every saved split.
  void numbersAreThoseOfSplitMix64() {
    Random zero(0);
    QCOMPARE(zero.next(), uint64_t{0xe220a8397b1dcdaf});
    QCOMPARE(zero.next(), uint64_t{0x6e789e6aa1b965f4});
    QCOMPARE(zero.next(), uint64_t{0x06c45d188009454f});
    Random random(1234567);
    QCOMPARE(random.next(), uint64_t{6457827717110365317u});
    QCOMPARE(random.next(), uint64_t{3203168211198807973u});
    QCOMPARE(random.next(), uint64_t{9817491932198370423u});
  }

  /// state <- mix(state ^ part) for each part, from 0: the order counts, and so does a zero at the end.
  void partsAreMixedInOrder() {
    const uint64_t first = Random(uint64_t{5}).next();
    QCOMPARE(Random({5}).state(), first);
    QCOMPARE(Random({5, 7}).state(), Random(first ^ 7).next());
    QVERIFY(Random({5, 7}).state() != Random({7, 5}).state());
    QVERIFY(Random({5, 7}).state() != Random({5, 7, 0}).state());
  }

  /// A generator made from another's state goes on where that one stands: resume depends on it.
  void stateIsAllThereIs() {
    Random random({1, 2, 3});
    random.normal();
    Random later(random.state());
    for (int i = 0; i < 10; ++i) QCOMPARE(later.next(), random.next());
  }

  void belowStaysBelow_data() {
    QTest::addColumn<quint64>("bound");
    for (const quint64 bound :
         {quint64{1}, quint64{2}, quint64{3}, quint64{1} << 63, (quint64{1} << 63) + 1, ~quint64{0}})
      QTest::addRow("%llu", bound) << bound;
  }
  void belowStaysBelow() {
    QFETCH(quint64, bound);
    Random random(4);
    for (int i = 0; i < 2000; ++i) QVERIFY(random.below(bound) < bound);
  }

  /// 2^64 draws modulo 2^63 + 1 would give 0 .. 2^63 - 2 twice each and the rest once. The first 2^63 - 1 draws are
  /// thrown away instead, about half of all: 2,000 numbers take 4,000 steps, with a standard deviation of 63.
  void belowRejectsWhatWouldFavourSmallNumbers() {
    const uint64_t bound = (uint64_t{1} << 63) + 1, step = 0x9e3779b97f4a7c15u;
    Random random(4);
    for (int i = 0; i < 2000; ++i) random.below(bound);
    Random walker(4);
    int draws = 0;
    while (walker.state() != random.state()) {
      walker = Random(walker.state() + step);
      ++draws;
      QVERIFY(draws < 10'000);
    }
    QVERIFY2(draws > 3700 && draws < 4300, std::to_string(draws).c_str());
  }

  /// 60,000 throws of a die: 10,000 each with a standard deviation of 91; five of them allowed.
  void belowIsEven() {
    std::array<int, 6> counts{};
    Random random(11);
    for (int i = 0; i < 60'000; ++i) ++counts[random.below(6)];
    for (const int count : counts) QVERIFY2(std::abs(count - 10'000) < 456, std::to_string(count).c_str());
  }

  /// Mean 1/2 and variance 1/12; the mean of 40,000 has a standard deviation of 0.0014.
  void uniformFillsTheUnitInterval() {
    Random random(12);
    double sum = 0, low = 1, high = 0;
    for (int i = 0; i < 40'000; ++i) {
      const double u = random.uniform();
      QVERIFY(u >= 0 && u < 1);
      sum += u, low = std::min(low, u), high = std::max(high, u);
    }
    QVERIFY(std::abs(sum / 40'000 - 0.5) < 0.007);
    QVERIFY(low < 0.001 && high > 0.999);
  }

  /// Mean 0, variance 1 (standard deviations of the estimates 0.005 and 0.007), and 4.55 % beyond two (0.1 %).
  void normalIsStandard() {
    Random random(13);
    double sum = 0, squares = 0;
    int beyond = 0;
    for (int i = 0; i < 40'000; ++i) {
      const double x = random.normal();
      QVERIFY(std::isfinite(x));
      sum += x, squares += x * x, beyond += std::abs(x) > 2 ? 1 : 0;
    }
    QVERIFY(std::abs(sum / 40'000) < 0.025);
    QVERIFY(std::abs(squares / 40'000 - 1) < 0.035);
    QVERIFY(std::abs(beyond / 40'000.0 - 0.0455) < 0.005);
  }

  /// Weights 1 : 0 : 3. A quarter of 40,000 is 10,000 with a standard deviation of 87.
  void weightedFollowsItsWeights() {
    Random random(14);
    std::array<int, 3> counts{};
    for (int i = 0; i < 40'000; ++i) ++counts[random.weighted({1, 0, 3})];
    QVERIFY(std::abs(counts[0] - 10'000) < 435);
    QCOMPARE(counts[1], 0);
    QCOMPARE(random.weighted({2.5}), size_t{0});
  }

  /// 24,000 shuffles of four: each of the 24 orders 1,000 times with a standard deviation of 31.
  void shuffleIsEven() {
    Random random(15);
    std::map<std::vector<int>, int> orders;
    for (int i = 0; i < 24'000; ++i) {
      std::vector<int> values = {0, 1, 2, 3};
      random.shuffle(values);
      ++orders[values];
    }
    QCOMPARE(orders.size(), size_t{24});
    for (const auto& [order, count] : orders) QVERIFY2(std::abs(count - 1000) < 155, std::to_string(count).c_str());
    std::vector<int> none;
    random.shuffle(none);
    QVERIFY(none.empty());
  }
};

QTEST_GUILESS_MAIN(RandomTest)
#include "random_test.moc"
