// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/mapping_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTableWidget>
#include <QtTest>
#include <fstream>

#include "engine/store/data_sets.h"
#include "engine/tasks/import.h"
#include "engine/store/set_rows.h"
#include "ui/theme.h"
#include "ui/workbench.h"

using namespace prefscope;

/// Tables of no known format are mapped by hand, looked at and imported, over a real workspace.
class MappingDialogTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<Workbench> m_workbench;

  std::filesystem::path file(const char* name, const char* content) const {
    const auto path = toPath(m_dir.filePath(QString::fromLatin1(name)));
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  template <typename Widget>
  static Widget* in(QWidget* parent, const char* name) {
    auto* found = parent->findChild<Widget*>(QString::fromLatin1(name));
    if (!found) qFatal("there is no %s", name);
    return found;
  }
  static QString cell(QWidget* dialog, int row, int column) {
    auto* item = in<QTableWidget>(dialog, "mappingRows")->item(row, column);
    return item ? item->text() : QString();
  }
  static void choose(QWidget* dialog, const char* box, const QString& text) {
    auto* combo = in<QComboBox>(dialog, box);
    const int index = combo->findText(text);
    if (index < 0) qFatal("%s has no %s", box, qPrintable(text));
    combo->setCurrentIndex(index);
    Q_EMIT combo->activated(index);
  }

 private Q_SLOTS:
  void initTestCase() {
    installTheme(*qApp, Appearance::Light);
    m_workbench = std::make_unique<Workbench>(toPath(m_dir.filePath(QStringLiteral("ws"))));
  }

  /// Columns are guessed by their names; what would be left out is said; the import is that of the preview.
  void aTableOfItsOwnIsMapped() {
    const auto path =
        file("shop.csv",
             "customer;product;stars;bought;label\nann;p1;5;01.02.2015;<b>Lamp</b>\nann;p2;4;02.02.2015;Chair, red\n"
             "bob;p1;oops;03.02.2015;<b>Lamp</b>\n");
    auto* dialog = new MappingDialog(*m_workbench, {path});
    dialog->show();
    QTRY_COMPARE(in<QComboBox>(dialog, "mapuser")->currentText(), QStringLiteral("customer"));
    QCOMPARE(in<QComboBox>(dialog, "mapitem")->currentText(), QStringLiteral("product"));
    QCOMPARE(in<QComboBox>(dialog, "maprating")->currentText(), QStringLiteral("stars"));
    choose(dialog, "maptime", QStringLiteral("bought"));
    choose(dialog, "maptitle", QStringLiteral("label"));
    in<QLineEdit>(dialog, "mapDate")->setText(QStringLiteral("%d.%m.%Y"));
    QTRY_COMPARE(cell(dialog, 1, 5), QStringLiteral("Chair, red"));
    QTRY_VERIFY(cell(dialog, 0, 4).startsWith(QStringLiteral("2015-02-01")));
    QCOMPARE(cell(dialog, 0, 5), QStringLiteral("<b>Lamp</b>"));
    QVERIFY(!cell(dialog, 2, 7).isEmpty());
    QVERIFY(in<QLabel>(dialog, "mappingState")->text().startsWith(QStringLiteral("1 of the first 3")));
    in<QLineEdit>(dialog, "mapName")->setText(QStringLiteral("shop"));
    QSignalSpy imported(m_workbench.get(), &Workbench::imported);
    QTest::mouseClick(in<QPushButton>(dialog, "mappingImport"), Qt::LeftButton);
    QTRY_COMPARE(imported.count(), 1);
    const DataSet set = find_data_set(m_workbench->workspace(), "shop");
    QVERIFY(set.interactions == 2 && set.users == 1 && set.items == 2);
    const auto rows =
        read_interactions(m_workbench->workspace(), find_interactions(m_workbench->workspace(), {set.id}, {}));
    QVERIFY(rows[0].title == "<b>Lamp</b>" && rows[0].rating == 5 && rows[0].time == 1'422'748'800);
  }

  /// A header that is none, lines before it, another separator, and a file of items with several values.
  void formAndItemsAreSaid() {
    const auto acts = file("acts.txt", "made in 2015\nann|1|10\nbob|2|20\n");
    const auto things = file("things.tsv", "thing\tlabel\tkinds\n1\tOne\ta/b\n2\tTwo\t\n");
    auto* dialog = new MappingDialog(*m_workbench, {acts, things});
    dialog->show();
    QTRY_COMPARE(in<QComboBox>(dialog, "mapFile")->count(), 2);
    choose(dialog, "mapFile", QStringLiteral("acts.txt"));
    in<QSpinBox>(dialog, "mapSkip")->setValue(1);
    in<QCheckBox>(dialog, "mapHeader")->setChecked(false);
    choose(dialog, "mapSeparator", QStringLiteral("bar"));
    choose(dialog, "mapuser", QStringLiteral("#1"));
    choose(dialog, "mapitem", QStringLiteral("#2"));
    choose(dialog, "maptime", QStringLiteral("#3"));
    QTRY_COMPARE(cell(dialog, 1, 1), QStringLiteral("bob"));
    QCOMPARE(cell(dialog, 1, 2), QStringLiteral("2"));
    QVERIFY(in<QPushButton>(dialog, "mappingImport")->isEnabled());
    QCOMPARE(QString::fromStdString(dialog->interactionWords()),
             QStringLiteral("user=#1,item=#2,time=#3,separator=|,header=no,skip=1"));
    delete dialog;
  }

  /// Until user and item are chosen the rows stand as in the file: they are what the choice is made by.
  void theFileIsSeenBeforeItIsMapped() {
    const auto path = file("visits.csv", "who;where\nann;<i>Bar</i>\nbob;Pub\n");
    auto* dialog = new MappingDialog(*m_workbench, {path});
    dialog->show();
    auto* rows = in<QTableWidget>(dialog, "mappingRows");
    QTRY_COMPARE(rows->rowCount(), 2);
    QCOMPARE(rows->columnCount(), 3);
    QCOMPARE(rows->horizontalHeaderItem(2)->text(), QStringLiteral("where"));
    QVERIFY(cell(dialog, 0, 0) == u"2" && cell(dialog, 0, 1) == u"ann" && cell(dialog, 0, 2) == u"<i>Bar</i>");
    QVERIFY(!in<QPushButton>(dialog, "mappingImport")->isEnabled());
    choose(dialog, "mapSeparator", QStringLiteral("comma"));
    QTRY_COMPARE(rows->columnCount(), 2);
    QCOMPARE(cell(dialog, 1, 1), QStringLiteral("bob;Pub"));
    choose(dialog, "mapSeparator", QStringLiteral("as found"));
    choose(dialog, "mapuser", QStringLiteral("who"));
    choose(dialog, "mapitem", QStringLiteral("where"));
    QTRY_COMPARE(rows->columnCount(), 8);
    QVERIFY(cell(dialog, 1, 1) == u"bob" && cell(dialog, 1, 2) == u"Pub");
    delete dialog;
  }

  /// Files of no known format are no error: the person is asked.
  void unknownFilesAreAskedAbout() {
    QSignalSpy asked(m_workbench.get(), &Workbench::formatUnknown),
        failed(m_workbench.get(), &Workbench::errorHappened);
    ImportOptions options;
    options.workspace = m_workbench->workspaceFolder();
    options.paths = {file("unknown.csv", "a,b\n1,2\n")};
    m_workbench->importData(options);
    QTRY_COMPARE(asked.count(), 1);
    QCOMPARE(failed.count(), 0);
  }

  void whatIsMissingIsSaid() {
    const auto path = file("two.csv", "a,b\n1,2\n");
    auto* dialog = new MappingDialog(*m_workbench, {path});
    dialog->show();
    QTRY_VERIFY(in<QLabel>(dialog, "mappingState")->text().endsWith(QStringLiteral("the columns of user and item.")));
    QVERIFY(!in<QPushButton>(dialog, "mappingImport")->isEnabled());
    delete dialog;
    auto* gone = new MappingDialog(*m_workbench, {toPath(m_dir.filePath(QStringLiteral("gone.csv")))});
    QTRY_VERIFY(in<QLabel>(gone, "mappingState")->text().contains(QStringLiteral("gone.csv")));
    delete gone;
  }
};

QTEST_MAIN(MappingDialogTest)
#include "mapping_dialog_test.moc"
