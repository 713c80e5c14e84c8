// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/export_set_dialog.h"

#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QtTest>
#include <fstream>

#include "engine/store/views.h"
#include "engine/tasks/import.h"
#include "tests/ui/spoken_names.h"
#include "ui/theme.h"
#include "ui/workbench.h"

using namespace prefscope;

/// A set leaves by the keyboard alone, as a whole and as a view, and comes back.
class ExportSetDialogTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<Workbench> m_workbench;

  template <typename Widget>
  static Widget* in(QWidget* parent, const char* name) {
    auto* found = parent->findChild<Widget*>(QString::fromLatin1(name));
    if (!found) qFatal("there is no %s", name);
    return found;
  }
  ExportSetDialog* opened() {
    auto* dialog = new ExportSetDialog(*m_workbench);
    dialog->open();
    return dialog;
  }
  QString place(const char* name) const { return m_dir.filePath(QString::fromLatin1(name)); }

 private Q_SLOTS:
  void initTestCase() {
    installTheme(*qApp, Appearance::Light);
    std::ofstream(toPath(place("likes.csv"))) << "who,what,stars,when\n1,a,2,30\n1,b,4,10\n2,a,5,50\n2,c,1,60\n";
    ImportOptions import;
    import.workspace = toPath(place("ws"));
    import.paths = {toPath(place("likes.csv"))};
    import.map = "user=who,item=what,rating=stars,time=when";
    import_data(import, {});
    m_workbench = std::make_unique<Workbench>(import.workspace);
    m_workbench->setDataSet(1);
    save_view(m_workbench->workspace(), {0, 1, "liked", {"rating > 3"}, {}});
  }
  void cleanupTestCase() { m_workbench.reset(); }

  void aViewLeavesByTheKeyboard() {
    ExportSetDialog* dialog = opened();
    QCOMPARE(namelessWidgets(*dialog), QStringList());
    auto* form = in<QComboBox>(dialog, "exportForm");
    QCOMPARE(form->count(), 4);
    QVERIFY(form->hasFocus() || dialog->focusWidget() == form);
    QTest::keyClick(form, Qt::Key_Down);
    QTest::keyClick(form, Qt::Key_Down);
    QCOMPARE(form->currentData().toString(), QStringLiteral("recbole"));
    QTest::keyClick(in<QComboBox>(dialog, "exportView"), Qt::Key_Down);
    auto* folder = in<QLineEdit>(dialog, "exportFolder");
    folder->selectAll();
    QTest::keyClicks(folder, place("out/liked"));
    QSignalSpy noticed(m_workbench.get(), &Workbench::noticed);
    QTest::keyClick(folder, Qt::Key_Return);
    QTRY_COMPARE(noticed.count(), 1);
    QFile written(place("out/liked/liked.inter"));
    QVERIFY(written.open(QIODevice::ReadOnly));
    QCOMPARE(written.readAll().count('\n'), 3);  // the header and the two rows above 3
  }

  void aFolderWithSomethingInItIsRefused() {
    QVERIFY(QDir().mkpath(place("full")));
    std::ofstream(toPath(place("full/mine.txt"))) << "mine";
    ExportSetDialog* dialog = opened();
    auto* start = in<QPushButton>(dialog, "startExport");
    QVERIFY(start->isEnabled());
    in<QLineEdit>(dialog, "exportFolder")->setText(place("full"));
    QVERIFY(!start->isEnabled());
    QVERIFY(!in<QLabel>(dialog, "exportTrouble")->text().isEmpty());
    dialog->reject();
  }

  /// The set of the dialog leaves, though another is looked at by then.
  void itsOwnSetLeaves() {
    std::ofstream(toPath(place("other.csv"))) << "who,what\n7,z\n";
    ImportOptions import;
    import.workspace = toPath(place("ws"));
    import.paths = {toPath(place("other.csv"))};
    import.map = "user=who,item=what";
    ExportSetDialog* dialog = opened();
    m_workbench->setDataSet(import_data(import, {}).data_set.id);
    in<QLineEdit>(dialog, "exportFolder")->setText(place("own"));
    QSignalSpy noticed(m_workbench.get(), &Workbench::noticed);
    in<QPushButton>(dialog, "startExport")->click();
    QTRY_COMPARE(noticed.count(), 1);
    QFile written(place("own/interactions.csv"));
    QVERIFY(written.open(QIODevice::ReadOnly));
    QCOMPARE(written.readAll().count('\n'), 5);  // the header and four rows
    m_workbench->setDataSet(1);
  }

  void examplesNeedAPreparation() {
    ExportSetDialog* dialog = opened();
    auto* form = in<QComboBox>(dialog, "exportForm");
    form->setCurrentIndex(form->findData(QStringLiteral("preference-json")));
    QVERIFY(!in<QPushButton>(dialog, "startExport")->isEnabled());
    QVERIFY(!in<QComboBox>(dialog, "exportView")->isEnabled());
    dialog->reject();
  }
};

QTEST_MAIN(ExportSetDialogTest)
#include "export_set_dialog_test.moc"
