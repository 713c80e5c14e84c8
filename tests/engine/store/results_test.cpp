// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/results.h"

#include <QtTest>

#include "engine/base/error.h"
#include "tests/engine/store/small_store.h"

using namespace prefscope;

class ResultsTest : public QObject {
  Q_OBJECT

  static Evaluation evaluation() {
    Evaluation e;
    e.preparation = 1;
    e.users = 2;
    e.created_at = "2026-01-02T03:04:05Z";
    e.protocol = "open prompt; 3 candidates";
    e.score = "sum";
    e.seed = uint64_t{1} << 63;  // the whole range of a seed survives
    e.rows = {{"base", std::nullopt, {{"auc", {0.5, 0.4, 0.6}}, {"hr@1", {0.1, 0, 0.2}}}},
              {"dmpo", 2, {{"auc", {0.75, 0.7, 0.8}}}}};
    return e;
  }

 private Q_SLOTS:
  void evaluationsComeBack() {
    QTemporaryDir dir;
    Workspace workspace(dir.path().toStdString());
    fill_small_store(workspace);
    const int64_t id =
        save_evaluation(workspace, evaluation(), {{{2, 0.5, 1.5}, {1, 0.25, 2}}, {{1, 1, 1}, {2, 0, 2}}});
    const auto all = list_evaluations(workspace, 1);
    QCOMPARE(all.size(), size_t{1});
    QCOMPARE(all[0].id, id);
    QCOMPARE(all[0].seed, uint64_t{1} << 63);
    QCOMPARE(all[0].protocol, evaluation().protocol);
    QCOMPARE(all[0].rows.size(), size_t{2});
    QCOMPARE(all[0].rows[0].model, std::string("base"));
    QVERIFY(!all[0].rows[0].run);
    QCOMPARE(all[0].rows[1].run, std::optional<int64_t>(2));
    QCOMPARE(all[0].rows[0].metrics.at("auc").low, 0.4);
    QCOMPARE(all[0].rows[1].metrics.at("auc").high, 0.8);
    const auto users = read_user_results(workspace, id, 0);
    QCOMPARE(users.size(), size_t{2});
    QCOMPARE(users[0].example, 1);
    QCOMPARE(users[1].target_rank, 1.5);
    QVERIFY(list_evaluations(workspace, 7).empty());
  }

  void halfAnEvaluationIsNone() {
    QTemporaryDir dir;
    Workspace workspace(dir.path().toStdString());
    fill_small_store(workspace);
    // The second row's user does not exist: nothing of the evaluation remains.
    QVERIFY_THROWS_EXCEPTION(SQLite::Exception, save_evaluation(workspace, evaluation(), {{{1, 1, 1}}, {{99, 1, 1}}}));
    QVERIFY(list_evaluations(workspace, 1).empty());
  }

  void damagedMetricsAreNamed() {
    QTemporaryDir dir;
    Workspace workspace(dir.path().toStdString());
    fill_small_store(workspace);
    save_evaluation(workspace, evaluation(), {{{1, 1, 1}}, {{1, 1, 1}}});
    workspace.db().exec("UPDATE evaluation_row SET metrics = '{\"auc\": [null]}' WHERE position = 0");
    QVERIFY_THROWS_EXCEPTION(Error, list_evaluations(workspace, 1));
  }

  void rationales() {
    QTemporaryDir dir;
    Workspace workspace(dir.path().toStdString());
    fill_small_store(workspace);
    SavedRationale rationale;
    rationale.example = 1;
    rationale.model = 1;
    rationale.item = 3;
    rationale.seed = 5;
    rationale.temperature = 0.5;
    rationale.prompt = "p";
    rationale.text = "Because – it is.";
    save_rationale(workspace, rationale);
    const auto all = read_rationales(workspace, 1);
    QCOMPARE(all.size(), size_t{1});
    QCOMPARE(all[0].text, rationale.text);
    QCOMPARE(all[0].seed, uint64_t{5});
    QVERIFY(!all[0].run);
  }
};

QTEST_GUILESS_MAIN(ResultsTest)
#include "results_test.moc"
