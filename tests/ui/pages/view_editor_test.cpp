// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/view_editor.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSpinBox>
#include <QTableWidget>
#include <QtTest>

#include "engine/tasks/import.h"
#include "tests/ui/window_driver.h"
#include "ui/pages/prepare_panel.h"
#include "ui/theme.h"
#include "ui/workbench.h"

using namespace prefscope;

/// A view is made by typing, undone, redone, prepared with and deleted, in real windows over a real workspace.
class ViewEditorTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<Workbench> m_workbench;
  std::unique_ptr<PreparePanel> m_panel;

  template <typename Widget>
  static Widget* in(QWidget* parent, const char* name) {
    auto* found = parent->findChild<Widget*>(QString::fromLatin1(name));
    if (!found) qFatal("there is no %s", name);
    return found;
  }
  ViewEditor* opened() {
    QTest::mouseClick(in<QPushButton>(m_panel.get(), "editView"), Qt::LeftButton);
    auto* editor = m_panel->window()->findChild<ViewEditor*>();
    if (!editor) qFatal("no editor opened");
    return editor;
  }
  static void type(ViewEditor* editor, const char* name, const QString& text) {
    auto* line = in<QLineEdit>(editor, name);
    line->setFocus();
    line->selectAll();
    QTest::keyClicks(line, text);
  }

 private Q_SLOTS:
  void initTestCase() {
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    installTheme(*qApp, Appearance::Light);
    const QString folder = m_dir.filePath(QStringLiteral("small"));
    QVERIFY(writeSmallWorld(folder));
    ImportOptions import;
    import.workspace = toPath(m_dir.filePath(QStringLiteral("ws")));
    import.paths = {toPath(folder)};
    import.name = "small";
    import_data(import, {});
    m_workbench = std::make_unique<Workbench>(import.workspace);
    m_workbench->setDataSet(1);
    m_panel = std::make_unique<PreparePanel>(*m_workbench);
    m_panel->resize(320, 700);
    m_panel->show();
  }
  void cleanupTestCase() {
    m_panel.reset();
    m_workbench.reset();
  }

  void aViewIsMadeUndoneAndRedone() {
    auto* view = in<QComboBox>(m_panel.get(), "view");
    QCOMPARE(view->count(), 1);
    ViewEditor* editor = opened();
    auto* add = in<QPushButton>(editor, "viewAdd");
    type(editor, "viewStep", QStringLiteral("core 2"));
    QVERIFY(!add->isEnabled());  // it has no name yet
    type(editor, "viewName", QStringLiteral("dense <b>"));
    QVERIFY(add->isEnabled());
    in<QLineEdit>(editor, "viewStep")->setFocus();
    QTest::keyClick(in<QLineEdit>(editor, "viewStep"), Qt::Key_Return);
    auto* steps = in<QTableWidget>(editor, "viewSteps");
    QTRY_COMPARE(steps->rowCount(), 2);
    QCOMPARE(steps->item(1, 0)->text(), QStringLiteral("core 2"));
    QCOMPARE(view->currentText(), QStringLiteral("dense <b>"));
    // A step that is wrong says so and changes nothing.
    type(editor, "viewStep", QStringLiteral("rubbish"));
    QTest::mouseClick(add, Qt::LeftButton);
    QTRY_VERIFY(in<QLabel>(editor, "viewState")->text().contains(QStringLiteral("expected a comparison")));
    QCOMPARE(steps->rowCount(), 2);
    QCOMPARE(in<QLineEdit>(editor, "viewStep")->text(), QStringLiteral("rubbish"));
    type(editor, "viewStep", QStringLiteral("first of pair"));
    QTest::mouseClick(add, Qt::LeftButton);
    QTRY_COMPARE(steps->rowCount(), 3);
    QTest::mouseClick(in<QPushButton>(editor, "viewUndo"), Qt::LeftButton);
    QTRY_COMPARE(steps->rowCount(), 2);
    QTest::mouseClick(in<QPushButton>(editor, "viewRedo"), Qt::LeftButton);
    QTRY_COMPARE(steps->rowCount(), 3);
    QVERIFY(!in<QPushButton>(editor, "viewRedo")->isEnabled());
    delete editor;
  }

  void theFormPreparesWithViewSplitAndSampling() {
    auto* split = in<QComboBox>(m_panel.get(), "split");
    split->setCurrentIndex(split->findData(QStringLiteral("leave-two-out")));
    QVERIFY(!in<QSpinBox>(m_panel.get(), "heldOut")->isVisibleTo(m_panel.get()));
    QVERIFY(!in<QWidget>(m_panel.get(), "fromTime")->isVisibleTo(m_panel.get()));
    auto* sampling = in<QComboBox>(m_panel.get(), "sampling");
    sampling->setCurrentIndex(sampling->findData(QStringLiteral("popularity")));
    in<QSpinBox>(m_panel.get(), "candidates")->setValue(4);
    in<QSpinBox>(m_panel.get(), "negatives")->setValue(2);
    QTest::mouseClick(in<QPushButton>(m_panel.get(), "prepareButton"), Qt::LeftButton);
    QTRY_VERIFY(m_workbench->preparation() != 0);
    const Preparation p = read_preparation(m_workbench->workspace(), m_workbench->preparation());
    QCOMPARE(p.view, (std::vector<std::string>{"core 2", "first of pair"}));
    QVERIFY(p.split == "leave-two-out" && p.sampling == "popularity" && p.candidates == 4);
    // The form of another workspace's window would show what was made.
    PreparePanel other(*m_workbench);
    QCOMPARE(in<QComboBox>(&other, "split")->currentData().toString(), QStringLiteral("leave-two-out"));
    QCOMPARE(in<QComboBox>(&other, "sampling")->currentData().toString(), QStringLiteral("popularity"));
  }

  void deletingAsksFirst() {
    ViewEditor* editor = opened();
    QTRY_VERIFY(in<QPushButton>(editor, "viewDelete")->isEnabled());
    QCOMPARE(in<QTableWidget>(editor, "viewSteps")->rowCount(), 3);  // what is there is shown at once
    QTest::mouseClick(in<QPushButton>(editor, "viewDelete"), Qt::LeftButton);
    auto* question = editor->findChild<QMessageBox*>();
    QVERIFY(question && question->text().contains(QStringLiteral("dense <b>")));
    QPointer<ViewEditor> alive = editor;
    question->buttons().front()->click();
    QTRY_VERIFY(!alive);
    QCOMPARE(in<QComboBox>(m_panel.get(), "view")->count(), 1);
    QVERIFY(list_views(m_workbench->workspace(), 1).empty());
    QCOMPARE(list_preparations(m_workbench->workspace(), 1).size(), size_t{1});
  }
};

QTEST_MAIN(ViewEditorTest)
#include "view_editor_test.moc"
