// SPDX-License-Identifier: GPL-3.0-or-later
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

#include "engine/base/files.h"
#include "engine/store/results.h"
#include "tests/ui/window_driver.h"
#include "ui/page.h"
#include "ui/pages/small_model_dialog.h"
#include "ui/pages/unknown_set_panel.h"
#include "ui/theme.h"
#include "ui/widgets/banner.h"

using namespace prefscope;

/// A set whose titles no model knows: three ways on, on every page, and gone when a model is there.
class UnknownSetTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<MainWindow> m_window;

  Workspace& workspace() const { return m_window->workbench().workspace(); }
  JobQueue& jobs() const { return m_window->workbench().jobs(); }
  UnknownSetPanel* panelOf(const char* page) const {
    return m_window->page(QString::fromLatin1(page))->findChild<UnknownSetPanel*>();
  }
  bool isOffered(const char* page) const {
    m_window->showPage(QString::fromLatin1(page));
    return panelOf(page)->isVisible();
  }
  void press(const char* page, const char* way) const {
    QTest::mouseClick(panelOf(page)->findChild<QPushButton*>(QString::fromLatin1(way)), Qt::LeftButton);
  }
  /// Chooses a folder in the dialog that is open.
  void chooseFolder(const QString& folder) const {
    auto* dialog = m_window->findChild<QFileDialog*>(QStringLiteral("modelFolder"));
    QVERIFY(dialog);
    dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"))->setText(folder);
    QMetaObject::invokeMethod(dialog, "accept");
    QTRY_VERIFY(!m_window->findChild<QFileDialog*>(QStringLiteral("modelFolder")));
  }
  void importSet(const QString& name) {
    const QString folder = m_dir.filePath(name);
    QVERIFY(writeSmallWorld(folder));
    m_window->importPaths({folder});
    QTRY_VERIFY_WITH_TIMEOUT(m_window->workbench().dataSet() &&
                                 m_window->workbench().dataSet()->name == name.toStdString() && jobs().isIdle(),
                             60'000);
  }

 private Q_SLOTS:
  void initTestCase() {
    QApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    installTheme(*qApp, Appearance::Light);
    m_window = std::make_unique<MainWindow>(toPath(m_dir.filePath(QStringLiteral("ws"))));
    m_window->resize(1024, 600);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    QVERIFY(!panelOf("data")->isVisible());  // there is no set at all
  }

  void isOfferedOnEveryPage() {
    importSet(QStringLiteral("first"));
    QVERIFY(m_window->workbench().lacksModel());
    for (const char* page : {"data", "train", "case"}) {
      QVERIFY2(isOffered(page), page);
      // All of it is on the screen, at the smallest window.
      for (const auto* way : panelOf(page)->findChildren<QPushButton*>()) {
        QTRY_VERIFY2(way->width() >= way->sizeHint().width(), qPrintable(QStringLiteral("%1: %2 of %3")
                                                                             .arg(QLatin1String(page))
                                                                             .arg(way->width())
                                                                             .arg(way->sizeHint().width())));
        QVERIFY(!way->accessibleDescription().isEmpty());
      }
      for (const auto* label : panelOf(page)->findChildren<QLabel*>()) {
        if (label->wordWrap() && label->isVisible())
          QTRY_VERIFY2(label->height() >= label->heightForWidth(label->width()), qPrintable(label->text()));
      }
    }
    QVERIFY(m_window->page(QStringLiteral("case"))->heading().isEmpty());  // nothing is ranked
  }

  void classicModelsAreJudgedAtOnce() {
    m_window->showPage(QStringLiteral("case"));
    press("case", "useClassicModels");  // prepares first
    QTRY_COMPARE_WITH_TIMEOUT(m_window->currentPageName(), QStringLiteral("evaluate"), 60'000);
    const int64_t preparation = m_window->workbench().preparation();
    QVERIFY(preparation != 0);
    QTRY_COMPARE_WITH_TIMEOUT(list_evaluations(workspace(), preparation).size(), size_t{1}, 60'000);
    std::vector<std::string> names;
    const Evaluation made = list_evaluations(workspace(), preparation).front();
    for (const EvaluationRow& row : made.rows) names.push_back(row.model);
    QCOMPARE(names, (std::vector<std::string>{"random", "popularity", "itemknn", "ease"}));
    QTRY_VERIFY(jobs().isIdle());
    QVERIFY(isOffered("data"));  // still: none of these writes or reads titles
  }

  void aFolderWithoutAModelIsRefused() {
    m_window->showPage(QStringLiteral("train"));
    press("train", "useLanguageModel");
    chooseFolder(m_dir.filePath(QStringLiteral("first")));
    auto* banner = m_window->findChild<Banner*>();
    QTRY_VERIFY(banner->isVisible());
    QVERIFY2(banner->message().contains(QStringLiteral("config.json")), qPrintable(banner->message()));
    QVERIFY(isOffered("train"));
  }

  void aLanguageModelOfThisComputer() {
    // Any folder with a model will do: what it knows is the person's business.
    const QString model = toQt(resource_path("starter-model"));
    m_window->showPage(QStringLiteral("train"));
    press("train", "useLanguageModel");
    chooseFolder(model);
    QTRY_VERIFY(!m_window->workbench().lacksModel());
    QVERIFY(!panelOf("train")->isVisible());
    QCOMPARE(widgetOf<QComboBox>(*m_window, "model")->currentData().toString(), model);
    QVERIFY(!isOffered("data"));
    QVERIFY(!isOffered("case"));
    Page* page = m_window->page(QStringLiteral("case"));
    QTRY_VERIFY_WITH_TIMEOUT(page->heading().startsWith(QStringLiteral("User ")), 60'000);
    // Remembered with the set, and for this set alone.
    importSet(QStringLiteral("second"));
    QVERIFY(isOffered("data"));
    for (const DataSet& set : list_data_sets(workspace())) {
      if (set.name == "first") m_window->workbench().setDataSet(set.id);
    }
    QCOMPARE(toQt(std::filesystem::path(m_window->workbench().baseModel())), model);
    QVERIFY(!isOffered("data"));
  }

  void aSmallModelTrainedHere() {
    for (const DataSet& set : list_data_sets(workspace())) {
      if (set.name == "second") m_window->workbench().setDataSet(set.id);
    }
    QVERIFY(isOffered("data"));
    press("data", "trainSmallModel");
    auto* dialog = m_window->findChild<SmallModelDialog*>();
    QVERIFY(dialog);
    dialog->findChild<QSpinBox*>(QStringLiteral("smallModelMinutes"))->setValue(5);
    QTest::mouseClick(dialog->findChild<QPushButton*>(QStringLiteral("startSmallModel")), Qt::LeftButton);
    const int64_t set = m_window->workbench().dataSet()->id;
    QTRY_VERIFY_WITH_TIMEOUT(m_window->workbench().isTrainingSmallModel(set), 60'000);  // it was prepared first
    auto* button = panelOf("data")->findChild<QPushButton*>(QStringLiteral("trainSmallModel"));
    QVERIFY(!button->isEnabled());  // not twice
    m_window->workbench().jobs().cancelAll();
    QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle(), 60'000);
    QVERIFY(button->isEnabled());
    QVERIFY(isOffered("case"));
    m_window->workbench().trainSmallModel(2.0 / 60);
    QTRY_VERIFY_WITH_TIMEOUT(!m_window->workbench().lacksModel() && jobs().isIdle(), 120'000);
    const QString made = toQt(m_window->workbench().smallModelFolder(set));
    QCOMPARE(toQt(std::filesystem::path(m_window->workbench().baseModel())), made);
    QCOMPARE(widgetOf<QComboBox>(*m_window, "model")->currentData().toString(), made);
    for (const char* page : {"data", "train", "case"}) QVERIFY2(!isOffered(page), page);
    QTRY_VERIFY_WITH_TIMEOUT(!m_window->page(QStringLiteral("case"))->heading().isEmpty(), 60'000);
  }
};

QTEST_MAIN(UnknownSetTest)
#include "unknown_set_test.moc"
