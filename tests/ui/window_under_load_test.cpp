// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QPushButton>
#include <QScrollBar>
#include <QSpinBox>
#include <QTabBar>
#include <QTableView>
#include <QToolButton>

#include "tests/ui/spoken_names.h"
#include "tests/ui/window_driver.h"
#include "ui/first_start.h"
#include "ui/page.h"
#include "ui/pages/small_model_dialog.h"
#include "ui/theme.h"

using namespace prefscope;

// The design asks for 50 ms, which is what is measured where nothing else runs. A turn may have waited for a processor
// that other programs hold as well.
#ifdef __SANITIZE_ADDRESS__
constexpr qint64 usualGapMs = 300, greatestGapMs = 3000;
#else
constexpr qint64 usualGapMs = 200, greatestGapMs = 750;
#endif

/// The window while the processor is busy: pages, tables and pictures go on answering.
class WindowUnderLoadTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<MainWindow> m_window;

  void click(const char* button) const { clickOn(*m_window, button); }
  template <typename Widget>
  Widget* child(const char* name) const {
    return widgetOf<Widget>(*m_window, name);
  }
  JobQueue& jobs() const { return m_window->workbench().jobs(); }
  Run newest() const {
    const std::vector<Run> runs = list_runs(m_window->workbench().workspace());
    return runs.empty() ? Run{} : runs.back();
  }

 private Q_SLOTS:
  void initTestCase() {
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    installTheme(*qApp, Appearance::Light);
    m_window = std::make_unique<MainWindow>(toPath(m_dir.filePath(QStringLiteral("ws"))));
    m_window->resize(1280, 800);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
  }

  void theFirstStartEndsInACase() {
    QElapsedTimer clock;
    clock.start();
    openSampleWorld(m_window->workbench());
    QCOMPARE(m_window->currentPageName(), QStringLiteral("case"));
    Page* page = m_window->page(QStringLiteral("case"));
    QTRY_VERIFY_WITH_TIMEOUT(page->heading().startsWith(QStringLiteral("User ")), 60'000);
    qInfo("the first case stands after %lld ms", static_cast<long long>(clock.elapsed()));
    QCOMPARE(m_window->workbench().dataSet()->name, std::string("sample-world"));
    // The form says how the examples at hand were made.
    const Preparation made = read_preparation(m_window->workbench().workspace(), m_window->workbench().preparation());
    QCOMPARE(child<QSpinBox>("history")->value(), made.history);
    QCOMPARE(child<QSpinBox>("trainUsers")->value(), static_cast<int>(made.train_users.value()));
    openSampleWorld(m_window->workbench());  // a second time: it is there
    QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle(), 60'000);
    QCOMPARE(list_data_sets(m_window->workbench().workspace()).size(), size_t{1});
  }

  void answersWhileARunTrains() {
    click("trainButton");
    chooseObjective(*m_window, "sft");
    child<QDoubleSpinBox>("epochs")->setValue(200);
    click("startRun");
    QTRY_VERIFY_WITH_TIMEOUT(newest().status == RunStatus::Running && newest().steps_done >= 1, 60'000);

    const GapMeter meter;
    auto* table = child<QTableView>("table");
    for (int round = 0; round < 4; ++round) {
      for (const char* page : {"dataButton", "trainButton", "evaluateButton", "caseButton"}) {
        click(page);
        QTest::qWait(60);
      }
      click("dataButton");
      auto* tabs = child<QTabBar>("tables");
      tabs->setCurrentIndex(2);  // 39,578 interactions
      QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() > 30'000, 60'000);
      for (int part = 1; part <= 10; ++part) {
        table->verticalScrollBar()->setValue(table->verticalScrollBar()->maximum() * part / 10);
        QTest::qWait(20);
      }
      tabs->setCurrentIndex(0);
      QTest::qWait(60);
    }
    click("caseButton");
    click("nextCase");  // scored beside the training
    Page* page = m_window->page(QStringLiteral("case"));
    const QString before = page->heading();
    QTRY_VERIFY_WITH_TIMEOUT(page->heading() != before, 60'000);
    QCOMPARE(newest().status, RunStatus::Running);
    const std::vector<qint64> gaps = meter.gapsMs();
    const qint64 longest = gaps.back(), usual = gaps[gaps.size() * 95 / 100];
    qInfo("the longest gap between turns of the event loop was %lld ms; 95 %% of %zu came within %lld ms",
          static_cast<long long>(longest), gaps.size(), static_cast<long long>(usual));
    QVERIFY2(usual <= usualGapMs, qPrintable(QString::number(usual)));
    QVERIFY2(longest <= greatestGapMs, qPrintable(QString::number(longest)));
    click("trainButton");
    QTRY_VERIFY(child<QPushButton>("stopRun")->isVisible());
    click("stopRun");
    QTRY_COMPARE_WITH_TIMEOUT(newest().status, RunStatus::Stopped, 30'000);
    QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle(), 60'000);
  }

  void trainsASmallModelOfAForeignSet() {
    const QString folder = m_dir.filePath(QStringLiteral("small"));
    QVERIFY(writeSmallWorld(folder));
    m_window->importPaths({folder});
    QTRY_VERIFY_WITH_TIMEOUT(m_window->workbench().dataSet()->name != "sample-world", 60'000);
    click("dataButton");
    child<QSpinBox>("candidates")->setValue(6);
    click("prepareButton");
    QTRY_VERIFY_WITH_TIMEOUT(m_window->workbench().preparation() != 0, 60'000);
    click("trainButton");
    const auto* page = m_window->page(QStringLiteral("train"));
    auto* button = page->findChild<QPushButton*>(QStringLiteral("trainSmallModel"));
    QTRY_VERIFY(button->isVisible());
    QVERIFY(!child<QPushButton>("smallModel")->isVisible());  // that of the form is for a set that has one

    // By the dialog: it runs, says how far it is, and stops.
    QTest::mouseClick(button, Qt::LeftButton);
    auto* dialog = m_window->findChild<SmallModelDialog*>();
    QVERIFY(dialog);
    dialog->findChild<QSpinBox*>(QStringLiteral("smallModelMinutes"))->setValue(5);
    QTest::mouseClick(dialog->findChild<QPushButton*>(QStringLiteral("startSmallModel")), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(!jobs().jobs().empty() && jobs().jobs().front().progress.seconds_left > 0, 60'000);
    QVERIFY(jobs().jobs().front().progress.seconds_left < 320);
    QVERIFY(!button->isEnabled());  // not twice
    click("stopJob");
    QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle(), 30'000);
    QVERIFY(button->isEnabled());

    // To the end, in two seconds: it is then what a run starts from.
    m_window->workbench().trainSmallModel(2.0 / 60);
    QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle(), 120'000);
    const auto made = m_window->workbench().smallModelFolder(m_window->workbench().dataSet()->id);
    QVERIFY(std::filesystem::exists(made / "model.safetensors"));
    QCOMPARE(child<QComboBox>("model")->currentData().toString(), toQt(made));
    QCOMPARE(child<QComboBox>("model")->currentText(), QStringLiteral("the small model"));
    QVERIFY(!button->isVisible());
    QCOMPARE(m_window->workbench().baseModel(), made.string());
  }

  void everyWidgetHasANameForAScreenReader() {
    QStringList nameless;
    for (const char* name : {"data", "train", "evaluate", "case"}) {
      m_window->showPage(QString::fromLatin1(name));
      if (qstrcmp(name, "case") == 0)  // with a case on it, not only the invitation to open one
        QTRY_VERIFY_WITH_TIMEOUT(m_window->page(QStringLiteral("case"))->heading().startsWith(QStringLiteral("User ")),
                                 60'000);
      QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle(), 60'000);
      QTest::qWait(100);
      for (const QString& widget : namelessWidgets(*m_window))
        nameless << QLatin1String(name) + QStringLiteral(": ") + widget;
    }
    QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(QStringLiteral("; "))));
  }
};

QTEST_MAIN(WindowUnderLoadTest)
#include "window_under_load_test.moc"
