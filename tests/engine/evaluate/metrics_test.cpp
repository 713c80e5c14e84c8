// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/evaluate/metrics.h"

#include "engine/evaluate/text_metrics.h"

#include <QtTest>
#include <cmath>
#include <limits>

#include "engine/evaluate/table.h"

using namespace prefscope;

namespace {

bool close(double a, double b) {
  return std::abs(a - b) < 1e-12;
}

}  // namespace

class MetricsTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void ranksWithoutTies() {
    // The target (0.4) has 0.9 above and 0.1, 0.2, 0.3 below: rank 2, three of four pairs won.
    const std::vector<double> scores = {0.1, 0.9, 0.4, 0.2, 0.3};
    const UserMetrics m = user_metrics(scores, 2);
    QVERIFY(close(m.auc, 3.0 / 4));
    QVERIFY(close(m.target_rank, 2));
    QVERIFY(close(m.hit_1, 0));
    QVERIFY(close(m.hit_5, 1));
    QVERIFY(close(m.ndcg_5, 1 / std::log2(3.0)));
    QVERIFY(close(m.reciprocal_rank, 0.5));
  }

  void firstAndLast() {
    const std::vector<double> scores = {3, 2, 1, 0, -1, -2, -3};
    const UserMetrics first = user_metrics(scores, 0), sixth = user_metrics(scores, 5), last = user_metrics(scores, 6);
    QVERIFY(close(first.auc, 1) && close(first.hit_1, 1) && close(first.ndcg_5, 1) && close(first.reciprocal_rank, 1));
    QVERIFY(close(sixth.hit_5, 0) && close(sixth.ndcg_5, 0) && close(sixth.reciprocal_rank, 1.0 / 6));
    QVERIFY(close(last.auc, 0) && close(last.target_rank, 7));
  }

  void tiesAreExpectations() {
    // One better, the target and one other tie, one worse: the target is second or third with the same chance.
    const std::vector<double> scores = {1, 5, 1, 0};
    const UserMetrics m = user_metrics(scores, 0);
    QVERIFY(close(m.auc, 1.5 / 3));
    QVERIFY(close(m.target_rank, 2.5));
    QVERIFY(close(m.hit_1, 0));
    QVERIFY(close(m.hit_5, 1));
    QVERIFY(close(m.ndcg_5, (1 / std::log2(3.0) + 1 / std::log2(4.0)) / 2));
    QVERIFY(close(m.reciprocal_rank, (1.0 / 2 + 1.0 / 3) / 2));
  }

  void sameScoreForAllIsChance() {
    // Ranks 1 .. 20 with chance 1/20 each.
    const std::vector<double> scores(20, 7.0);
    const UserMetrics m = user_metrics(scores, 4);
    double mrr = 0;
    for (int rank = 1; rank <= 20; ++rank) mrr += 1.0 / rank / 20;
    QVERIFY(close(m.auc, 0.5) && close(m.target_rank, 10.5));
    QVERIFY(close(m.hit_1, 1.0 / 20) && close(m.hit_5, 5.0 / 20) && close(m.reciprocal_rank, mrr));
  }

  void notANumberEarnsNothing() {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    QVERIFY(close(user_metrics(std::vector<double>{nan, nan, nan}, 1).auc, 0.5));
    QVERIFY(close(user_metrics(std::vector<double>{1, nan, 2}, 1).auc, 0.5));
  }

  void bootstrapIsSeededAndCoversTheMean() {
    std::vector<double> values;
    for (int i = 0; i < 100; ++i) values.push_back(i % 2);
    const Interval a = bootstrap_mean(values, 1), b = bootstrap_mean(values, 1), c = bootstrap_mean(values, 2);
    QVERIFY(close(a.value, 0.5));
    QCOMPARE(a.low, b.low);
    QCOMPARE(a.high, b.high);
    QVERIFY(a.low != c.low || a.high != c.high);
    // The mean of 100 fair coins has standard deviation 0.05: the interval is 0.5 -+ 1.96 * 0.05 = 0.402 .. 0.598.
    QVERIFY2(std::abs(a.low - 0.402) < 0.02 && std::abs(a.high - 0.598) < 0.02,
             qPrintable(QStringLiteral("%1 .. %2").arg(a.low).arg(a.high)));
    const Interval constant = bootstrap_mean(std::vector<double>(7, 0.25), 3);
    QVERIFY(close(constant.low, 0.25) && close(constant.high, 0.25));
    QVERIFY(close(bootstrap_mean({}, 3).value, 0));
  }

  void comparisonCountsLosses() {
    // Users 1 .. 4: better, worse, the same, better; user 9 is on one side only.
    const std::vector<UserResult> before = {{1, 0.5, 3}, {2, 0.75, 2}, {3, 1, 1}, {4, 0.25, 4}, {9, 0.1, 9}};
    const std::vector<UserResult> after = {{4, 0.5, 3}, {3, 1, 1}, {2, 0.5, 3}, {1, 1, 1}};
    const Comparison c = compare_users(before, after, 5);
    QCOMPARE(c.improved, 2);
    QCOMPARE(c.worsened, 1);
    QCOMPARE(c.unchanged, 1);
    QVERIFY(close(c.auc_gain.value, (0.25 + 0 - 0.25 + 0.5) / 4));
    QVERIFY(c.auc_gain.low < c.auc_gain.value && c.auc_gain.value < c.auc_gain.high);
    QVERIFY(in_words(c).starts_with("2 users improved, 1 worsened, 1 unchanged; AUC +0.125 ["));
  }

  void tableOfAnEvaluation() {
    Evaluation e;
    e.protocol = "open prompt";
    e.rows = {{"base", std::nullopt, {{"auc", {0.6701, 0.6284, 0.7}}, {"mrr", {1, 1, 1}}}},
              {"popularity", std::nullopt, {}}};
    const std::string text = markdown_table(e);
    QVERIFY(text.starts_with("| model      | AUC                  | HR@1 "));
    QVERIFY(text.find("| base       | 0.670 [0.628, 0.700] |  ") != std::string::npos);
    QVERIFY(text.find("| 1.000 [1.000, 1.000] |\n| popularity |") != std::string::npos);
    QVERIFY(text.ends_with("\n\nProtocol: open prompt.\n"));
  }

  /// Four differences of 1: of the 16 sign patterns two have a sum as far from 0, so p is near 1/8. No difference: 1.
  void signFlips() {
    const std::vector<double> same = {1, 1, 1, 1}, balanced = {1, -1, 2, -2}, none;
    QVERIFY(std::abs(sign_flip_p_value(same, 1) - 0.125) < 0.02);
    QCOMPARE(sign_flip_p_value(balanced, 1), 1.0);
    QCOMPARE(sign_flip_p_value(none, 1), 1.0);
    const std::vector<double> many(40, 0.5);
    QVERIFY(sign_flip_p_value(many, 1) < 2e-4);
    QCOMPARE(sign_flip_p_value(same, 1), sign_flip_p_value(same, 1));
  }

  /// Sorted 0.01, 0.03, 0.04: times 3, 2, 1 is 0.03, 0.06, 0.04, and none may be below the one before.
  void holmByHand() {
    const std::vector<double> corrected = holm({0.01, 0.04, 0.03});
    QVERIFY(std::abs(corrected[0] - 0.03) < 1e-12);
    QVERIFY(std::abs(corrected[1] - 0.06) < 1e-12);
    QVERIFY(std::abs(corrected[2] - 0.06) < 1e-12);
    QCOMPARE(holm({0.7, 0.9}), (std::vector<double>{1, 1}));
    QVERIFY(holm({}).empty());
  }

  void textsByHand() {
    using Features = std::vector<std::set<int>>;
    QCOMPARE(unique_share({"a", "b", "a", "c"}), 0.75);
    QCOMPARE(unique_share({}), 0.0);
    QCOMPARE(feature_coverage(Features{{1, 2}, {2}, {}}, 8), 0.25);
    // Pairs: {1, 2} and {2} share one, the others none.
    QVERIFY(std::abs(feature_overlap(Features{{1, 2}, {2}, {}}) - 1.0 / 3) < 1e-12);
    QCOMPARE(feature_overlap(Features{{1}}), 0.0);
  }
};

QTEST_GUILESS_MAIN(MetricsTest)
#include "metrics_test.moc"
