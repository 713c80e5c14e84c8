// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/combine_dialog.h"

#include <QCheckBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>

#include "engine/tasks/import.h"
#include "engine/tasks/prepare.h"
#include "engine/tasks/train.h"
#include "tests/ui/spoken_names.h"
#include "tests/ui/window_driver.h"
#include "ui/pages/evaluate_form.h"
#include "ui/theme.h"

using namespace prefscope;

/// Sets are joined from the Data page of the real window, and a run of one of them is offered to be tested on another.
class CombineDialogTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<MainWindow> m_window;

  std::filesystem::path folder() const { return toPath(m_dir.filePath(QStringLiteral("ws"))); }
  Workbench& bench() const { return m_window->workbench(); }
  CombineDialog* dialog() const { return m_window->findChild<CombineDialog*>(); }

 private Q_SLOTS:
  void initTestCase() {
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    installTheme(*qApp, Appearance::Light);
    QVERIFY(writeSmallWorld(m_dir.filePath(QStringLiteral("one"))));
    for (const char* name : {"one", "<b>two</b>"}) {
      ImportOptions import;
      import.workspace = folder();
      import.paths = {toPath(m_dir.filePath(QStringLiteral("one")))};
      import.name = name;
      import_data(import, {});
    }
    m_window = std::make_unique<MainWindow>(folder());
    m_window->resize(1280, 800);
    m_window->show();
    m_window->showPage(QStringLiteral("data"));
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
  }

  void joinsWhatIsChecked() {
    clickOn(*m_window, "combineSets");
    QVERIFY(dialog());
    QCOMPARE(namelessWidgets(*dialog()), QStringList());
    auto* sets = widgetOf<QListWidget>(*m_window, "setsToCombine");
    auto* button = widgetOf<QPushButton>(*m_window, "combineNow");
    auto* hint = widgetOf<QLabel>(*m_window, "combineHint");
    QCOMPARE(sets->count(), 2);
    for (int i = 0; i < 2; ++i) sets->item(i)->setCheckState(Qt::Unchecked);
    QVERIFY(!button->isEnabled() && hint->text().contains(QStringLiteral("two data sets or more")));
    sets->setFocus();
    for (int i = 0; i < 2; ++i) {
      sets->setCurrentRow(i);
      QTest::keyClick(sets, Qt::Key_Space);
    }
    auto* name = widgetOf<QLineEdit>(*m_window, "combinedName");
    QCOMPARE(name->text(), QStringLiteral("one + <b>two</b>"));
    // A name that is taken is said in the dialog, which stays.
    name->selectAll();
    QTest::keyClicks(name, QStringLiteral("one"));
    QTest::mouseClick(button, Qt::LeftButton);
    QTRY_VERIFY2(hint->text().contains(QStringLiteral("already")), qPrintable(hint->text()));
    QVERIFY(button->isEnabled());
    name->selectAll();
    QTest::keyClicks(name, QStringLiteral("both"));
    QTest::mouseClick(button, Qt::LeftButton);
    QTRY_VERIFY(bench().dataSet() && bench().dataSet()->name == "both");
    QTRY_VERIFY(!dialog());
    QCOMPARE(bench().dataSet()->users, int64_t{60});  // 30 and 30: nobody is made the same
    QCOMPARE(bench().dataSet()->items, int64_t{80});
    QTRY_VERIFY(bench().jobs().isIdle());
  }

  void runsOfOtherSetsAreOffered() {
    TrainOptions train;
    for (const char* name : {"one", "<b>two</b>"}) {
      PrepareOptions split;
      split.workspace = folder();
      split.data_set = name;
      split.candidates = 6;
      split.negatives = 2;
      train.preparation = prepare(split, {}).preparation.id;
      train.data_set = name;
    }
    train.workspace = folder();
    train.objective = "sft";
    train.device = "cpu";
    train.rank = 2;
    train.panel = 0;
    const int64_t run = train_run(folder(), create_run(train), {}).run;
    bench().setDataSet(find_data_set(bench().workspace(), "one").id);
    auto* form = m_window->findChild<EvaluateForm*>();
    form->refresh();
    QCheckBox* offered = nullptr;
    for (QCheckBox* box : form->findChildren<QCheckBox*>()) {
      if (!box->isHidden() && box->text().endsWith(QStringLiteral("trained on <b>two</b>"))) offered = box;
    }
    QVERIFY(offered && !offered->isChecked() && form->options().runs.empty());
    offered->setChecked(true);
    QCOMPARE(form->options().runs, std::vector<int64_t>{run});
    QCOMPARE(form->options().data_set, std::string("one"));
  }
};

QTEST_MAIN(CombineDialogTest)
#include "combine_dialog_test.moc"
