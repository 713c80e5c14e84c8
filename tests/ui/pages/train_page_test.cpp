// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/train_page.h"

#include <QClipboard>
#include <QComboBox>
#include <QDialog>
#include <QElapsedTimer>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTabBar>
#include <QTableView>
#include <QTableWidget>

#include "engine/store/results.h"
#include "engine/tasks/import.h"
#include "engine/tasks/prepare.h"
#include "tests/ui/made_up_run.h"
#include "tests/ui/window_driver.h"
#include "ui/models/run_model.h"
#include "ui/pages/compare_dialog.h"
#include "ui/theme.h"
#include "ui/widgets/band_plot.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/qcustomplot_header.h"

using namespace prefscope;

/// The Train page on runs that were made up: bands and alarms, marked examples, other runs below, runs to go on with.
class TrainPageTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<MainWindow> m_window;
  std::vector<int64_t> m_panel;
  int64_t m_first = 0, m_second = 0;

  std::filesystem::path folder() const { return toPath(m_dir.filePath(QStringLiteral("ws"))); }
  void click(const char* button) const { clickOn(*m_window, button); }
  template <typename Widget>
  Widget* child(const char* name) const {
    return widgetOf<Widget>(*m_window, name);
  }
  /// Points of the chosen's median, which is drawn last; 0: nothing is drawn.
  int medianPoints() const {
    const int graphs = bands()->plot()->graphCount();
    return graphs == 0 ? 0 : bands()->plot()->graph(graphs - 1)->dataCount();
  }
  BandPlot* bands() const { return m_window->findChild<BandPlot*>(); }
  void open() {
    m_window.reset();
    m_window = std::make_unique<MainWindow>(folder());
    m_window->resize(1280, 800);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
  }
  Banner* offer() const {
    for (Banner* banner : m_window->findChildren<Banner*>()) {
      if (banner->property("calm").toBool()) return banner;
    }
    qFatal("there is no offer");
  }

 private Q_SLOTS:
  void initTestCase() {
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    installTheme(*qApp, Appearance::Light);
    const QString files = m_dir.filePath(QStringLiteral("small"));
    QVERIFY(writeSmallWorld(files));
    ImportOptions import;
    import.workspace = folder();
    import.paths = {toPath(files)};
    const DataSet set = import_data(import, {}).data_set;
    PrepareOptions prepareOptions;
    prepareOptions.workspace = folder();
    prepareOptions.data_set = set.name;
    prepareOptions.candidates = 6;
    prepareOptions.negatives = 3;
    prepareOptions.history = 3;
    const Preparation preparation = prepare(prepareOptions, {}).preparation;
    Workspace workspace(folder());
    for (const Example& example : read_examples(workspace, preparation.id, std::nullopt, 20))
      m_panel.push_back(example.id);
    TrainOptions options;
    options.workspace = folder();
    options.data_set = set.name;
    options.k = 3;
    m_first = create_run(options);
    writeMadeUpRun(workspace, m_first, m_panel, {200, 200, 10, 2, 0.5, 2});
    options.k = 2;
    options.learning_rate = 2e-4;
    m_second = create_run(options);
    writeMadeUpRun(workspace, m_second, m_panel, {100, 100, 5, 1, 1, 0});
    open();
    m_window->showPage(QStringLiteral("train"));
    m_window->workbench().setRun(m_first);
  }

  void drawsBandsAndAlarms() {
    // Two bands of two graphs and a median, for chosen and rejected.
    QTRY_COMPARE(medianPoints(), 11);
    QCOMPARE(bands()->plot()->graphCount(), 10);
    const QCPGraph* median = bands()->plot()->graph(9);
    // At the peak, step 100 of 200: 2 nats, and half a place of the twenty aside: (10 / 20 - 1/2) 2 and (9 / 20 - 1/2)
    // 2 lie around the middle, whose mean is -0.05.
    QCOMPARE(median->data()->at(5)->key, 100.0);
    QVERIFY2(std::abs(median->data()->at(5)->value - 1.95) < 1e-9,
             qPrintable(QString::number(median->data()->at(5)->value)));
    // From there on it falls while the margin grows.
    QVERIFY(bands()->note()->isVisible());
    QVERIFY2(bands()->note()->text().contains(QStringLiteral("since step 100")), qPrintable(bands()->note()->text()));
    QVERIFY(bands()->note()->text().contains(QStringLiteral("SFT")));  // the advice
    QVERIFY(child<QLabel>("bandReadout")->text().contains(QStringLiteral("step 200")));
    QVERIFY(child<QLabel>("runSummary")->text().contains(QStringLiteral("Panel of 20")));
    QCOMPARE(child<QTabBar>("runTabs")->tabText(1), QStringLiteral("Examples (20)"));
    // The same runs without a fall raise no such alarm.
    m_window->workbench().setRun(m_second);
    QTRY_COMPARE(medianPoints(), 6);
    QVERIFY(!bands()->note()->text().contains(QStringLiteral("less likely")));
    m_window->workbench().setRun(m_first);
    QTRY_COMPARE(medianPoints(), 11);
  }

  void aMarkedPartListsItsExamples() {
    QCustomPlot* plot = bands()->plot();
    QCoreApplication::processEvents();
    // Around the last evaluation, the upper part of the chosen: 0.5 nats in the middle, up to 2.3.
    const auto at = [plot](double step, double nats) {
      return QPoint(static_cast<int>(plot->xAxis->coordToPixel(step)),
                    static_cast<int>(plot->yAxis->coordToPixel(nats)));
    };
    QTest::mousePress(plot, Qt::LeftButton, {}, at(190, 3));
    QTest::mouseMove(plot, at(195, 2));
    QMouseEvent move(QEvent::MouseMove, at(200, 1.5), plot->mapToGlobal(at(200, 1.5)), Qt::NoButton, Qt::LeftButton,
                     {});
    QApplication::sendEvent(plot, &move);
    QTest::mouseRelease(plot, Qt::LeftButton, {}, at(200, 1.5));
    auto* table = child<QTableView>("panelExamples");
    QTRY_VERIFY(table->isVisible());
    const int marked = table->model()->rowCount();
    QVERIFY2(marked > 0 && marked < 20, qPrintable(QString::number(marked)));
    for (int row = 0; row < marked; ++row)
      QVERIFY(table->model()->index(row, PanelExampleModel::Chosen).data().toString().toDouble() > 1.4);
    QVERIFY(child<QLabel>("exampleNote")->text().contains(QStringLiteral("of 20")));
    QVERIFY(table->model()->index(0, PanelExampleModel::Target).data().toString().contains(QStringLiteral("Film")));
    // A click on a row opens its case.
    const QString user = table->model()->index(0, PanelExampleModel::User).data().toString();
    QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, table->visualRect(table->model()->index(0, 0)).center());
    QTRY_COMPARE(m_window->currentPageName(), QStringLiteral("case"));
    m_window->showPage(QStringLiteral("train"));
    click("allExamples");
    QCOMPARE(table->model()->rowCount(), 20);
    QVERIFY(!user.isEmpty());
    child<QTabBar>("runTabs")->setCurrentIndex(0);
  }

  void checkedRunsLieBelow() {
    auto* model = child<QTableView>("runs")->model();
    // Greyed, and it says what it waits for; the run selected does not count twice.
    auto* compare = child<QPushButton>("compareSettings");
    QVERIFY(compare->isVisible() && !compare->isEnabled());
    QVERIFY(compare->toolTip().contains(QStringLiteral("Tick another run")));
    model->setData(model->index(1, RunModel::Name), Qt::Checked, Qt::CheckStateRole);
    QVERIFY(!compare->isEnabled());
    model->setData(model->index(1, RunModel::Name), Qt::Unchecked, Qt::CheckStateRole);
    model->setData(model->index(0, RunModel::Name), Qt::Checked, Qt::CheckStateRole);  // the newest: the second
    QTRY_COMPARE(bands()->plot()->graphCount(), 12);                                   // its two medians
    QVERIFY(compare->isEnabled() && compare->toolTip().contains(QStringLiteral("What differs")));
    click("compareSettings");
    auto* dialog = m_window->findChild<QDialog*>(QStringLiteral("compareDialog"));
    QVERIFY(dialog);
    const auto* table = dialog->findChild<QTableWidget*>();
    QStringList names;
    for (int row = 0; row < table->rowCount(); ++row) names << table->item(row, 0)->text();
    QCOMPARE(names, QStringList({QStringLiteral("Negatives k"), QStringLiteral("Learning rate")}));
    dialog->close();
    click("copyRunCommand");
    QVERIFY(QApplication::clipboard()->text().contains(QStringLiteral("--k 3")));
    model->setData(model->index(0, RunModel::Name), Qt::Unchecked, Qt::CheckStateRole);
    QTRY_COMPARE(bands()->plot()->graphCount(), 10);
  }

  /// The newest evaluation that has both is what their results are read from.
  void comparedRunsShowTheirResults() {
    Workspace& workspace = m_window->workbench().workspace();
    const std::vector<Run> runs = {read_run(workspace, m_first), read_run(workspace, m_second)};
    const auto cell = [](const QDialog& dialog, int row, int column) {
      return dialog.findChild<QTableWidget*>()->item(row, column)->text();
    };
    {
      const CompareDialog dialog(m_window->workbench(), runs);
      QVERIFY(dialog.findChild<QLabel*>(QStringLiteral("comparedResults"))
                  ->text()
                  .startsWith(QStringLiteral("No evaluation with all of these runs is kept")));
      QCOMPARE(cell(dialog, 0, 0), QStringLiteral("Negatives k"));
    }
    Evaluation made;
    made.preparation = runs[0].preparation;
    made.users = 6;
    made.protocol = "open";
    made.score = "sum";
    made.rows = {{"SFT", m_second, {{"auc", {0.5, 0.25, 0.75}}, {"hr@1", {0.125, 0, 0.5}}}},
                 {"DMPO", m_first, {{"auc", {0.75, 0.5, 1}}}}};
    save_evaluation(workspace, made, {{}, {}});
    made.rows.pop_back();  // the newest is of one alone
    save_evaluation(workspace, made, {{}});
    const CompareDialog dialog(m_window->workbench(), runs);
    QCOMPARE(cell(dialog, 0, 0), QStringLiteral("AUC"));
    QCOMPARE(cell(dialog, 0, 1), QStringLiteral("0.750 [0.500, 1.000]"));
    QCOMPARE(cell(dialog, 0, 2), QStringLiteral("0.500 [0.250, 0.750]"));
    QCOMPARE(cell(dialog, 1, 0), QStringLiteral("HR@1"));
    QCOMPARE(cell(dialog, 1, 1), QStringLiteral("–"));
    QCOMPARE(cell(dialog, 2, 0), QStringLiteral("Negatives k"));
    QVERIFY(dialog.findChild<QLabel*>(QStringLiteral("comparedResults"))
                ->text()
                .startsWith(QStringLiteral("Results on 6 held-out users")));
    // No name is cut.
    const auto* table = dialog.findChild<QTableWidget*>();
    QCOMPARE(table->horizontalHeader()->sectionResizeMode(0), QHeaderView::ResizeToContents);
  }

  void staysSmoothWithAHundredThousandSteps() {
    {
      Workspace workspace(folder());
      writeMadeUpRun(workspace, m_second, {}, {100'000, 100'000, 10, 1, 1, 0});
    }
    const GapMeter meter;
    m_window->workbench().setRun(0);
    QTest::qWait(50);
    m_window->workbench().setRun(m_second);
    QTRY_VERIFY_WITH_TIMEOUT(child<QLabel>("runSummary")->text().contains(QStringLiteral("100,000")), 60'000);
    QTest::qWait(1000);
    const std::vector<qint64> gaps = meter.gapsMs();
    qInfo("100,000 steps: the longest gap between turns of the event loop was %lld ms",
          static_cast<long long>(gaps.back()));
    m_window->workbench().setRun(m_first);
    QTRY_COMPARE(medianPoints(), 11);
  }

  void offersToGoOnWithUnfinishedRuns() {
    QVERIFY(!offer()->isVisible());
    Workspace workspace(folder());
    set_run_status(workspace, m_second, RunStatus::Queued);
    set_run_status(workspace, m_first, RunStatus::Running);  // as a kill leaves it
    // The order that the queue had.
    m_window->workbench().settings().setValue(QStringLiteral("queue/order"),
                                              QStringList{QString::number(m_second), QString::number(m_first)});
    m_window->workbench().settings().sync();
    open();
    QVERIFY(offer()->isVisible());
    const std::vector<Run> runs = m_window->workbench().unfinishedRuns();
    QCOMPARE(runs.size(), size_t{2});
    QCOMPARE(runs.front().id, m_second);
    QVERIFY(offer()->message().contains(toQt(runs.back().name)));
    // Closed: not offered again, and the runs stay.
    QTest::mouseClick(offer()->findChild<QToolButton*>(), Qt::LeftButton);
    open();
    QVERIFY(!offer()->isVisible());
    QCOMPARE(list_runs(workspace).size(), size_t{2});
    // Accepted: both are queued in order.
    m_window->workbench().setAside(m_first, false);
    m_window->workbench().setAside(m_second, false);
    open();
    QTest::mouseClick(offer()->findChild<QPushButton*>(), Qt::LeftButton);
    QVERIFY(!offer()->isVisible());
    const int64_t job = m_window->workbench().jobOfRun(m_second);
    QVERIFY(job != 0 && m_window->workbench().jobOfRun(m_first) > job);
    m_window->workbench().jobs().cancelAll();
    QTRY_VERIFY_WITH_TIMEOUT(m_window->workbench().jobs().isIdle(), 60'000);
  }
};

QTEST_MAIN(TrainPageTest)
#include "train_page_test.moc"
