// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMimeData>
#include <QPushButton>
#include <QSpinBox>
#include <QTableView>
#include <QTextEdit>
#include <QToolButton>
#include <QtTest>
#include <algorithm>

#include "engine/store/results.h"
#include "engine/store/saved_cases.h"
#include "engine/store/scores.h"
#include "engine/tasks/import.h"
#include "tests/ui/window_driver.h"
#include "ui/page.h"
#include "ui/pages/evaluate_page.h"
#include "ui/pages/models_window.h"
#include "ui/pages/train_settings.h"
#include "ui/theme.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/number_box.h"
#include "ui/workbench.h"

using namespace prefscope;

/// A real window on a real workspace, driven by clicks, from import to a trained model.
class MainWindowTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<MainWindow> m_window;

  template <typename Widget>
  Widget* child(const char* name) const {
    auto* found = m_window->findChild<Widget*>(QString::fromLatin1(name));
    if (!found) qFatal("there is no %s", name);
    return found;
  }
  void click(const char* button) const { QTest::mouseClick(child<QAbstractButton>(button), Qt::LeftButton); }
  Workspace& workspace() const { return m_window->workbench().workspace(); }
  bool idle() const { return m_window->workbench().jobs().isIdle(); }
  Run onlyNewest() const { return list_runs(workspace()).back(); }

 private Q_SLOTS:
  void initTestCase() {
    QApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    installTheme(*qApp, Appearance::Light);
    m_window = std::make_unique<MainWindow>(toPath(m_dir.filePath(QStringLiteral("ws"))));
    m_window->resize(1280, 800);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    QCOMPARE(m_window->currentPageName(), QStringLiteral("data"));
  }

  void everyPageIsThereWithoutData() {
    for (const QString& name :
         {QStringLiteral("train"), QStringLiteral("evaluate"), QStringLiteral("case"), QStringLiteral("data")}) {
      m_window->showPage(name);
      QCOMPARE(m_window->currentPageName(), name);
    }
    QTest::keyClick(m_window.get(), Qt::Key_2, Qt::ControlModifier);
    QTRY_COMPARE(m_window->currentPageName(), QStringLiteral("train"));
    QVERIFY(!child<QPushButton>("startRun")->isEnabled());
    QTest::keyClick(m_window.get(), Qt::Key_1, Qt::ControlModifier);
    QTRY_COMPARE(m_window->currentPageName(), QStringLiteral("data"));
  }

  void refusesABadFileInABanner() {
    const QString path = m_dir.filePath(QStringLiteral("bad.json"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[{\"instruction\": \"cut o");
    file.close();
    m_window->importPaths({path});
    auto* banner = m_window->findChild<Banner*>();
    QTRY_VERIFY(banner->isVisible());
    QVERIFY2(banner->message().contains(QStringLiteral("bad.json")), qPrintable(banner->message()));
    QVERIFY(QApplication::topLevelWidgets().size() > 0 && !QApplication::activeModalWidget());
    QTest::mouseClick(banner->findChild<QToolButton*>(), Qt::LeftButton);
    QVERIFY(!banner->isVisible());
  }

  void aModelsFolderGoesToTheModels() {
    const auto sets = list_data_sets(m_window->workbench().workspace()).size();
    m_window->importPaths({QStringLiteral(PREFSCOPE_PARITY "/families/qwen3")});
    auto* models = m_window->findChild<ModelsWindow*>();
    QVERIFY(models && models->isVisible());
    QTRY_COMPARE(models->findChild<QLabel*>(QStringLiteral("modelTitle"))->text(), QStringLiteral("qwen3"));
    models->close();
    QCOMPARE(list_data_sets(m_window->workbench().workspace()).size(), sets);
  }

  void importsByTheAction() {
    const QString folder = m_dir.filePath(QStringLiteral("small"));
    QVERIFY(writeSmallWorld(folder));
    m_window->findChild<QAction*>(QStringLiteral("importAction"))->trigger();
    auto* dialog = m_window->findChild<QFileDialog*>();
    QVERIFY(dialog);
    dialog->setDirectory(folder);
    dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"))
        ->setText(QStringLiteral("\"items.csv\" \"interactions.csv\""));
    QMetaObject::invokeMethod(dialog, "accept");
    QTRY_VERIFY(m_window->workbench().dataSet().has_value());
    QCOMPARE(m_window->workbench().dataSet()->users, 30);
    QCOMPARE(child<QListWidget>("dataSets")->count(), 1);
    QCOMPARE(child<QComboBox>("dataSetSwitcher")->count(), 1);
    // The table shows the users, and the first one's history beside it.
    QTRY_COMPARE(child<QTableView>("table")->model()->rowCount(), 30);
    QTRY_COMPARE(child<QTableView>("history")->model()->rowCount(), 6);
    QCOMPARE(child<QTableView>("history")->model()->index(0, 0).data().toString(), QStringLiteral("The <i>Film</i> 8"));
  }

  void acceptsDroppedFilesOnly() {
    QMimeData text;
    text.setText(QStringLiteral("words"));
    QDragEnterEvent words(QPoint(10, 10), Qt::CopyAction, &text, Qt::LeftButton, Qt::NoModifier);
    words.ignore();
    QApplication::sendEvent(m_window.get(), &words);
    QVERIFY(!words.isAccepted());
    QMimeData files;
    files.setUrls({QUrl::fromLocalFile(m_dir.filePath(QStringLiteral("small")))});
    QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &files, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_window.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(10, 10), Qt::CopyAction, &files, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_window.get(), &drop);
    QTRY_COMPARE(child<QListWidget>("dataSets")->count(), 2);
    // And deletes it again, after asking.
    QTRY_VERIFY(idle());
    const auto name = m_window->workbench().dataSet()->name;
    QVERIFY(name != "items");
    for (auto* button : m_window->page(QStringLiteral("data"))->findChildren<QPushButton*>()) {
      if (button->text() == QStringLiteral("Delete…")) QTest::mouseClick(button, Qt::LeftButton);
    }
    click("confirmDelete");
    QTRY_COMPARE(child<QListWidget>("dataSets")->count(), 1);
    QVERIFY(m_window->workbench().dataSet().has_value());
  }

  void preparesByClicks() {
    child<QSpinBox>("candidates")->setValue(6);
    child<QSpinBox>("negatives")->setValue(3);
    child<QSpinBox>("history")->setValue(4);
    QCOMPARE(child<QSpinBox>("negatives")->maximum(), 5);
    click("prepareButton");
    QTRY_VERIFY(m_window->workbench().preparation() != 0);
    QTRY_COMPARE(child<QLabel>("preparedCounts")->text(), QStringLiteral("24 train · 6 held-out examples"));
    QVERIFY(child<QLabel>("protocol")->text().contains(QStringLiteral("6 candidates")));
  }

  void trainsAFewStepsByClicks() {
    click("trainButton");
    chooseObjective(*m_window, "sft");
    child<QSpinBox>("rank")->setValue(4);
    child<QSpinBox>("tokens")->setValue(512);
    QVERIFY(child<QPushButton>("startRun")->isEnabled());
    click("startRun");
    QTRY_VERIFY_WITH_TIMEOUT(!list_runs(workspace()).empty() && onlyNewest().status == RunStatus::Done, 120'000);
    // Held-out users are scored next, under the base model and the run.
    QTRY_VERIFY_WITH_TIMEOUT(idle(), 120'000);
    const Run run = onlyNewest();
    QVERIFY(run.steps_done >= 2);
    QCOMPARE(read_margin_points(workspace(), run.preparation, run.id).size(), size_t{6});
    QCOMPARE(child<QTableView>("runs")->model()->rowCount(), 1);
    QTRY_COMPARE(static_cast<int64_t>(read_step_metrics(workspace(), run.id).size()), run.steps_done);
  }

  void opensACaseAndLetsTheModelWrite() {
    click("caseButton");
    QTRY_COMPARE(m_window->currentPageName(), QStringLiteral("case"));
    Page* page = m_window->page(QStringLiteral("case"));
    QTRY_VERIFY_WITH_TIMEOUT(page->heading().startsWith(QStringLiteral("User ")), 60'000);
    QVERIFY(page->subheading().contains(QStringLiteral("6 candidates")));
    QCOMPARE(child<QComboBox>("caseModel")->currentText(), QStringLiteral("SFT 1"));
    const QString first = page->heading();
    // The next user, and back by its id.
    QTest::mouseClick(child<QPushButton>("nextCase"), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(page->heading() != first, 60'000);
    const QString second = page->heading();
    auto* user = child<QLineEdit>("caseUser");
    user->setText(first.mid(5));
    QTest::keyClick(user, Qt::Key_Return);
    QTRY_COMPARE_WITH_TIMEOUT(page->heading(), first, 60'000);
    // No key is lost, however quickly they follow.
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    for (int i = 0; i < 2; ++i) QTest::keyClick(m_window.get(), Qt::Key_Right, Qt::AltModifier);
    QTest::keyClick(m_window.get(), Qt::Key_Left, Qt::AltModifier);
    QTRY_COMPARE_WITH_TIMEOUT(page->heading(), second, 60'000);
    QTest::keyClick(m_window.get(), Qt::Key_Left, Qt::AltModifier);
    QTRY_COMPARE_WITH_TIMEOUT(page->heading(), first, 60'000);

    const int64_t example =
        find_example(workspace(), m_window->workbench().preparation(), first.mid(5).toStdString()).id;
    click("writeRationale");
    QTRY_VERIFY_WITH_TIMEOUT(!read_rationales(workspace(), example).empty(), 60'000);
    const QString written = QString::fromStdString(read_rationales(workspace(), example).front().text).trimmed();
    QTRY_COMPARE(child<QTextEdit>("rationale")->toPlainText(), written);

    click("saveCase");
    QTRY_COMPARE(list_cases(workspace(), m_window->workbench().dataSet()->id).size(), size_t{1});
    QTRY_COMPARE(child<QComboBox>("savedCases")->count(), 3);  // its title, the case, the notebook
    Q_EMIT child<QComboBox>("savedCases")->activated(1);
    auto* notebook = m_window->findChild<QDialog*>(QStringLiteral("notebook"));
    QVERIFY(notebook && notebook->isVisible());
    QTRY_VERIFY(notebook->findChild<QPushButton*>(QStringLiteral("goToCase"))->isEnabled());
    const QString frozen = notebook->findChild<QLabel*>(QStringLiteral("notebookHeadline"))->text();
    QVERIFY2(frozen.startsWith(first + QStringLiteral(" chose ")), frozen.toUtf8().constData());
    notebook->findChild<QPushButton*>(QStringLiteral("goToCase"))->click();
    QTRY_VERIFY_WITH_TIMEOUT(notebook->findChild<QLabel*>(QStringLiteral("notebookState"))
                                 ->text()
                                 .contains(QStringLiteral("the same numbers, bit by bit")),
                             60'000);
    QCOMPARE(page->heading(), first);
    notebook->close();

    page->primaryAction()->trigger();
    auto* dialog = page->findChild<QFileDialog*>();
    QVERIFY(dialog);
    const QString path = m_dir.filePath(QStringLiteral("case.html"));
    dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"))->setText(path);
    QMetaObject::invokeMethod(dialog, "accept");
    QTRY_VERIFY(QFile::exists(path));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray html = file.readAll();
    QVERIFY(html.contains("The &lt;i&gt;Film&lt;/i&gt;") && !html.contains("<i>Film"));
  }

  void evaluatesByClicks() {
    click("evaluateButton");
    QTRY_COMPARE(m_window->currentPageName(), QStringLiteral("evaluate"));
    click("startEvaluation");
    const int64_t preparation = m_window->workbench().preparation();
    QTRY_VERIFY_WITH_TIMEOUT(!list_evaluations(workspace(), preparation).empty(), 60'000);
    const Evaluation made = list_evaluations(workspace(), preparation).front();
    QCOMPARE(made.rows.size(), size_t{6});  // base, sft and four classic models
    QTRY_VERIFY(child<QLabel>("comparison")->text().startsWith(QStringLiteral("AUC ")));
    auto* table = child<QTableView>("userResults");
    QTRY_COMPARE(table->model()->rowCount(), 6);
    // Losses count as well as wins: the three numbers are all six users, and each leads to its own.
    int sum = 0;
    for (const char* name : {"compared-improvedUsers", "compared-worsenedUsers", "compared-unchangedUsers"}) {
      auto* number = child<QPushButton>(name);
      const int users = number->text().section(QLatin1Char(' '), 0, 0).toInt();
      sum += users;
      QCOMPARE(number->isEnabled(), users > 0);
      if (users == 0) continue;
      number->setFocus();
      QTest::keyClick(number, Qt::Key_Return);
      auto* list = m_window->findChild<QDialog*>(QStringLiteral("userList"));
      QVERIFY(list);
      QCOMPARE(list->findChild<QTableView*>()->model()->rowCount(), users);
      delete list;
    }
    QCOMPARE(sum, 6);
    // A row leads to its user.
    const QString user = table->model()->index(0, 0).data().toString();
    const QPoint first = table->visualRect(table->model()->index(0, 0)).center();
    QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, first);
    QTest::mouseDClick(table->viewport(), Qt::LeftButton, {}, first);
    QTRY_COMPARE(m_window->currentPageName(), QStringLiteral("case"));
    QTRY_COMPARE_WITH_TIMEOUT(m_window->page(QStringLiteral("case"))->heading(), QStringLiteral("User ") + user,
                              60'000);
    const std::string csv = evaluationCsv(made);
    QVERIFY(csv.find("ease,") != std::string::npos && csv.find("6 candidates") != std::string::npos);
    m_window->showPage(QStringLiteral("train"));
  }

  void staysAliveWhileARunTrains() {
    chooseObjective(*m_window, "dmpo");
    child<QComboBox>("from")->setCurrentIndex(1);
    static_cast<NumberBox*>(child<QDoubleSpinBox>("epochs"))->setValue(500);
    click("startRun");
    QTRY_VERIFY_WITH_TIMEOUT(onlyNewest().objective == "dmpo" && onlyNewest().steps_done >= 1, 60'000);
    std::vector<qint64> times;
    for (int round = 0; round < 10; ++round) {
      for (const auto* button : m_window->findChildren<QToolButton*>()) {
        if (!button->objectName().endsWith(QStringLiteral("Button"))) continue;
        QElapsedTimer clock;
        clock.start();
        QTest::mouseClick(const_cast<QToolButton*>(button), Qt::LeftButton);
        QCoreApplication::processEvents();
        times.push_back(clock.elapsed());
      }
      QTest::qWait(20);
    }
    std::sort(times.begin(), times.end());
    const qint64 median = times[times.size() / 2];
    QVERIFY2(median <= 50, qPrintable(QStringLiteral("median %1 ms").arg(median)));
    // A loaded machine may take the processor away once.
    QVERIFY2(times.back() <= 500, qPrintable(QStringLiteral("worst %1 ms").arg(times.back())));
    QCOMPARE(onlyNewest().status, RunStatus::Running);
  }

  void stopsAndResumes() {
    m_window->showPage(QStringLiteral("train"));
    QTRY_VERIFY(child<QPushButton>("stopRun")->isVisible());
    click("stopRun");
    QTRY_COMPARE_WITH_TIMEOUT(onlyNewest().status, RunStatus::Stopped, 30'000);
    QTRY_VERIFY(idle());
    const int64_t before = onlyNewest().steps_done;
    QTRY_VERIFY(child<QPushButton>("resumeRun")->isVisible());
    click("resumeRun");
    QTRY_VERIFY_WITH_TIMEOUT(onlyNewest().steps_done > before, 60'000);
    click("stopRun");
    QTRY_VERIFY_WITH_TIMEOUT(idle(), 30'000);
  }

  void copiesTheCommand() {
    TrainOptions options;
    options.workspace = "/tmp/my work";
    options.data_set = "it's";
    options.preparation = 2;
    options.from_run = 3;
    options.k = 5;
    QCOMPARE(
        trainCommand(options),
        QStringLiteral("prefscope-cli train 'it'\\''s' --workspace '/tmp/my work' --model starter --objective dmpo "
                       "--preparation 2 --from 3 --k 5 --beta 1 --lr 0.0001 --epochs 1 --rank 16 --batch-tokens 4096 "
                       "--device auto "
                       "--seed 0"));
  }

  void looksTheSameInTheDark() {
    setAppearance(Appearance::Dark);
    for (const char* name : {"data", "train", "evaluate", "case"}) {
      m_window->showPage(QString::fromLatin1(name));
      QTest::qWait(50);
      const QImage shot = m_window->grab().toImage();
      // Most of the window is dark: no widget kept its light background.
      qint64 light = 0;
      for (int y = 0; y < shot.height(); y += 4) {
        for (int x = 0; x < shot.width(); x += 4) light += shot.pixelColor(x, y).lightness() > 128;
      }
      QVERIFY2(light < shot.width() / 4 * (shot.height() / 4) / 10, name);
    }
    setAppearance(Appearance::Light);
  }

  void reopensWhereItWas() {
    m_window->showPage(QStringLiteral("train"));
    const int64_t run = m_window->workbench().run();
    m_window->close();
    m_window = std::make_unique<MainWindow>(toPath(m_dir.filePath(QStringLiteral("ws"))));
    m_window->show();
    QCOMPARE(m_window->currentPageName(), QStringLiteral("train"));
    QVERIFY(m_window->workbench().dataSet().has_value());
    QCOMPARE(child<QTableView>("runs")->model()->rowCount(), 2);
    QVERIFY(run != 0);
  }

  void closesWithinMomentsWhileARunTrains() {
    QTRY_VERIFY(child<QTableView>("runs")->model()->rowCount() == 2);
    child<QTableView>("runs")->selectRow(0);
    QTRY_VERIFY(child<QPushButton>("resumeRun")->isVisible());
    const int64_t before = onlyNewest().steps_done;
    click("resumeRun");
    QTRY_VERIFY_WITH_TIMEOUT(onlyNewest().steps_done > before, 60'000);
    QElapsedTimer clock;
    clock.start();
    m_window.reset();
    QVERIFY2(clock.elapsed() < 3000, qPrintable(QString::number(clock.elapsed())));
    Workspace after(toPath(m_dir.filePath(QStringLiteral("ws"))));
    QCOMPARE(list_runs(after).back().status, RunStatus::Stopped);
  }
};

QTEST_MAIN(MainWindowTest)
#include "main_window_test.moc"
