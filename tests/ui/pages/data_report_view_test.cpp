// SPDX-License-Identifier: GPL-3.0-or-later
// "About this set" in the real window, on the sample world and on small files with trouble in them.
#include "ui/pages/data_report_view.h"

#include <QClipboard>
#include <QLabel>
#include <QPushButton>
#include <QTabBar>
#include <QTableWidget>
#include <fstream>

#include "engine/base/files.h"
#include "engine/tasks/import.h"
#include "engine/tasks/prepare.h"
#include "tests/ui/spoken_names.h"
#include "tests/ui/window_driver.h"
#include "ui/jobs/job_line.h"
#include "ui/models/table_sources.h"
#include "ui/page.h"
#include "ui/pages/data_report_plots.h"
#include "ui/pages/data_report_text.h"
#include "ui/theme.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/qcustomplot_header.h"

using namespace prefscope;
namespace fs = std::filesystem;

class DataReportViewTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<MainWindow> m_window;

  Workbench& bench() const { return m_window->workbench(); }
  template <typename Widget>
  Widget* child(const char* name) const {
    return widgetOf<Widget>(*m_window, name);
  }
  DataReportView* view() const { return m_window->findChild<DataReportView*>(); }
  fs::path folder(const char* name) const { return fs::path(m_dir.path().toStdString()) / name; }
  QString cell(const char* table, int row, int column) const {
    return child<QTableWidget>(table)->item(row, column)->text();
  }
  /// What a figure of the table says; empty where it is not there.
  QString figure(const QString& name) const {
    for (int row = 0; row < child<QTableWidget>("figures")->rowCount(); ++row) {
      if (cell("figures", row, 0) == name) return cell("figures", row, 1);
    }
    return {};
  }
  void importSet(const fs::path& path) {
    m_window->importPaths({toQt(path)});
    QTRY_VERIFY_WITH_TIMEOUT(bench().dataSet() && bench().dataSet()->name == path.filename(), 60'000);
    QTRY_VERIFY_WITH_TIMEOUT(bench().jobs().isIdle(), 60'000);
  }
  void openAbout() const {
    auto* tabs = child<QTabBar>("tables");
    tabs->setCurrentIndex(tabs->count() - 1);
    QCOMPARE(tabs->tabText(tabs->currentIndex()), QStringLiteral("About this set"));
    QTRY_VERIFY_WITH_TIMEOUT(!view()->text().isEmpty() && bench().jobs().isIdle(), 60'000);
  }

 private Q_SLOTS:
  void initTestCase() {
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    installTheme(*qApp, Appearance::Light);
    m_window = std::make_unique<MainWindow>(folder("ws"));
    m_window->resize(1280, 800);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
  }

  /// Three rows of seven are no interactions; one of them has a line break of HTML in the place of its time.
  void saysAtOnceWhatAnImportLeftOut() {
    fs::create_directories(folder("troubled"));
    std::ofstream(folder("troubled") / "items.csv")
        << "id,title,genre\n1,<b>Bold</b> &amp; more,x\n2,  Blanks  ,x\n3,<b>Bold</b> &amp; more,y\n";
    std::ofstream(folder("troubled") / "interactions.csv")
        << "user,item,time\n1,1,100\n1,1,100\n1,2,soon\n2,2,50\n2,1,<img src=x>\n2,1,60\n2,9,70\n";
    importSet(folder("troubled"));
    auto* banner = m_window->page(QStringLiteral("data"))->findChild<Banner*>();
    QVERIFY(banner->isVisible());
    QVERIFY2(banner->message().startsWith(QStringLiteral("7 rows read · 4 kept · 3 dropped")),
             qPrintable(banner->message()));
    QVERIFY(banner->message().contains(QStringLiteral("interactions.csv lines 4, 6: expected a time")));
    QTest::mouseClick(banner->findChild<QPushButton*>(QStringLiteral("bannerButton")), Qt::LeftButton);
    QVERIFY(!banner->isVisible() && view()->isVisible());
    QTRY_VERIFY(!view()->text().isEmpty());

    const DataReport report = report_data(folder("ws"), bench().dataSet()->name, {});
    QVERIFY(report.import && report.import->dropped() == 3);
    auto* remarks = child<QTableWidget>("remarks");
    QCOMPARE(remarks->rowCount(), static_cast<int>(report.import->remarks.size()));
    int64_t dropped = 0;
    bool shown = false;
    for (int row = 0; row < remarks->rowCount(); ++row) {
      if (cell("remarks", row, 0) == QStringLiteral("Dropped")) dropped += cell("remarks", row, 1).toInt();
      if (!cell("remarks", row, 3).contains(QStringLiteral("soon"))) continue;
      shown = true;  // with the first lines of both
      QVERIFY2(cell("remarks", row, 2).endsWith(QStringLiteral("interactions.csv lines 4, 6")),
               qPrintable(cell("remarks", row, 2)));
    }
    QVERIFY(shown);
    QCOMPARE(dropped, int64_t{3});
    QCOMPARE(child<QLabel>("importHeadline")->textFormat(), Qt::PlainText);
    QVERIFY(child<QLabel>("contentHash")->text().contains(toQt(report.data_set.content_hash)));
    // User 1 has item 1 twice at one time; both titles of the third are those of the first.
    QCOMPARE(figure(QStringLiteral("Repeats")), QStringLiteral("1 (25 %)"));
    QCOMPARE(figure(QStringLiteral("Tied users")), QStringLiteral("1 (50 %)"));
    QCOMPARE(figure(QStringLiteral("Duplicate titles")), QStringLiteral("1 (33.3 %)"));
    QCOMPARE(cell("cores", 0, 3), QStringLiteral("2"));  // the 2-core: user 1 with item 1, twice
    QVERIFY(!child<QWidget>("ratingPlot")->isVisible());
    QTest::mouseClick(child<QPushButton>("copyReport"), Qt::LeftButton);
    const QString copied = QApplication::clipboard()->text();
    QVERIFY(copied.contains(QStringLiteral("7 rows read · 4 kept · 3 dropped")) &&
            copied.contains(QStringLiteral("2-core: 1 users, 1 items, 2 rows")));
    // Nothing is prepared: it says what to do.
    QVERIFY(child<QLabel>("leaksNote")->text().contains(QStringLiteral("prepare the data set")));
    QVERIFY(!child<QTableWidget>("leakKinds")->isVisible());
  }

  /// What older versions kept of an import has no counts, and its lines are gathered by their reason.
  void aSetFromBeforeThereWereReports() {
    const int64_t id = bench().dataSet()->id;
    bench().workspace().db().exec("UPDATE data_set SET report = '', imported_at = 'long ago' WHERE id = " +
                                  std::to_string(id));
    bench().workspace().db().exec("DELETE FROM import_drop WHERE data_set = " + std::to_string(id));
    bench().workspace().db().exec("INSERT INTO import_drop(data_set, file, line, reason) SELECT " + std::to_string(id) +
                                  ", 'u.data', value, '<b>no time</b>' FROM (SELECT 7 AS value UNION ALL SELECT 9)");
    const auto ws = m_window->workbench().workspaceFolder();
    m_window = std::make_unique<MainWindow>(ws);
    m_window->resize(1280, 800);
    m_window->show();
    openAbout();
    QVERIFY(child<QLabel>("importHeadline")->text().contains(QStringLiteral("before reports were kept")));
    QCOMPARE(child<QTableWidget>("remarks")->rowCount(), 1);
    QCOMPARE(cell("remarks", 0, 1), QStringLiteral("2"));
    QCOMPARE(cell("remarks", 0, 2), QStringLiteral("u.data lines 7, 9"));
    QCOMPARE(cell("remarks", 0, 3), QStringLiteral("<b>no time</b>"));
    QCOMPARE(figure(QStringLiteral("Rows")), QStringLiteral("4"));
  }

  void theSampleWorld() {
    importSet(bundled_dataset_path("sample-world"));
    openAbout();
    const DataReport report = report_data(folder("ws"), bench().dataSet()->name, {});
    QCOMPARE(figure(QStringLiteral("Rows")), countText(report.data_set.interactions));
    QCOMPARE(figure(QStringLiteral("Gini over items")), QString::number(report.gini_items, 'f', 3));
    QCOMPARE(child<QTableWidget>("cores")->rowCount(), 5);
    for (int row = 0; row < 5; ++row)
      QCOMPARE(cell("cores", row, 3), countText(report.cores[static_cast<size_t>(row)].interactions));
    QCOMPARE(namelessWidgets(*view()), QStringList());
  }

  void isKeptWhileTheSetStaysTheSame() {
    int jobs = 0;
    const auto counting = connect(&bench().jobs(), &JobQueue::jobAdded, this, [&] { ++jobs; });
    view()->look();
    m_window->showPage(QStringLiteral("train"));
    jobs = 0;
    m_window->showPage(QStringLiteral("data"));
    QCOMPARE(jobs, 0);
    QVERIFY(!view()->text().isEmpty());
    disconnect(counting);
  }

  /// The pointer and the keys are at exact numbers, which the data that is copied has too.
  void plotsSayExactNumbers() {
    const DataReport report = report_data(folder("ws"), bench().dataSet()->name, {});
    auto* ranks = child<CountPlot>("rankPlot");
    QCOMPARE(ranks->series().counts.size(), report.by_rank.size());
    ranks->plot()->setFocus(Qt::TabFocusReason);
    QTest::keyClick(ranks->plot(), Qt::Key_Home);
    QCOMPARE(ranks->pointed(), 0);
    QVERIFY(ranks->plot()->accessibleDescription().startsWith(
        QStringLiteral("Item 1 of %1: %2 rows")
            .arg(countText(std::ssize(report.by_rank)), countText(report.by_rank[0]))));
    QTest::keyClick(ranks->plot(), Qt::Key_Right);
    QCOMPARE(ranks->pointed(), 1);
    QTest::keyClick(ranks->plot(), Qt::Key_End);
    QCOMPARE(ranks->pointed(), static_cast<int>(report.by_rank.size()) - 1);
    QVERIFY(ranks->plot()->accessibleDescription().endsWith(QStringLiteral("have 100 %")));
    auto* lengths = child<CountPlot>("lengthPlot");
    double users = 0;
    for (const double count : lengths->series().counts) users += count;
    QCOMPARE(users, static_cast<double>(report.data_set.users));
    QVERIFY(lengths->plot()->yAxis->range().lower == 0 && lengths->plot()->xAxis->range().contains(0));
    auto* months = child<CountPlot>("monthPlot");
    QCOMPARE(months->series().csv.size(), static_cast<qsizetype>(report.months.size()) + 1);
    const auto middle = static_cast<int>(months->series().counts.size() / 2);
    const double at = months->plot()->xAxis->coordToPixel(middle);
    QMouseEvent move(QEvent::MouseMove, QPointF(at, 90), months->plot()->mapToGlobal(QPointF(at, 90)), Qt::NoButton, {},
                     {});
    QApplication::sendEvent(months->plot(), &move);
    QCOMPARE(months->pointed(), middle);
    const auto& [begin, rows, rated, mean] = report.months[static_cast<size_t>(middle)];
    QVERIFY(months->plot()->accessibleDescription().startsWith(
        QStringLiteral("%1: %2 rows").arg(timeText(begin).left(7), countText(rows))));
  }

  /// A month without a rating is a gap in the means, said and copied as such; the axis has the room between the others.
  void meansOfMonths() {
    DataReport report;
    report.mean_rating = 3.5;
    report.months = {{0, 3, 2, 2.5}, {2'678'400, 4, 0, {}}, {5'097'600, 1, 1, 4.0}};
    CountPlot plot(QStringLiteral("means"), QStringLiteral("means"));
    plot.setSeries(meanSeries(report));
    QCOMPARE(plot.series().csv.join(QString()),
             QStringLiteral("month,mean_rating,ratings\n1970-01,2.5,2\n1970-02,,0\n1970-03,4,1\n"));
    plot.point(0);
    QCOMPARE(plot.plot()->accessibleDescription(), QStringLiteral("1970-01: mean 2.500 of 2 ratings"));
    plot.point(1);
    QCOMPARE(plot.plot()->accessibleDescription(), QStringLiteral("1970-02: no ratings"));
    plot.point(2);
    QCOMPARE(plot.plot()->accessibleDescription(), QStringLiteral("1970-03: mean 4.000 of 1 rating"));
    const QCPRange range = plot.plot()->yAxis->range();
    QVERIFY(range.lower > 2 && range.lower < 2.5 && range.upper > 4 && range.upper < 4.5);
    report.mean_rating.reset();
    QVERIFY(meanSeries(report).counts.empty());
  }

  /// A bar opens the table of what it counts: as many rows as it says, all of them within it.
  void barsLeadToTheirRows() {
    const DataReport report = report_data(folder("ws"), bench().dataSet()->name, {});
    auto* tabs = child<QTabBar>("tables");
    auto* table = child<QTableView>("table");
    const auto text = [&](int row, int column) { return table->model()->index(row, column).data().toString(); };
    const auto number = [&](int row, int column) { return QLocale().toInt(text(row, column)); };
    const auto press = [&](const char* plot, int index) {
      openAbout();
      child<CountPlot>(plot)->point(index);
      QTest::keyClick(child<CountPlot>(plot)->plot(), Qt::Key_Return);
    };
    const std::vector<LengthBin> bins = lengthBins(report);
    press("lengthPlot", static_cast<int>(bins.size()) - 1);  // the users with most rows
    QCOMPARE(tabs->tabText(tabs->currentIndex()), QStringLiteral("Users"));
    QTRY_COMPARE(table->model()->rowCount(), static_cast<int>(bins.back().users));
    QVERIFY(bins.back().users < report.data_set.users);
    for (int row = 0; row < table->model()->rowCount(); ++row)
      QVERIFY(number(row, 1) >= bins.back().from && number(row, 1) <= bins.back().to);

    press("rankPlot", 150);
    QCOMPARE(tabs->tabText(tabs->currentIndex()), QStringLiteral("Items"));
    const auto above = std::count_if(report.by_rank.begin(), report.by_rank.end(),
                                     [&](int64_t rows) { return rows >= report.by_rank[150]; });
    QTRY_COMPARE(table->model()->rowCount(), static_cast<int>(above));
    QVERIFY(above > 150);
    QCOMPARE(number(150, 2), static_cast<int>(report.by_rank[150]));

    const auto middle = report.months.size() / 2;
    press("monthPlot", static_cast<int>(middle));
    QCOMPARE(tabs->tabText(tabs->currentIndex()), QStringLiteral("Interactions"));
    QTRY_COMPARE(table->model()->rowCount(), static_cast<int>(report.months[middle].rows));
    const QString month = timeText(report.months[middle].begin).left(7);
    const int time = report.data_set.has_ratings ? 3 : 2;
    QTRY_VERIFY(!text(0, time).isEmpty());
    QVERIFY(text(0, time).startsWith(month));
    QTRY_VERIFY(child<QTableView>("history")->model()->rowCount() > 0);  // of the user of that row
    auto* all = child<QPushButton>("clearFilters");
    QVERIFY(all->isVisible());
    all->click();
    QTRY_COMPARE(table->model()->rowCount(), static_cast<int>(report.data_set.interactions));
    QVERIFY(!all->isVisible());
    openAbout();
  }

  /// A preparation brings its leaks: those that the engine finds, and a case behind each row.
  void leaksLeadToTheirCases() {
    PrepareOptions options;
    options.workspace = folder("ws");
    options.data_set = bench().dataSet()->name;
    bench().prepareData(options);
    QTRY_VERIFY_WITH_TIMEOUT(bench().preparation() != 0 && bench().jobs().isIdle(), 60'000);
    const std::vector<Leak> leaks = find_leaks(folder("ws"), options.data_set, bench().preparation(), {});
    auto* kinds = child<QTableWidget>("leakKinds");
    QTRY_COMPARE(kinds->rowCount(), static_cast<int>(leaks.size()));
    QTRY_VERIFY(kinds->isVisible());
    auto* rows = child<QTableWidget>("leakRows");
    int opened = -1;
    for (int i = 0; i < kinds->rowCount(); ++i) {
      const Leak& leak = leaks[static_cast<size_t>(i)];
      QCOMPARE(cell("leakKinds", i, 0), countText(leak.count));
      kinds->setCurrentCell(i, 0);
      QCOMPARE(rows->isVisible(), leak.count > 0);
      if (leak.count == 0) continue;
      QCOMPARE(rows->rowCount(), static_cast<int>(leak.rows.size()));
      QCOMPARE(cell("leakRows", 0, 1), toQt(leak.rows[0].detail));
      opened = i;
    }
    QVERIFY(opened >= 0);  // of a split by user, others' future is known
    QVERIFY(view()->text().contains(leakTitle(leaks[static_cast<size_t>(opened)])));
    QSignalSpy asked(&bench(), &Workbench::caseRequested);
    rows->setFocus();
    QTest::keyClick(rows, Qt::Key_Return);
    QCOMPARE(asked.size(), 1);
    QCOMPARE(asked[0][0].toLongLong(), qint64{leaks[static_cast<size_t>(opened)].rows[0].example});
    QTRY_COMPARE(m_window->currentPageName(), QStringLiteral("case"));
    m_window->showPage(QStringLiteral("data"));
  }

  /// A set of pairs alone has no interactions to count; its leaks are there, as it comes prepared.
  void pairsAlone() {
    const fs::path train = folder("pairs.json"), all = folder("pairs");
    fs::create_directories(all);
    const char* pair =
        R"([{"instruction": "The user has watched <A>. Rank the likelihood of the user watching the two movies <B> and <C>.", "input": "", "output": ["<B>", "<C>"]}])";
    std::ofstream(all / "train.json") << pair;
    std::ofstream(all / "eval.json") << pair;
    importSet(all);
    openAbout();
    QCOMPARE(figure(QStringLiteral("Preference examples")), QStringLiteral("2"));
    QCOMPARE(child<QTableWidget>("figures")->rowCount(), 1);
    QVERIFY(!child<QWidget>("rankPlot")->isVisible() && !child<QWidget>("cores")->isVisible());
    QTRY_VERIFY(child<QTableWidget>("leakKinds")->isVisible());
    QCOMPARE(cell("leakKinds", 0, 0), QStringLiteral("1"));  // the held-out example is trained on
    QVERIFY(!child<QLabel>("leakRowsNote")->text().contains(QStringLiteral("opens the case")));
    QSignalSpy asked(&bench(), &Workbench::caseRequested);
    QTest::keyClick(child<QTableWidget>("leakRows"), Qt::Key_Return);
    QCOMPARE(asked.size(), 0);
  }

  void stopsAndCountsAgain() {
    for (const DataSet& set : list_data_sets(bench().workspace())) {
      if (set.interactions > 1000) bench().setDataSet(set.id);
    }
    auto* line = view()->findChild<JobLine*>();
    QTRY_VERIFY(bench().jobs().isIdle());
    bench().workspace().db().exec("UPDATE data_set SET imported_at = 'now' WHERE interactions > 1000");
    const int64_t id = bench().dataSet()->id;
    m_window->showPage(QStringLiteral("train"));  // so that nothing is counted before it is asked for
    bench().setDataSet(0);
    bench().setDataSet(id);
    QTRY_VERIFY(bench().jobs().isIdle());
    view()->look();
    QVERIFY(line->isFollowing());
    line->findChild<QPushButton*>(QStringLiteral("stopHere"))->click();
    QTRY_VERIFY(!line->isFollowing());
    QVERIFY(view()->text().isEmpty());
    QPushButton* again = nullptr;
    for (auto* button : view()->findChildren<QPushButton*>()) {
      if (button->text() == QStringLiteral("Count again")) again = button;
    }
    QVERIFY(again && again->isVisibleTo(view()));
    again->click();
    QTRY_VERIFY_WITH_TIMEOUT(!view()->text().isEmpty(), 60'000);
    QVERIFY(!again->isVisibleTo(view()));
    m_window->showPage(QStringLiteral("data"));
  }

  /// 100 users with 1 .. 100 rows each: 99 % have up to 99, so bins are 5 wide (99 / 2 is above 39), and 100 begins
  /// one.
  void binsByHand() {
    DataReport report;
    for (int64_t n = 1; n <= 100; ++n) report.lengths.emplace_back(n, 1);
    report.histories.ninety_nine = 99;
    const std::vector<LengthBin> bins = lengthBins(report);
    QCOMPARE(bins.size(), size_t{21});
    QVERIFY(bins[0].from == 0 && bins[0].to == 4 && bins[0].users == 4);
    QVERIFY(bins[19].from == 95 && bins[19].to == 99 && bins[19].users == 5);
    QVERIFY(bins[20].from == 100 && bins[20].to == 100 && bins[20].users == 1);
    QVERIFY(lengthBins({}).empty());
  }
};

QTEST_MAIN(DataReportViewTest)
#include "data_report_view_test.moc"
