// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/curve_card.h"

#include <QElapsedTimer>
#include <QLabel>
#include <QtTest>
#include <cmath>
#include <limits>

#include "ui/theme.h"
#include "ui/widgets/curve_points.h"
#include "ui/widgets/qcustomplot_header.h"

using namespace prefscope;

/// Curves of many points: what is drawn, and how long a frame takes.
class CurveCardTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { installTheme(*qApp, Appearance::Light); }

  void runningMeanByHand() {
    // Fewer than 100 values: a mean over the last five.
    const double nothing = std::numeric_limits<double>::quiet_NaN();
    const std::vector<double> means = runningMean({nothing, 1, 2, 3, 4, 5, 6});
    QVERIFY(std::isnan(means[0]));
    QCOMPARE(means[1], 1.0);
    QCOMPARE(means[4], 2.5);  // (1 + 2 + 3 + 4) / 4
    QCOMPARE(means[5], 3.0);  // (1 + .. + 5) / 5
    QCOMPARE(means[6], 4.0);  // (2 + .. + 6) / 5
    const std::vector<double> after = runningMean({1, INFINITY, 3});
    QCOMPARE(after[2], 2.0);  // what is not finite spoils nothing
  }

  void thinsToFirstLowestHighestLast() {
    // 100 points in 2 columns of 50: in each a dip and a peak that must stay.
    std::vector<double> x, y;
    for (int i = 0; i < 100; ++i) {
      x.push_back(i);
      y.push_back(i == 20 ? -9 : i == 10 ? 9 : i == 70 ? 8 : i == 60 ? -8 : 0);
    }
    const CurvePoints points = thinned(x, y, 0, 100, 2);
    QCOMPARE(points.x, std::vector<double>({0, 10, 20, 49, 50, 60, 70, 99}));
    QCOMPARE(points.y, std::vector<double>({0, 9, -9, 0, 0, -8, 8, 0}));
    QCOMPARE(thinned(x, y, 0, 100, 25).x.size(), size_t{100});  // few: all stay
  }

  void aHundredThousandPoints() {
    constexpr int n = 100'000;
    std::vector<double> steps, values;
    for (int i = 1; i <= n; ++i) {
      steps.push_back(i);
      values.push_back(std::sin(i * 0.001) + 0.3 * std::sin(i * 12.9898));
    }
    CurveCard card;
    card.resize(860, 300);
    card.setUp(QStringLiteral("Loss"), QStringLiteral("nats"), CurveCard::Range::Values, {});
    card.show();
    QVERIFY(QTest::qWaitForWindowExposed(&card));
    card.setData({1, 2}, {{QStringLiteral("loss"), Qt::blue, {1, 2}}});  // the first drawing loads fonts
    card.plot()->replot(QCustomPlot::rpImmediateRefresh);
    QElapsedTimer clock;
    clock.start();
    card.setData(steps, {{QStringLiteral("loss"), Qt::blue, values}}, n);
    const qint64 dataMs = clock.restart();
    card.plot()->replot(QCustomPlot::rpImmediateRefresh);
    qInfo("100,000 points: %lld ms to take, %lld ms to draw", static_cast<long long>(dataMs),
          static_cast<long long>(clock.elapsed()));
    QCOMPARE(card.plot()->graphCount(), 2);  // the steps, faint, and their running mean
    for (int i = 0; i < 2; ++i) {
      const int drawn = card.plot()->graph(i)->dataCount();
      QVERIFY2(drawn > 100 && drawn <= 4 * 1000, qPrintable(QString::number(drawn)));
    }
    // Nothing of the range is lost by thinning.
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    QVERIFY(card.plot()->yAxis->range().contains(*low) && card.plot()->yAxis->range().contains(*high));
  }
};

QTEST_MAIN(CurveCardTest)
#include "curve_card_test.moc"
