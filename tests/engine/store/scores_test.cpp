// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/scores.h"

#include <QtTest>
#include <cmath>

#include "tests/engine/store/small_store.h"

using namespace prefscope;

namespace {

ResponseScore score(int64_t example, int position, int order, float a, float b) {
  return {example, position, order, static_cast<double>(a) + b, {7, 1}, {a, b}};
}

bool close(double a, double b) {
  return std::abs(a - b) < 1e-9;
}

const Policy base{1, std::nullopt}, sft{1, 1}, dmpo{1, 2};

}  // namespace

class ScoresTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void keepsTokensAndReplaces() {
    QTemporaryDir dir;
    Workspace workspace(dir.path().toStdString());
    fill_small_store(workspace);
    save_scores(workspace, dmpo, {score(1, 1, 0, -1, -2), score(1, 0, 0, -0.5F, -0.25F)});
    save_scores(workspace, dmpo, {score(1, 1, 0, -3, -4)});
    const auto scores = read_scores(workspace, 1, dmpo);
    QCOMPARE(scores.size(), size_t{2});
    QCOMPARE(scores[0].position, 0);
    QCOMPARE(scores[0].token_ids, (std::vector<int32_t>{7, 1}));
    QCOMPARE(scores[0].token_log_probs, (std::vector<float>{-0.5F, -0.25F}));
    QVERIFY(close(scores[1].log_prob, -7));
    QVERIFY(read_scores(workspace, 1, base).empty());
    QVERIFY(read_scores(workspace, 2, dmpo).empty());
  }

  void knowsWhatIsUnscored() {
    QTemporaryDir dir;
    Workspace workspace(dir.path().toStdString());
    fill_small_store(workspace);
    save_scores(workspace, sft, {score(1, 0, 0, -1, -1)});
    QVERIFY(is_scored(workspace, 1, sft));
    QVERIFY(!is_scored(workspace, 1, base) && !is_scored(workspace, 1, dmpo) && !is_scored(workspace, 2, sft));
    QCOMPARE(unscored_examples(workspace, 1, Role::HeldOut, sft), std::vector<int64_t>{2});
    QCOMPARE(unscored_examples(workspace, 1, Role::HeldOut, base), (std::vector<int64_t>{1, 2}));
    QCOMPARE(unscored_examples(workspace, 1, Role::Train, sft), std::vector<int64_t>{3});
  }

  void referenceIsTheParentOrTheBase() {
    QTemporaryDir dir;
    Workspace workspace(dir.path().toStdString());
    fill_small_store(workspace);
    QCOMPARE(reference_of(workspace, 2).run, std::optional<int64_t>(1));
    QVERIFY(!reference_of(workspace, 1).run);
  }

  void marginPointsByHand() {
    QTemporaryDir dir;
    Workspace workspace(dir.path().toStdString());
    fill_small_store(workspace);
    // Example 1, two prompt orders. Reference: chosen (position 1) -5 and -7, mean -6; rejected -4 and -8 in both
    // orders, mean -6. Policy: chosen -3; rejected -5 and -7, mean -6.
    for (const int order : {0, 1}) {
      save_scores(
          workspace, sft,
          {score(1, 0, order, -4, 0), score(1, 1, order, order == 0 ? -5.0F : -7.0F, 0), score(1, 2, order, -8, 0)});
      save_scores(workspace, dmpo, {score(1, 0, order, -5, 0), score(1, 1, order, -1, -2), score(1, 2, order, -7, 0)});
    }
    // Example 2 is scored under the policy alone: no mark.
    save_scores(workspace, dmpo, {score(2, 0, 0, -1, 0), score(2, 1, 0, -2, 0)});
    const auto points = read_margin_points(workspace, 1, 2);
    QCOMPARE(points.size(), size_t{1});
    const MarginPoint& p = points.front();
    QCOMPARE(p.example, 1);
    QCOMPARE(p.user_key, std::string("ann"));
    QVERIFY(close(p.reference, 0));
    QVERIFY(close(p.policy, 3));
    QVERIFY(close(p.ratio_chosen, 3));
    QVERIFY(close(p.ratio_rejected, 0));
    QVERIFY(close((p.ratio_chosen - p.ratio_rejected), p.policy - p.reference));
    QVERIFY(p.chosen_first);
    QVERIFY(!p.chosen_first_reference);  // -6 against -4
    // Hardest: -6 + 4 before, -3 + 5 after; it fell from -4 to -5.
    QVERIFY(close(p.hardest.reference, -2) && close(p.hardest.policy, 2));
    QVERIFY(close(p.hardest.ratio_chosen, 3) && close(p.hardest.ratio_rejected, -1));
    QVERIFY(close(margin_of(p, true).policy, 2) && close(margin_of(p, false).policy, 3));
    QVERIFY(close(margin_of(p, false).ratio_rejected, 0));
    QCOMPARE(p.rank_reference, 2.0);
    QCOMPARE(p.rank_policy, 1.0);
  }

  void hardestRejectedMayBeAnotherAfterTraining() {
    QTemporaryDir dir;
    Workspace workspace(dir.path().toStdString());
    fill_small_store(workspace);
    // Chosen (position 1) -3, then -2. Rejected -1 and -6, then -7 and -2: the hardest is the first before (margin -2)
    // and the second after (margin 0, a tie: not first, rank 1.5); its log-prob went from -1 to -2. Means: -3.5, -4.5.
    save_scores(workspace, sft, {score(1, 0, 0, -1, 0), score(1, 1, 0, -3, 0), score(1, 2, 0, -6, 0)});
    save_scores(workspace, dmpo, {score(1, 0, 0, -7, 0), score(1, 1, 0, -2, 0), score(1, 2, 0, -2, 0)});
    const auto points = read_margin_points(workspace, 1, 2);
    QCOMPARE(points.size(), size_t{1});
    const MarginPoint& p = points.front();
    QVERIFY(close(p.reference, 0.5) && close(p.policy, 2.5));
    QVERIFY(close(p.hardest.reference, -2) && close(p.hardest.policy, 0));
    QVERIFY(close(p.hardest.ratio_chosen, 1) && close(p.hardest.ratio_rejected, -1));
    QVERIFY(!p.chosen_first && !p.chosen_first_reference);
    QCOMPARE(p.rank_reference, 2.0);
    QCOMPARE(p.rank_policy, 1.5);
  }

  void marginOfGivenPairsIsTheMeanOverPairs() {
    QTemporaryDir dir;
    Workspace workspace(dir.path().toStdString());
    fill_small_store(workspace);
    workspace.db().exec(
        "INSERT INTO preparation VALUES (2, 1, '', 'given', 2, 2, 0, NULL, 1, 'given', '', 1, NULL, 0, '', NULL, 1, '[]', 'uniform');"
        "INSERT INTO example VALUES (9, 1, 2, 0, 'held_out', NULL, NULL, 'eval.json record 1');"
        "INSERT INTO example_pair VALUES (9, 0, 'p', 'w', 'l'), (9, 1, 'q', 'w', 'm');");
    // Policy: pairs (-1, -4) and (-6, -5): mean margin (3 - 1) / 2 = 1, the second pair is lost. Reference: (-2, -3)
    // and (-2, -3): margin 1, both won.
    save_scores(workspace, dmpo,
                {score(9, 0, 0, -1, 0), score(9, 1, 0, -4, 0), score(9, 2, 0, -6, 0), score(9, 3, 0, -5, 0)});
    save_scores(workspace, sft,
                {score(9, 0, 0, -2, 0), score(9, 1, 0, -3, 0), score(9, 2, 0, -2, 0), score(9, 3, 0, -3, 0)});
    const auto points = read_margin_points(workspace, 2, 2);
    QCOMPARE(points.size(), size_t{1});
    QCOMPARE(points[0].user_key, std::string("eval.json record 1"));
    QVERIFY(close(points[0].policy, 1) && close(points[0].reference, 1));
    QVERIFY(close(points[0].ratio_chosen, -1.5) && close(points[0].ratio_rejected, -1.5));
    // Hardest pair: the second after (-6 + 5), the first of two alike before (-2 + 3).
    QVERIFY(close(points[0].hardest.policy, -1) && close(points[0].hardest.reference, 1));
    QVERIFY(close(points[0].hardest.ratio_chosen, -4) && close(points[0].hardest.ratio_rejected, -2));
    QVERIFY(!points[0].chosen_first);
    QVERIFY(points[0].chosen_first_reference);
  }
};

QTEST_GUILESS_MAIN(ScoresTest)
#include "scores_test.moc"
