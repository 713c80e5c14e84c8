// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/evaluate/panel.h"

#include <QtTest>
#include <algorithm>
#include <cmath>

#include "engine/base/error.h"

using namespace prefscope;

namespace {

bool near(double a, double b) {
  if (!(std::abs(a - b) < 1e-12)) qWarning("%.15f is not %.15f", a, b);
  return std::abs(a - b) < 1e-12;
}

/// A panel of 100 examples at one step: means of the log-ratios, which are the medians too, and HR@1.
PanelSummary at(int64_t step, double chosen, double rejected, double hr_1) {
  PanelSummary s;
  s.step = step;
  s.examples = 100;
  s.ratio_chosen = chosen;
  s.ratio_rejected = rejected;
  s.margin = chosen - rejected;
  s.chosen.p50 = chosen;
  s.rejected.p50 = rejected;
  s.hr_1 = hr_1;
  return s;
}

/// The step since which an alarm of this kind goes on; -1: there is none.
int64_t since(const std::vector<PanelSummary>& panel, AlarmKind kind, double beta = 1) {
  for (const Alarm& alarm : find_alarms(panel, beta)) {
    if (alarm.kind == kind) return alarm.step;
  }
  return -1;
}

}  // namespace

class PanelTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// Places between sorted values: share * (n - 1). Of 1, 2, 3, 4: 0.05 * 3 = 0.15, so 1.15; then 1.75, 2.5, 3.25 and
  /// 3.85, as numpy.quantile([1, 2, 3, 4], [0.05, 0.25, 0.5, 0.75, 0.95]).
  void quantilesByHand() {
    const Quantiles four = quantiles({4, 1, 3, 2});
    QVERIFY(near(four.p5, 1.15) && near(four.p25, 1.75) && near(four.p50, 2.5) && near(four.p75, 3.25) &&
            near(four.p95, 3.85));
    // Of -10, 0, 0, 7, 100: 0.05 * 4 = 0.2, so -10 + 0.2 * 10 = -8; places 1, 2 and 3; 0.95 * 4 = 3.8: 7 + 0.8 * 93.
    const Quantiles five = quantiles({7, 0, 100, -10, 0});
    QVERIFY(near(five.p5, -8) && near(five.p25, 0) && near(five.p50, 0) && near(five.p75, 7) && near(five.p95, 81.4));
    const Quantiles one = quantiles({-2.5});
    QVERIFY(near(one.p5, -2.5) && near(one.p50, -2.5) && near(one.p95, -2.5));
    // Of 0, 1, .. 100 the place is the percentage.
    std::vector<double> hundred;
    for (int i = 100; i >= 0; --i) hundred.push_back(i);
    const Quantiles q = quantiles(hundred);
    QVERIFY(near(q.p5, 5) && near(q.p25, 25) && near(q.p50, 50) && near(q.p75, 75) && near(q.p95, 95));
    QVERIFY_THROWS_EXCEPTION(Error, quantiles({}));
  }

  /// Step 0: ranks 1 and 3: HR@1 1/2, NDCG@5 (1 + 1 / log2 4) / 2 = 0.75, MRR (1 + 1/3) / 2. Step 10: ranks 6 and 1.5:
  /// HR@1 0, NDCG@5 (0 + 1 / log2 2.5) / 2, MRR (1/6 + 2/3) / 2.
  void summariesByHand() {
    const auto panel = summarize_panel({{0, 7, 1, -1, 1}, {0, 8, 3, 0, 3}, {10, 7, -2, -4, 6}, {10, 8, -1, -8, 1.5}});
    QCOMPARE(panel.size(), size_t{2});
    const PanelSummary &a = panel[0], &b = panel[1];
    QVERIFY(a.step == 0 && a.examples == 2 && b.step == 10 && b.examples == 2);
    QVERIFY(near(a.ratio_chosen, 2) && near(a.ratio_rejected, -0.5) && near(a.margin, 2.5));
    QVERIFY(near(a.hr_1, 0.5) && near(a.ndcg_5, 0.75) && near(a.mrr, 2.0 / 3));
    QVERIFY(near(a.chosen.p50, 2) && near(a.chosen.p25, 1.5) && near(a.rejected.p5, -0.95));
    QVERIFY(near(b.ratio_chosen, -1.5) && near(b.ratio_rejected, -6) && near(b.margin, 4.5));
    QVERIFY(near(b.hr_1, 0) && near(b.ndcg_5, 0.5 / std::log2(2.5)) && near(b.mrr, 5.0 / 12));
    QVERIFY(near(b.rejected.p95, -4.2) && near(b.chosen.p75, -1.25));
    // Rank 5 is the last that counts for NDCG@5: 1 / log2 6; 5.5, a tie across the border, does not.
    QVERIFY(near(summarize_panel({{1, 1, 0, 0, 5}})[0].ndcg_5, 1 / std::log2(6.0)));
    QVERIFY(near(summarize_panel({{1, 1, 0, 0, 5.5}})[0].ndcg_5, 0));
    QVERIFY(summarize_panel({}).empty());
  }

  void chosenFallsWhileTheMarginGrows() {
    const auto kind = AlarmKind::LikelihoodDecline;
    // It rises to step 10, then falls by 0.5 while the margin grows: the alarm goes from step 10.
    const std::vector<PanelSummary> falling = {at(0, 0, 0, 0.2), at(10, 0.3, -0.2, 0.3), at(20, 0.1, -0.9, 0.4),
                                               at(30, -0.2, -2, 0.4)};
    QCOMPARE(since(falling, kind), int64_t{10});
    const auto alarms = find_alarms(falling, 1);
    QCOMPARE(alarms.size(), size_t{1});
    QVERIFY2(alarms[0].text.find("since step 10 (-0.50 nats)") != std::string::npos, alarms[0].text.c_str());
    QVERIFY(!alarms[0].advice.empty());
    // It falls by less than 0.1; it has risen again; the margin shrinks too.
    QCOMPARE(since({at(0, 0, 0, 0), at(10, -0.03, -0.2, 0), at(20, -0.09, -0.4, 0)}, kind), int64_t{-1});
    QCOMPARE(since({at(0, 0, 0, 0), at(10, -2, -3, 0), at(20, -1, -3, 0)}, kind), int64_t{-1});
    QCOMPARE(since({at(0, 0, 0, 0), at(10, -0.5, -0.4, 0), at(20, -1, -0.6, 0)}, kind), int64_t{-1});
    QCOMPARE(since({at(0, 0, 0, 0), at(10, -0.5, -0.9, 0)}, kind), int64_t{-1});  // two evaluations are too few
  }

  void marginsSaturate() {
    const auto kind = AlarmKind::Saturation;
    const std::vector<PanelSummary> panel = {at(0, 0, 0, 0.2), at(10, 2, -9, 0.5), at(20, 3, -4, 0.6),
                                             at(30, 5, -7, 0.7), at(40, 6, -8, 0.7)};
    QCOMPARE(since(panel, kind), int64_t{30});  // 11 at step 10 went back to 7
    QCOMPARE(since(panel, kind, 0.5), int64_t{-1});
    QCOMPARE(since(panel, kind, 1.5), int64_t{10});                                                // 16.5, 10.5, 18, 21
    QCOMPARE(since({at(0, 0, 0, 0), at(10, 6, -6, 0.5), at(20, 5, -5, 0.5)}, kind), int64_t{-1});  // 10 is not above 10
    // The median counts: a few large margins do not saturate a panel.
    auto few = panel;
    for (PanelSummary& s : few) s.chosen.p50 = 0, s.rejected.p50 = -1;
    QCOMPARE(since(few, kind), int64_t{-1});
  }

  /// HR@1 0.2 of 100 examples has a standard error of 0.04.
  void rankingDoesNotFollow() {
    const auto kind = AlarmKind::NoGain;
    QCOMPARE(since({at(0, 0, 0, 0.2), at(10, 0.5, -0.5, 0.22), at(20, 1, -1, 0.23)}, kind), int64_t{20});
    QCOMPARE(since({at(0, 0, 0, 0.2), at(10, 0.5, -0.5, 0.22), at(20, 1, -1, 0.25)}, kind), int64_t{-1});    // it does
    QCOMPARE(since({at(0, 0, 0, 0.2), at(10, 0.5, -0.5, 0.3), at(20, 1, -1, 0.2)}, kind), int64_t{-1});      // it did
    QCOMPARE(since({at(0, 0, 0, 0.2), at(10, 0.2, -0.2, 0.2), at(20, 0.4, -0.5, 0.2)}, kind), int64_t{-1});  // 0.9
    // At HR@1 0 the error is that of 0.01: 0.1 / 10 = 0.01.
    QCOMPARE(since({at(0, 0, 0, 0), at(10, 1, 0, 0), at(20, 2, 0, 0)}, kind), int64_t{20});
    QCOMPARE(since({at(0, 0, 0, 0), at(10, 1, 0, 0.02), at(20, 2, 0, 0.02)}, kind), int64_t{-1});
  }

  void aGoodTrainingIsQuiet() {
    QVERIFY(find_alarms({}, 1).empty());
    QVERIFY(find_alarms({at(0, 0, 0, 0.2), at(10, 0.4, -0.3, 0.3), at(20, 0.8, -1, 0.4)}, 1).empty());
    // And all three at once, each once.
    const auto all = find_alarms({at(0, 0, 0, 0.2), at(10, -5, -17, 0.2), at(20, -6, -20, 0.1)}, 1);
    QCOMPARE(all.size(), size_t{3});
  }
};

QTEST_GUILESS_MAIN(PanelTest)
#include "panel_test.moc"
