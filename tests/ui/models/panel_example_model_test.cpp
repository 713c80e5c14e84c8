// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/panel_example_model.h"

#include <QAbstractItemModelTester>
#include <QtTest>

#include "ui/models/run_model.h"

using namespace prefscope;

/// Examples of a panel and runs as tables.
class PanelExampleModelTest : public QObject {
  Q_OBJECT

  // Two evaluations of three examples: the first falls, the second rises, the third stays.
  const std::vector<PanelScore> m_scores = {{0, 11, 0, 0, 2},      {0, 12, 0, 0, 3},     {0, 13, 0, 0, 1},
                                            {50, 11, -1.5, -1, 4}, {50, 12, 0.5, -2, 1}, {50, 13, 0, 0, 1}};

 private Q_SLOTS:
  void changesSinceTheStart() {
    const std::vector<PanelExample> examples = panelExamples(m_scores);
    QCOMPARE(examples.size(), size_t{3});
    QCOMPARE(examples[0].example, int64_t{11});
    QCOMPARE(examples[0].chosenChange, -1.5);
    QCOMPARE(examples[0].marginChange, -0.5);  // -1.5 - (-1)
    QCOMPARE(examples[1].marginChange, 2.5);   // 0.5 - (-2)
    const RankChanges changes = rankChanges(examples);
    QCOMPARE(changes.improved, 1);
    QCOMPARE(changes.worsened, 1);
    QCOMPARE(changes.same, 1);
    QVERIFY(panelExamples({}).empty());
  }

  void selectsByStepAndNats() {
    using Ids = std::vector<int64_t>;
    // The chosen or the rejected lies within at step 50.
    QCOMPARE(examplesWithin(m_scores, {40, 60, -1.7, -1.2}), Ids({11}));
    QCOMPARE(examplesWithin(m_scores, {40, 60, -2.2, -1.7}), Ids({12}));
    QCOMPARE(examplesWithin(m_scores, {40, 60, -3, 3}), Ids({11, 12, 13}));
    QCOMPARE(examplesWithin(m_scores, {40, 60, 1, 3}), Ids());
    QCOMPARE(examplesWithin(m_scores, {0, 10, -0.1, 0.1}), Ids({11, 12, 13}));
    // Between two evaluations the nearest counts: here step 50.
    QCOMPARE(examplesWithin(m_scores, {30, 40, 0.4, 0.6}), Ids({12}));
  }

  void isAProperModel() {
    PanelExampleModel model;
    QAbstractItemModelTester tester(&model);
    std::vector<PanelExample> examples = panelExamples(m_scores);
    examples[0].user = QStringLiteral("10");
    examples[1].user = QStringLiteral("9");
    examples[2].user = QStringLiteral("8");
    model.setExamples(examples);
    QCOMPARE(model.exampleAt(0)->example, int64_t{11});  // lost most
    QCOMPARE(model.index(0, PanelExampleModel::ChosenChange).data().toString(), QStringLiteral("-1.50"));
    QCOMPARE(model.index(0, PanelExampleModel::Rank).data().toString(), QStringLiteral("4, was 2"));
    model.sort(PanelExampleModel::User, Qt::AscendingOrder);
    QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("8"));  // 9 before 10
    QCOMPARE(model.index(2, 0).data().toString(), QStringLiteral("10"));
    model.sort(PanelExampleModel::MarginChange, Qt::DescendingOrder);
    QCOMPARE(model.exampleAt(0)->example, int64_t{12});
    model.setExamples({});
    QCOMPARE(model.rowCount(), 0);
  }

  void runsCanBeChecked() {
    RunModel model;
    QAbstractItemModelTester tester(&model);
    std::vector<Run> runs(2);
    runs[0].id = 1;
    runs[0].name = "SFT 1";
    runs[1].id = 2;
    runs[1].name = "DMPO 2";
    runs[1].status = RunStatus::Failed;
    runs[1].message = "Loss is not a number";
    model.setRuns(runs);
    QSignalSpy spy(&model, &RunModel::checkedChanged);
    QVERIFY(model.setData(model.index(1, RunModel::Name), Qt::Checked, Qt::CheckStateRole));
    QCOMPARE(model.checkedRuns(), std::vector<int64_t>({1}));
    QCOMPARE(spy.count(), 1);
    // What went wrong is readable in the row.
    QCOMPARE(model.index(0, RunModel::Settings).data().toString(), QStringLiteral("Loss is not a number"));
    runs.erase(runs.begin());
    model.setRuns(runs);  // the checked one is gone
    QVERIFY(model.checkedRuns().empty());
    QCOMPARE(spy.count(), 2);
  }
};

QTEST_MAIN(PanelExampleModelTest)
#include "panel_example_model_test.moc"
