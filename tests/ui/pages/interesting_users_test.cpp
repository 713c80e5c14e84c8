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
    QCOMPARE(interestingExamples(points_, Interest::MarginGain), (Ids{4, 1}));  // 3 and 2
    QCOMPARE(interestingExamples(points_, Interest::MarginLoss), (Ids{2, 3}));  // 0.5 and 0.25
    QCOMPARE(interestingExamples(points_, Interest::MostUncertain), (Ids{3, 2, 1, 4}));
    QCOMPARE(interestingExamples(points_, Interest::NotFirst), (Ids{2, 3}));
    QCOMPARE(interestingExamples(points_, Interest::BothFell), (Ids{3, 2}));
  }

  /// The margin of 1 rose, yet it lost most ranks: 16 to 20. 2 lost one, 3 gained half a rank, 4 stays.
  void aRankIsNoMargin() {
    std::vector<MarginPoint> points = points_;
    const double ranks[][2] = {{16, 20}, {2, 3}, {4.5, 4}, {1, 1}};
    for (size_t i = 0; i < points.size(); ++i) {
      points[i].rank_reference = ranks[i][0];
      points[i].rank_policy = ranks[i][1];
    }
    QCOMPARE(interestingExamples(points, Interest::RankLoss), (Ids{1, 2}));
    QCOMPARE(interestingExamples(points, Interest::RankGain), Ids{3});
    QVERIFY(interestingExamples(points_, Interest::RankLoss).empty());  // given pairs have no ranks
    QCOMPARE(interestTitle(Interest::MarginLoss), QStringLiteral("Largest loss of margin"));
    QCOMPARE(interestTitle(Interest::RankLoss), QStringLiteral("Largest loss of rank"));
  }

  void goesRound() {
    QCOMPARE(nextInteresting(points_, Interest::MarginGain, 2), std::optional<int64_t>(4));
    QCOMPARE(nextInteresting(points_, Interest::MarginGain, 4), std::optional<int64_t>(1));
    QCOMPARE(nextInteresting(points_, Interest::MarginGain, 1), std::optional<int64_t>(4));
    QVERIFY(!nextInteresting({}, Interest::MarginGain, 1));
  }

  void eachHasATitle() {
    QStringList titles;
    for (const Interest interest : allInterests) {
      QVERIFY(!interestTitle(interest).isEmpty() && !interestMeaning(interest).isEmpty());
      titles << interestTitle(interest);
    }
    QCOMPARE(titles.removeDuplicates(), 0);
  }
};

QTEST_MAIN(InterestingUsersTest)
#include "interesting_users_test.moc"
