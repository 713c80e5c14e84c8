// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/paged_table_model.h"

#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QLineEdit>
#include <QMenu>
#include <QSettings>
#include <QSignalSpy>
#include <QtTest>
#include <atomic>

#include "engine/tasks/import.h"
#include "tests/engine/store/made_interactions.h"
#include "ui/models/run_model.h"
#include "ui/models/table_sources.h"
#include "ui/widgets/data_table.h"
#include "ui/widgets/filter_header.h"
#include "ui/workbench.h"

using namespace prefscope;

class PagedTableModelTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<Workbench> m_bench;

  static constexpr int users = 1000, items = 300, acts = 119'999;

  static QString cell(const PagedTableModel& model, int row, int column) {
    return model.index(row, column).data().toString();
  }

 private Q_SLOTS:
  void initTestCase() {
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    m_bench = std::make_unique<Workbench>(toPath(m_dir.path()));
    SQLite::Database& db = m_bench->workspace().db();
    SQLite::Transaction transaction(db);
    db.exec(
        "INSERT INTO data_set(id, name, format, source, content_hash, imported_at, users, items, interactions, "
        "has_ratings) VALUES (1, 'made', 'movielens', '', '', '2026-01-01T00:00:00Z', 1000, 300, 0, 1)");
    db.exec(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
        "INSERT INTO user(id, data_set, key, interactions) SELECT i, 1, i, i % 7 FROM n");
    db.exec(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
        "INSERT INTO item(id, data_set, key, title, interactions) SELECT i, 1, i, 'Film ' || printf('%03d', 300 - i), "
        "i "
        "FROM n");
    db.exec("UPDATE item SET title = '<b>100%</b> of a_title' WHERE id = 5");
    std::vector<MadeInteraction> made;
    for (int64_t i = 0; i < acts; ++i)
      made.push_back({1 + i % 1000, 1 + i % 300, static_cast<double>(i % 10) / 2, 1'000'000 + i});
    give_interactions(m_bench->workspace(), 1, made);
    for (int i = 0; i < 20; ++i)
      db.exec("INSERT INTO import_drop VALUES (1, 'ratings.csv', " + std::to_string(i + 2) + ", 'a repeat')");
    transaction.commit();
    m_bench->setDataSet(1);
  }

  void keepsTheRulesOfItemModels() {
    PagedTableModel model(*m_bench);
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QSignalSpy counted(&model, &PagedTableModel::counted);
    model.setSource(userTable(*m_bench->dataSet()));
    QTRY_COMPARE(counted.count(), 1);
    QCOMPARE(model.rowCount(), users);
    model.sort(1, Qt::DescendingOrder);
    QTRY_COMPARE(counted.count(), 2);
    model.setSearch(QStringLiteral("99"));
    QTRY_COMPARE(counted.count(), 3);
    model.setSource(itemTable(*m_bench->dataSet()));
    QTRY_COMPARE(counted.count(), 4);
    QCOMPARE(model.rowCount(), items);
  }

  void readsFarRowsWhenTheyAreLookedAt() {
    PagedTableModel model(*m_bench);
    QSignalSpy counted(&model, &PagedTableModel::counted);
    model.setSource(interactionTable(*m_bench->dataSet()));
    QTRY_COMPARE(counted.count(), 1);
    QCOMPARE(model.rowCount(), acts);
    QCOMPARE(cell(model, 0, 0), QStringLiteral("1"));
    // Row 100,123 was never read: it is blank at once and comes by itself. Each user has 120: the 43rd from 0 of user
    // 835.
    QVERIFY(cell(model, 100'123, 0).isEmpty());
    QTRY_COMPARE(cell(model, 100'123, 0), QStringLiteral("835"));
    // Act 834 + 43 * 1000 = 43834: rating (43834 % 10) / 2 = 2; time 1,043,834 s = 1970-01-13 01:57 UTC.
    QCOMPARE(cell(model, 100'123, 2), QStringLiteral("2"));
    QCOMPARE(cell(model, 100'123, 3), QStringLiteral("1970-01-13 01:57"));
  }

  void aViewScrollsThroughEverything() {
    PagedTableModel model(*m_bench);
    DataTable table(&model);
    table.resize(600, 400);
    table.show();
    model.setSource(interactionTable(*m_bench->dataSet()));
    QTRY_COMPARE(model.rowCount(), acts);
    qint64 worst = 0;
    for (int row = 0; row < acts; row += 1999) {
      QElapsedTimer clock;
      clock.start();
      table.scrollTo(model.index(row, 0), QAbstractItemView::PositionAtTop);
      QCoreApplication::processEvents();
      worst = std::max(worst, clock.elapsed());
    }
    QVERIFY2(worst < 200, qPrintable(QString::number(worst)));  // ms, with room for a busy machine
    table.scrollToBottom();
    QTRY_VERIFY(!cell(model, acts - 1, 0).isEmpty());
  }

  void readsOnlyWhatIsLookedAtOfMovieLens() {
    const QString zip = QStringLiteral(PREFSCOPE_SHARED_DATA "/ml-latest-small/ml-latest-small.zip");
    if (!QFile::exists(zip)) QSKIP("ml-latest-small.zip is not beside the project");
    QTemporaryDir dir;
    Workbench bench(toPath(dir.path()));
    ImportOptions options;
    options.workspace = bench.workspaceFolder();
    options.paths = {toPath(zip)};
    bench.importData(options);
    QTRY_VERIFY_WITH_TIMEOUT(bench.dataSet().has_value(), 120'000);
    QCOMPARE(bench.dataSet()->interactions, 100'836);

    auto rowsRead = std::make_shared<std::atomic<qint64>>(0);
    TableSource source = interactionTable(*bench.dataSet());
    source.read = [read = source.read, rowsRead](Workspace& workspace, const FoundRows& found, qint64 offset,
                                                 qint64 limit, CellForm form) {
      auto rows = read(workspace, found, offset, limit, form);
      *rowsRead += static_cast<qint64>(rows.size());
      return rows;
    };
    PagedTableModel model(bench);
    DataTable table(&model);
    table.resize(800, 600);
    table.show();
    model.setSource(source);
    QTRY_COMPARE(model.rowCount(), 100'836);
    for (int part = 1; part <= 10; ++part) {
      const int row = part * 10'083;
      table.scrollTo(model.index(row, 0), QAbstractItemView::PositionAtTop);
      QTRY_VERIFY(!cell(model, row, 0).isEmpty());
    }
    table.scrollToBottom();
    QTRY_COMPARE(cell(model, 100'835, 0), QStringLiteral("610"));  // the last line of ratings.csv is user 610's
    QVERIFY2(*rowsRead < 10'000, qPrintable(QString::number(*rowsRead)));
  }

  void sortsByHeaderClicks() {
    PagedTableModel model(*m_bench);
    DataTable table(&model);
    table.resize(800, 400);
    table.show();
    model.setSource(itemTable(*m_bench->dataSet()));
    QTRY_COMPARE(model.rowCount(), items);
    const auto click = [&](int column) {
      QHeaderView* header = table.horizontalHeader();
      QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
                        QPoint(header->sectionViewportPosition(column) + 10, 10));
    };
    click(2);  // interactions, fewest first: the last item has one fewer
    QTRY_COMPARE(cell(model, 0, 2), QStringLiteral("399"));
    QCOMPARE(cell(model, 0, 3), QStringLiteral("300"));
    click(2);
    QTRY_COMPARE(cell(model, 0, 2), QStringLiteral("400"));
    click(1);  // attributes do not sort: back to the order of the file
    QVERIFY(model.wish().order.empty());
    QTRY_COMPARE(cell(model, 0, 3), QStringLiteral("1"));
  }

  void searchesTitlesAsPlainText() {
    PagedTableModel model(*m_bench);
    QSignalSpy counted(&model, &PagedTableModel::counted);
    model.setSource(itemTable(*m_bench->dataSet()));
    QCOMPARE(model.setFilter(0, QStringLiteral("film 29")), QString());  // 290 .. 299, but 295 has another title
    QTRY_COMPARE(model.rowCount(), 9);
    QCOMPARE(model.setFilter(0, {}), QString());
    model.setSearch(QStringLiteral("100%"));
    QTRY_COMPARE(model.rowCount(), 1);
    QCOMPARE(cell(model, 0, 0), QStringLiteral("<b>100%</b> of a_title"));
    QVERIFY(model.index(0, 0).data(Qt::ToolTipRole).toString().contains(QStringLiteral("&lt;b&gt;100%&lt;/b&gt;")));
    model.setSearch(QStringLiteral("'; DROP TABLE item; --"));
    QTRY_COMPARE(model.rowCount(), 0);
    model.setSearch({});
    QTRY_COMPARE(model.rowCount(), items);
  }

  void onlyTheLastOfManySearchesCounts() {
    PagedTableModel model(*m_bench);
    model.setSource(interactionTable(*m_bench->dataSet()));
    for (const char* text : {"F", "Fi", "Fil", "Film", "Film 2", "Film 29", "Film 299"})
      model.setSearch(QString::fromLatin1(text));
    QTRY_VERIFY(!model.isBusy());
    QCOMPARE(model.rowCount(), 400);  // item 1, every 300th act
  }

  /// Two conditions and two keys, typed and clicked.
  void filtersAndSortsByTheHeader() {
    PagedTableModel model(*m_bench);
    DataTable table(&model);
    table.resize(900, 400);
    table.show();
    model.setSource(interactionTable(*m_bench->dataSet()));
    QTRY_COMPARE(model.rowCount(), acts);
    QLineEdit* rating = table.filters()->field(2);
    QVERIFY(rating && rating->isVisible() && !rating->accessibleName().isEmpty());
    QCOMPARE(rating->x() / 10, table.filters()->sectionViewportPosition(2) / 10);  // below its column
    rating->setFocus();
    QTest::keyClicks(rating, QStringLiteral("3.5..4"));
    QTest::keyClick(rating, Qt::Key_Return);
    // Act a has the rating (a % 10) / 2: 3.5 and 4 are acts 7, 8, 17, 18 .. 119,998.
    constexpr int some = 24'000;
    QTRY_COMPARE(model.rowCount(), some);
    QVERIFY(table.hasFocus());
    QTest::keyClicks(table.filters()->field(0), QStringLiteral("=838"));
    QTRY_COMPARE(model.rowCount(), 120);  // acts 837, 1837 ..: all with rating 3.5
    QTRY_COMPARE(cell(model, 0, 0), QStringLiteral("838"));
    table.filters()->field(0)->setFocus();
    QTest::keyClick(table.filters()->field(0), Qt::Key_Escape);
    QTRY_COMPARE(model.rowCount(), some);

    const auto click = [&](int column, Qt::KeyboardModifiers modifiers) {
      QTest::mouseClick(table.filters()->viewport(), Qt::LeftButton, modifiers,
                        QPoint(table.filters()->sectionViewportPosition(column) + 10, 10));
    };
    click(2, {});
    click(2, {});
    click(3, Qt::ShiftModifier);
    QTRY_VERIFY(!model.isBusy());
    QCOMPARE(model.headerData(2, Qt::Horizontal, Qt::DisplayRole).toString(), QStringLiteral("Rating ↓1"));
    QCOMPARE(model.headerData(3, Qt::Horizontal, Qt::DisplayRole).toString(), QStringLiteral("Time (UTC) ↑2"));
    // The first act with rating 4 is act 8.
    QCOMPARE(cell(model, 0, 2), QStringLiteral("4"));
    QCOMPARE(cell(model, 0, 3), timeText(1'000'008));
    QCOMPARE(cell(model, 1, 3), timeText(1'000'018));
  }

  /// Two fields typed one after the other, before the first is asked for, both count.
  void fieldsTypedFastAllCount() {
    PagedTableModel model(*m_bench);
    DataTable table(&model);
    table.resize(900, 400);
    table.show();
    model.setSource(interactionTable(*m_bench->dataSet()));
    QTRY_COMPARE(model.rowCount(), acts);
    QTest::keyClicks(table.filters()->field(0), QStringLiteral("=838"));
    QTest::keyClicks(table.filters()->field(2), QStringLiteral("3.5"));
    QTRY_COMPARE(model.wish().filters, (QStringList{QStringLiteral("=838"), {}, QStringLiteral("3.5"), {}, {}, {}}));
    QTRY_COMPARE(model.rowCount(), 120);
    QCOMPARE(table.filters()->field(2)->text(), QStringLiteral("3.5"));
  }

  /// The menu's filter is by the value itself, however short or tidied it is shown.
  void onlyRowsWithTheValueOfACell() {
    SQLite::Database& db = m_bench->workspace().db();
    db.exec("UPDATE item SET title = ' Edge  of\ttime ' WHERE id = 7");
    PagedTableModel model(*m_bench);
    DataTable table(&model);
    table.resize(900, 400);
    table.show();
    model.setSource(itemTable(*m_bench->dataSet()));
    QTRY_COMPARE(model.rowCount(), items);
    const auto chooses = [&](int row, int column) {
      table.setCurrentIndex(model.index(row, column));
      QContextMenuEvent event(QContextMenuEvent::Keyboard, {}, {});
      QApplication::sendEvent(&table, &event);
      auto* menu = table.findChild<QMenu*>();
      menu->actions().last()->trigger();
      menu->close();
    };
    chooses(6, 0);
    QTRY_COMPARE(model.rowCount(), 1);
    model.setWish({});
    QTRY_COMPARE(model.rowCount(), items);
    chooses(0, 2);
    QTRY_COMPARE(model.rowCount(), items - 1);  // all but the last have 400 rows
    db.exec("UPDATE item SET title = 'Film 293' WHERE id = 7");
  }

  /// Columns go by their titles, and an order that the columns do not have is dropped: sets differ in what they have.
  void layoutIsKeptForTablesWithOtherColumns() {
    QSettings settings(m_dir.filePath(QStringLiteral("layout.ini")), QSettings::IniFormat);
    const QString key = QStringLiteral("table");
    PagedTableModel model(*m_bench);
    DataTable table(&model);
    DataSet rated = *m_bench->dataSet(), bare = rated;
    bare.has_ratings = false;
    model.setSource(interactionTable(rated), {{RowColumn::Rating, true}});
    table.restoreColumns(settings, key);
    table.setColumnWidth(3, 177);  // the time
    table.keepLayout(settings, key);
    TableSource source = interactionTable(bare);
    QVERIFY(table.keptOrder(settings, key, source.columns).empty());
    model.setSource(source);
    table.restoreColumns(settings, key);
    QCOMPARE(table.columnWidth(2), 177);
    QVERIFY(!table.isColumnHidden(2) && table.isColumnHidden(3) && table.isColumnHidden(4));
    table.showColumn(4, true);
    table.keepLayout(settings, key);
    source = interactionTable(rated);
    model.setSource(source);
    table.restoreColumns(settings, key);
    QVERIFY(!table.isColumnHidden(2) && !table.isColumnHidden(3) && table.isColumnHidden(4) &&
            !table.isColumnHidden(5));
    settings.setValue(QStringLiteral("table-order"), QStringList{QStringLiteral("5+"), QStringLiteral("99-")});
    QVERIFY(table.keptOrder(settings, key, userTable(rated).columns).empty());
  }

  void saysWhatAFilterCannotMean() {
    PagedTableModel model(*m_bench);
    DataTable table(&model);
    table.resize(900, 400);
    table.show();
    model.setSource(interactionTable(*m_bench->dataSet()));
    QTRY_COMPARE(model.rowCount(), acts);
    QLineEdit* time = table.filters()->field(3);
    QTest::keyClicks(time, QStringLiteral("soon"));
    QTRY_VERIFY(time->property("wrong").toBool());
    QVERIFY2(time->toolTip().contains(QStringLiteral("found &quot;soon&quot;")), qPrintable(time->toolTip()));
    QCOMPARE(model.rowCount(), acts);  // as they were
    time->clear();
    QTest::keyClicks(time, QStringLiteral("1970-01-13"));  // from 1,036,800 to 1,123,199 s
    QTRY_VERIFY(!time->property("wrong").toBool());
  }

  void copiesAndSavesRowsExactly() {
    PagedTableModel model(*m_bench);
    DataTable table(&model);
    table.show();
    model.setSource(interactionTable(*m_bench->dataSet()));
    table.restoreColumns(m_bench->settings(), QStringLiteral("unknown"));
    QTRY_COMPARE(model.rowCount(), acts);
    table.selectRow(0);
    table.setFocus();
    QTest::keyClick(&table, Qt::Key_Down, Qt::ShiftModifier);
    QGuiApplication::clipboard()->clear();
    QTest::keyClick(&table, Qt::Key_C, Qt::ControlModifier);
    QTRY_VERIFY(!QGuiApplication::clipboard()->text().isEmpty());
    const QStringList lines = QGuiApplication::clipboard()->text().split(u'\n');
    QCOMPARE(lines.size(), 4);  // titles, two rows, the end
    QCOMPARE(lines[0], QStringLiteral("User\tItem\tRating\tTime (UTC)"));
    QVERIFY2(lines[1].endsWith(QStringLiteral("\t1970-01-12T13:46:40Z")), qPrintable(lines[1]));

    model.setFilter(0, QStringLiteral("=1"));
    QTRY_COMPARE(model.rowCount(), 120);
    QTemporaryDir dir;
    const QString file = dir.filePath(QStringLiteral("rows.csv"));
    model.exportRows(file, table.shownColumns());
    QTRY_VERIFY(QFile::exists(file));
    QFile written(file);
    QVERIFY(written.open(QIODevice::ReadOnly));
    const QList<QByteArray> rows = written.readAll().split('\n');
    QCOMPARE(rows.size(), 122);
    QCOMPARE(rows[0], QByteArray("User,Item,Rating,Time (UTC)"));
    QVERIFY(rows[1].startsWith("1,"));
    QSignalSpy failed(m_bench.get(), &Workbench::errorHappened);
    model.exportRows(dir.filePath(QStringLiteral("no/such/folder.csv")), {0});
    QTRY_COMPARE(failed.count(), 1);
  }

  /// A stop leaves rows, filters and order as they were.
  void aStoppedSearchLeavesTheRows() {
    PagedTableModel model(*m_bench);
    TableSource source = interactionTable(*m_bench->dataSet());
    auto slow = std::make_shared<std::atomic<bool>>(false);
    source.find = [find = source.find, slow](Workspace& workspace, const RowQuery& query, const TaskContext& context) {
      while (*slow) context.check();
      return find(workspace, query, context);
    };
    model.setSource(source);
    QTRY_COMPARE(model.rowCount(), acts);
    *slow = true;
    model.setFilter(0, QStringLiteral("=1"));
    QVERIFY(model.finding() != 0);
    m_bench->jobs().cancel(model.finding());
    QTRY_COMPARE(model.finding(), qint64{0});
    QCOMPARE(model.rowCount(), acts);
    QCOMPARE(model.wish().filters[0], QString());
    *slow = false;
  }

  /// Where rows cannot be found, what is asked for is again what the rows are.
  void whatFailsLeavesTheRows() {
    PagedTableModel model(*m_bench);
    TableSource source = interactionTable(*m_bench->dataSet());
    source.find = [find = source.find](Workspace& workspace, const RowQuery& query, const TaskContext& context) {
      if (!query.where.empty()) throw Error(ErrorKind::Storage, "the disk is gone");
      return find(workspace, query, context);
    };
    model.setSource(source);
    QTRY_COMPARE(model.rowCount(), acts);
    QSignalSpy failed(m_bench.get(), &Workbench::errorHappened);
    model.setFilter(0, QStringLiteral("=1"));
    QTRY_COMPARE(failed.count(), 1);
    QCOMPARE(model.wish().filters[0], QString());
    QCOMPARE(model.rowCount(), acts);
  }

  void runsKeepTheirPlace() {
    RunModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    Run sft;
    sft.id = 1;
    sft.name = "SFT 1";
    sft.objective = "sft";
    sft.status = RunStatus::Done;
    sft.options = R"({"lr":0.0001,"epochs":2,"rank":16,"batch_tokens":4096,"seed":7,"beta":1,"k":0})";
    Run dmpo = sft;
    dmpo.id = 2;
    dmpo.name = "DMPO 2";
    dmpo.objective = "dmpo";
    dmpo.parent = 1;
    dmpo.status = RunStatus::Running;
    model.setRuns({sft, dmpo});
    QCOMPARE(model.index(0, RunModel::Name).data().toString(), QStringLiteral("DMPO 2"));
    QCOMPARE(model.index(0, RunModel::Start).data().toString(), QStringLiteral("SFT 1"));
    QCOMPARE(model.index(1, RunModel::Settings).data().toString(),
             QStringLiteral("lr 0.0001 · epochs 2 · rank 16 · 4096 tokens a step · seed 7"));
    QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    dmpo.steps_total = 40;
    dmpo.steps_done = 12;
    model.setRuns({sft, dmpo});
    QCOMPARE(reset.count(), 0);
    QCOMPARE(model.index(0, RunModel::Steps).data().toString(), QStringLiteral("12 of 40"));
    model.setRuns({sft});
    QCOMPARE(reset.count(), 1);
  }
};

QTEST_MAIN(PagedTableModelTest)
#include "paged_table_model_test.moc"
