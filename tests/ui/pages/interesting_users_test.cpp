// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/interesting_users.h"

#include <QtTest>

using namespace prefscope;

class InterestingUsersTest : public QObject {
  Q_OBJECT

  static MarginPoint point(int64_t example, double reference, double policy, double chosen, double rejected,
                           bool first) {
    MarginPoint p;
    p.example = example;
    p.reference = reference;
    p.policy = policy;
    p.ratio_chosen = chosen;
    p.ratio_rejected = rejected;
    p.chosen_first = first;
    return p;
  }
  const std::vector<MarginPoint> points_ = {point(1, 0, 2, 1, -1, true), point(2, 1, 0.5, -1, -0.5, false),
                                            point(3, 0, -0.25, -2, -1.75, false), point(4, 1, 4, 2, -1, true)};
  using Ids = std::vector<int64_t>;

 private Q_SLOTS:
  void ordersByHand() {
    QCOMPARE(interestingExamples(points_, Interest::LargestGain), (Ids{4, 1}));  // 3 and 2
    QCOMPARE(interestingExamples(points_, Interest::LargestLoss), (Ids{2, 3}));  // 0.5 and 0.25
    QCOMPARE(interestingExamples(points_, Interest::MostUncertain), (Ids{3, 2, 1, 4}));
    QCOMPARE(interestingExamples(points_, Interest::NotFirst), (Ids{2, 3}));
    QCOMPARE(interestingExamples(points_, Interest::BothFell), (Ids{3, 2}));
  }

  void goesRound() {
    QCOMPARE(nextInteresting(points_, Interest::LargestGain, 2), std::optional<int64_t>(4));
    QCOMPARE(nextInteresting(points_, Interest::LargestGain, 4), std::optional<int64_t>(1));
    QCOMPARE(nextInteresting(points_, Interest::LargestGain, 1), std::optional<int64_t>(4));
    QVERIFY(!nextInteresting({}, Interest::LargestGain, 1));
  }

  void eachHasATitle() {
    for (const Interest interest : allInterests) QVERIFY(!interestTitle(interest).isEmpty());
  }
};

QTEST_MAIN(InterestingUsersTest)
#include "interesting_users_test.moc"
