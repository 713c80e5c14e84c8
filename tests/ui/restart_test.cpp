// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSpinBox>
#include <QSplitter>
#include <QTabBar>

#include "engine/base/files.h"
#include "engine/tasks/prepare.h"
#include "tests/ui/window_driver.h"
#include "ui/models/paged_table_model.h"
#include "ui/page.h"
#include "ui/theme.h"
#include "ui/widgets/data_table.h"
#include "ui/widgets/table_bar.h"

using namespace prefscope;

/// Closing and opening again: nothing is lost, and the window comes back as it was left.
class RestartTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<MainWindow> m_window;

  void click(const char* button) const { clickOn(*m_window, button); }
  template <typename Widget>
  Widget* child(const char* name) const {
    return widgetOf<Widget>(*m_window, name);
  }
  Run newest() const { return list_runs(m_window->workbench().workspace()).back(); }
  JobQueue& jobs() const { return m_window->workbench().jobs(); }
  QString cell(int row, int column) const {
    return child<DataTable>("table")->model()->index(row, column).data().toString();
  }
  void open() {
    m_window.reset();
    m_window = std::make_unique<MainWindow>(toPath(m_dir.filePath(QStringLiteral("ws"))));
    m_window->resize(1280, 800);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
  }
  void startALongRun() const {
    click("trainButton");
    chooseObjective(*m_window, "sft");
    child<QSpinBox>("rank")->setValue(4);
    child<QDoubleSpinBox>("epochs")->setValue(2000);
    click("startRun");
    QTRY_VERIFY_WITH_TIMEOUT(!list_runs(m_window->workbench().workspace()).empty() && newest().steps_done >= 1, 60'000);
  }

 private Q_SLOTS:
  void initTestCase() {
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    installTheme(*qApp, Appearance::Light);
    open();
    const QString folder = m_dir.filePath(QStringLiteral("small"));
    QVERIFY(writeSmallWorld(folder));
    m_window->importPaths({folder});
    QTRY_VERIFY_WITH_TIMEOUT(m_window->workbench().dataSet().has_value(), 60'000);
    m_window->workbench().chooseModel(resource_path("starter-model").string());  // no other knows the set
    PrepareOptions options;
    options.workspace = m_window->workbench().workspaceFolder();
    options.data_set = m_window->workbench().dataSet()->name;
    options.candidates = 6;
    options.negatives = 3;
    m_window->workbench().prepareData(options);
    QTRY_VERIFY_WITH_TIMEOUT(m_window->workbench().preparation() != 0, 60'000);
    QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle(), 60'000);
  }

  void comesBackAsItWasLeft() {
    click("dataButton");
    child<QTabBar>("tables")->setCurrentIndex(1);
    auto* table = child<DataTable>("table");
    QTRY_COMPARE(table->model()->rowCount(), 40);
    table->rows()->sort(0, Qt::DescendingOrder);
    table->showColumn(1, false);
    Q_EMIT child<TableBar>("tableBar")->layoutChanged();
    QTRY_COMPARE(cell(0, 0), QStringLiteral("The <i>Film</i> 9"));
    child<QTabBar>("tables")->setCurrentIndex(0);
    auto* splitter = m_window->findChild<QSplitter*>();
    QTest::qWait(50);
    splitter->setSizes({300, 600});
    QTest::qWait(50);
    Q_EMIT splitter->splitterMoved(300, 1);
    const QList<int> sizes = splitter->sizes();
    child<QTabBar>("tables")->setCurrentIndex(1);
    click("caseButton");
    Page* page = m_window->page(QStringLiteral("case"));
    QTRY_VERIFY_WITH_TIMEOUT(!page->heading().isEmpty(), 60'000);
    const QString first = page->heading();
    click("nextCase");
    QTRY_VERIFY_WITH_TIMEOUT(page->heading() != first, 60'000);
    const QString user = page->heading();
    m_window->close();

    open();
    QCOMPARE(m_window->currentPageName(), QStringLiteral("case"));
    QTRY_COMPARE_WITH_TIMEOUT(m_window->page(QStringLiteral("case"))->heading(), user, 60'000);
    click("dataButton");
    QCOMPARE(child<QTabBar>("tables")->currentIndex(), 1);
    QTRY_COMPARE(cell(0, 0), QStringLiteral("The <i>Film</i> 9"));
    QCOMPARE(child<DataTable>("table")->rows()->wish().order, (std::vector<SortKey>{{RowColumn::Title, true}}));
    QVERIFY(child<DataTable>("table")->isColumnHidden(1) && !child<DataTable>("table")->isColumnHidden(2));
    child<QTabBar>("tables")->setCurrentIndex(0);
    QTRY_COMPARE(m_window->findChild<QSplitter*>()->sizes(), sizes);
  }

  void asksBeforeItStopsATraining() {
    startALongRun();
    QVERIFY(!m_window->close());
    auto* box = child<QMessageBox>("leaveBox");
    QVERIFY(box->informativeText().contains(toQt(newest().name)));
    QTest::mouseClick(box->button(QMessageBox::Cancel), Qt::LeftButton);
    QVERIFY(m_window->isVisible());
    QCOMPARE(newest().status, RunStatus::Running);
    QTRY_VERIFY(!m_window->findChild<QMessageBox*>(QStringLiteral("leaveBox")));

    QVERIFY(!m_window->close());
    click("stopAndClose");
    QTRY_VERIFY_WITH_TIMEOUT(!m_window->isVisible(), 30'000);
    QCOMPARE(newest().status, RunStatus::Stopped);

    open();
    QCOMPARE(m_window->currentPageName(), QStringLiteral("train"));
    const int64_t before = newest().steps_done;
    QVERIFY(before >= 1);
    QTRY_VERIFY(child<QPushButton>("resumeRun")->isVisible());
    click("resumeRun");
    QTRY_VERIFY_WITH_TIMEOUT(newest().steps_done > before, 60'000);
    click("stopRun");
    QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle(), 30'000);
  }

  void aRunThatAKilledProgramLeftIsStopped() {
    // What a kill leaves behind: a run marked running, and nobody who holds its lock.
    set_run_status(m_window->workbench().workspace(), newest().id, RunStatus::Running);
    open();
    QCOMPARE(newest().status, RunStatus::Stopped);
    QTRY_VERIFY(child<QPushButton>("resumeRun")->isVisible());
    const int64_t before = newest().steps_done;
    click("resumeRun");
    QTRY_VERIFY_WITH_TIMEOUT(newest().steps_done > before, 60'000);
    click("stopRun");
    QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle(), 30'000);
  }

  void finishesEarlyAndKeepsWhatItLearned() {
    const int64_t before = newest().steps_done;
    click("resumeRun");
    QTRY_VERIFY_WITH_TIMEOUT(newest().steps_done > before, 60'000);
    QTRY_VERIFY(child<QPushButton>("finishRun")->isVisible());
    click("finishRun");
    QTRY_COMPARE_WITH_TIMEOUT(newest().status, RunStatus::Done, 60'000);
    QVERIFY(newest().steps_done < newest().steps_total);
    QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle(), 60'000);  // its held-out users are scored
    QVERIFY(!child<QPushButton>("resumeRun")->isVisible());
  }
};

QTEST_MAIN(RestartTest)
#include "restart_test.moc"
