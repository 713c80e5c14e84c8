// SPDX-License-Identifier: GPL-3.0-or-later
// The pages of users and items in the real window, on eleven ratings whose figures are worked out in the engine's
// tests.
#include "ui/pages/detail_view.h"

#include <QHeaderView>
#include <QLabel>
#include <QTabBar>
#include <QTableView>
#include <QTableWidget>

#include "tests/engine/tasks/few_ratings.h"
#include "tests/ui/spoken_names.h"
#include "tests/ui/window_driver.h"
#include "ui/models/page_tables.h"
#include "ui/page.h"
#include "ui/pages/detail_window.h"
#include "ui/pages/item_panel.h"
#include "ui/pages/page_figures.h"
#include "ui/pages/user_panel.h"
#include "ui/theme.h"
#include "ui/widgets/count_plot.h"

using namespace prefscope;

class DetailViewTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<MainWindow> m_window;

  Workbench& bench() const { return m_window->workbench(); }
  template <typename Widget>
  Widget* child(const char* name) const {
    return widgetOf<Widget>(*m_window, name);
  }
  DetailView* view() const { return m_window->page(QStringLiteral("data"))->findChild<DetailView*>(); }
  static QString text(const QTableView* table, int row, int column) {
    return table->model()->index(row, column).data().toString();
  }
  /// A line of facts without its blanks that do not break.
  QString facts(const char* name) const { return child<QLabel>(name)->text().replace(QChar::Nbsp, u' '); }
  void openTable(int tab) const {
    child<QTabBar>("tables")->setCurrentIndex(tab);
    QTRY_VERIFY(child<QTableView>("table")->model()->rowCount() > 0);
  }
  /// Selects a row of the table at the left.
  void select(int row) const {
    child<QTableView>("table")->selectRow(row);
    QTRY_VERIFY(bench().jobs().isIdle());
  }
  void settle() const { QTRY_VERIFY(bench().jobs().isIdle()); }

 private Q_SLOTS:
  void initTestCase() {
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    installTheme(*qApp, Appearance::Light);
    {
      Workspace workspace(m_dir.path().toStdString());
      fill_few_ratings(workspace);
      workspace.db().exec(
          "UPDATE data_set SET has_ratings = 1, users = 4; UPDATE item SET title = '<b>A</b> & a' WHERE id = 1");
    }
    m_window = std::make_unique<MainWindow>(m_dir.path().toStdString());
    m_window->resize(1280, 800);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_window->showPage(QStringLiteral("data"));
    openTable(0);
  }

  void aUser() {
    select(1);
    QCOMPARE(view()->title(), QStringLiteral("User bob"));
    QCOMPARE(facts("userFacts"), QStringLiteral("3 rows on 2 items · 1970-01-01, 00:01 to 00:05 · mean rating 3.67"));
    auto* history = child<QTableView>("history");
    QCOMPARE(history->model()->rowCount(), 3);
    QCOMPARE(text(history, 0, 0), QStringLiteral("<b>A</b> & a"));
    child<QTabBar>("userTabs")->setCurrentIndex(1);
    settle();
    auto* taste = child<QTableWidget>("taste");
    const QStringList expected{QStringLiteral("drama"), QStringLiteral("3"),    QStringLiteral("100 %"),
                               QStringLiteral("64 %"),  QStringLiteral("1.57"), QStringLiteral("0.00")};
    for (int column = 0; column < expected.size(); ++column) QCOMPARE(taste->item(0, column)->text(), expected[column]);
    // Two rows of item a: too few for a lift; (4 + 5) / 2 against 11 / 3.
    QCOMPARE(taste->item(1, 0)->text(), QStringLiteral("crime"));
    QCOMPARE(taste->item(1, 4)->text(), QStringLiteral("–"));
    QCOMPARE(taste->item(1, 5)->text(), QStringLiteral("+0.83"));
    QCOMPARE(child<QComboBox>("tasteAttribute")->count(), 2);
    QCOMPARE(child<CountPlot>("userRatings")->series().counts, (std::vector<double>{1, 1, 1}));
    QVERIFY(child<CountPlot>("userTimeline")->isVisibleTo(view()));
    QCOMPARE(namelessWidgets(*view()), QStringList());
  }

  void nearestUsersAndWhatTheyShare() {
    child<QTabBar>("userTabs")->setCurrentIndex(2);
    auto* nearest = child<QTableView>("nearest");
    QTRY_COMPARE(nearest->model()->rowCount(), 2);
    QCOMPARE(text(nearest, 0, 0), QStringLiteral("ann"));
    QCOMPARE(text(nearest, 0, 1), QStringLiteral("2"));
    QCOMPARE(text(nearest, 0, 2), QStringLiteral("3"));
    QCOMPARE(text(nearest, 0, 3), QStringLiteral("0.816"));  // 2 / sqrt(2 * 3)
    auto* shared = child<QTableView>("sharedItems");
    QTRY_COMPARE(shared->model()->rowCount(), 2);
    QCOMPARE(text(shared, 1, 0), QStringLiteral("B"));
    QCOMPARE(text(shared, 1, 1), QStringLiteral("2"));
    QCOMPARE(text(shared, 1, 2), QStringLiteral("4"));
    QCOMPARE(namelessWidgets(*view()), QStringList());
  }

  /// Return opens the nearest user, then one of the shared items, then one of its users; Alt+Left goes back all the
  /// way.
  void walksByKeys() {
    auto* nearest = child<QTableView>("nearest");
    auto* back = child<QAbstractButton>("detailBack");
    QVERIFY(!back->isVisible());
    nearest->setFocus();
    QTest::keyClick(nearest, Qt::Key_Return);
    QTRY_COMPARE(view()->title(), QStringLiteral("User ann"));
    QVERIFY(back->isVisible() && back->text() == QStringLiteral("‹ User bob"));
    QVERIFY(child<QTabBar>("userTabs")->hasFocus());
    QTRY_COMPARE(nearest->model()->rowCount(), 3);
    auto* shared = child<QTableView>("sharedItems");
    QTRY_VERIFY(shared->model()->rowCount() > 0);
    shared->selectRow(1);  // the first is c, whose time is not known
    QTest::keyClick(shared, Qt::Key_Return);
    QTRY_COMPARE(view()->title(), QStringLiteral("<b>A</b> & a"));
    QCOMPARE(view()->subject(), (Subject{false, 1}));
    child<QTabBar>("itemTabs")->setCurrentIndex(1);
    auto* users = child<QTableView>("itemUsers");
    QTRY_COMPARE(users->model()->rowCount(), 4);
    QTRY_COMPARE(text(users, 0, 0), QStringLiteral("ann"));
    users->selectRow(3);
    QTest::keyClick(users, Qt::Key_Return);
    QTRY_COMPARE(view()->title(), QStringLiteral("User zoe"));
    QCOMPARE(back->text(), QStringLiteral("‹ <b>A</b> && a"));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Left, Qt::AltModifier);
    QTRY_COMPARE(view()->title(), QStringLiteral("<b>A</b> & a"));
    QTest::mouseClick(back, Qt::LeftButton);
    QTRY_COMPARE(view()->title(), QStringLiteral("User ann"));
    view()->back();
    QTRY_COMPARE(view()->title(), QStringLiteral("User bob"));
    QVERIFY(!back->isVisible());
    view()->back();
    QCOMPARE(view()->title(), QStringLiteral("User bob"));
  }

  void anItem() {
    openTable(1);
    select(0);
    QCOMPARE(facts("itemFacts"),
             QStringLiteral("4 rows of 3 users · rank 1 of 4 by rows · 1970-01-01 to 1970-01-02 · mean rating 4.25"));
    QCOMPARE(child<QLabel>("itemAttributes")->text(), QStringLiteral("genre: drama, crime; year: 1999"));
    child<QTabBar>("itemTabs")->setCurrentIndex(0);
    QCOMPARE(child<CountPlot>("itemRatings")->series().counts, (std::vector<double>{1, 1, 2}));
    QCOMPARE(child<CountPlot>("itemTimeline")->series().counts.size(), size_t{25});
    QCOMPARE(namelessWidgets(*view()), QStringList());
    child<QTabBar>("itemTabs")->setCurrentIndex(2);
    auto* together = child<QTableView>("together");
    QTRY_COMPARE(together->model()->rowCount(), 3);
    QCOMPARE(text(together, 0, 0), QStringLiteral("B"));
    QCOMPARE(text(together, 1, 1), QStringLiteral("2"));      // ann and zoe have c too
    QCOMPARE(text(together, 1, 2), QStringLiteral("0.89"));   // 2 * 4 / (3 * 3)
    QCOMPARE(text(together, 1, 3), QStringLiteral("0.667"));  // 2 / sqrt(3 * 3)
    QCOMPARE(namelessWidgets(*view()), QStringList());
    auto* order = child<QComboBox>("togetherBy");
    order->setCurrentIndex(2);
    Q_EMIT order->activated(2);
    settle();
    QVERIFY(!together->isVisible());  // no item has 5 users in common with it
    QVERIFY(child<QLabel>("togetherNote")->text().contains(QStringLiteral("5 users in common")));
    order->setCurrentIndex(0);
    Q_EMIT order->activated(0);
    QTRY_VERIFY(together->isVisible() && together->model()->rowCount() == 3);
    together->selectRow(1);
    QTest::keyClick(together, Qt::Key_Return);
    QTRY_COMPARE(view()->title(), QStringLiteral("C"));
    select(4);  // an item without rows
    QCOMPARE(facts("itemFacts"), QStringLiteral("No user has it."));
    QVERIFY(!child<QWidget>("detailBack")->isVisible());
  }

  /// The table of an item's users is sorted by a click on a header.
  void anItemsUsersAreSorted() {
    select(0);
    child<QTabBar>("itemTabs")->setCurrentIndex(1);
    auto* users = child<QTableView>("itemUsers");
    QTRY_COMPARE(users->model()->rowCount(), 4);
    users->model()->sort(1, Qt::AscendingOrder);
    QTRY_COMPARE(text(users, 0, 1), QStringLiteral("3"));
    users->model()->sort(0, Qt::AscendingOrder);
    QTRY_COMPARE(text(users, 1, 0), QStringLiteral("bob"));
    QCOMPARE(text(users, 1, 2), QStringLiteral("1970-01-01 00:01"));
  }

  /// A second selection stops the work for the first, whose figures never stand on the page.
  void theNextSelectionStopsTheLast() {
    UserPanel panel(bench());
    panel.findChild<QTabBar*>(QStringLiteral("userTabs"))->setCurrentIndex(1);
    QSignalSpy named(&panel, &UserPanel::named);
    panel.setUser(1, bench().dataSet());
    panel.setUser(2, bench().dataSet());
    const std::vector<Job> jobs = bench().jobs().jobs();
    const auto stopping = std::count_if(jobs.begin(), jobs.end(), [](const Job& job) {
      return job.state == JobState::Stopping || job.state == JobState::Cancelled;
    });
    QVERIFY(stopping >= 2);  // the facts and the taste of the first
    settle();
    QCOMPARE(named.size(), 1);
    QCOMPARE(named[0][0].toString(), QStringLiteral("User bob"));
    QCOMPARE(panel.findChild<QTableWidget*>(QStringLiteral("taste"))->item(0, 1)->text(), QStringLiteral("3"));
    panel.setUser(0, bench().dataSet());
    QVERIFY(panel.findChild<QLabel*>(QStringLiteral("userFacts"))->text().isEmpty());
  }

  /// What is shown of the table of tastes is never cut off, however narrow the card is.
  void narrowCardsLeaveOutShares() {
    UserPanel panel(bench());
    panel.show();
    panel.findChild<QTabBar*>(QStringLiteral("userTabs"))->setCurrentIndex(1);
    panel.setUser(2, bench().dataSet());
    settle();
    auto* taste = panel.findChild<QTableWidget*>(QStringLiteral("taste"));
    for (const int width : {600, 440, 340, 600}) {
      panel.resize(width, 700);
      QTRY_VERIFY2(taste->horizontalHeader()->length() <= taste->viewport()->width(),
                   qPrintable(QString::number(width)));
      QCOMPARE(taste->isColumnHidden(3), width < 480);
      QCOMPARE(taste->isColumnHidden(2), width < 400);
      QVERIFY(!taste->isColumnHidden(4) && !taste->isColumnHidden(5));
    }
  }

  void tabsAreRemembered() {
    for (int tab : {0, 2}) child<QTabBar>("userTabs")->setCurrentIndex(tab);
    UserPanel another(bench());
    QCOMPARE(another.findChild<QTabBar*>(QStringLiteral("userTabs"))->currentIndex(), 2);
    child<QTabBar>("userTabs")->setCurrentIndex(0);
  }

  void inAWindowOfItsOwn() {
    openTable(0);
    auto* table = child<QTableView>("table");
    select(0);
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Return);
    auto* window = m_window->findChild<DetailWindow*>();
    QVERIFY(window && window->isVisible() && !window->isModal());
    QTRY_COMPARE(window->windowTitle(), QStringLiteral("User ann"));
    settle();
    for (int tab : {0, 1, 2}) {
      window->findChild<QTabBar*>(QStringLiteral("userTabs"))->setCurrentIndex(tab);
      settle();
      QCOMPARE(namelessWidgets(*window), QStringList());
    }
    // It stays with its user whatever is selected behind it.
    select(2);
    QCOMPARE(window->windowTitle(), QStringLiteral("User ann"));
    QCOMPARE(view()->title(), QStringLiteral("User eve"));
    QPointer<DetailWindow> watched(window);
    QTest::keyClick(window, Qt::Key_Escape);
    QTRY_VERIFY(watched.isNull());
  }

  /// A user whose set was deleted meanwhile: said where the figures would stand.
  void aUserThatIsGone() {
    UserPanel panel(bench());
    panel.resize(400, 600);
    panel.show();
    panel.setUser(777, bench().dataSet());
    settle();
    bool said = false;
    for (const QLabel* label : panel.findChildren<QLabel*>())
      said = said || (label->isVisible() && label->text().contains(QStringLiteral("no user with id 777")));
    QVERIFY(said);
  }

  /// A window stays a page of its own set when another is looked at, and closes when its set is deleted.
  void windowsKeepToTheirSet() {
    openTable(1);
    select(1);
    QTest::mouseClick(child<QAbstractButton>("ownWindow"), Qt::LeftButton);
    QPointer<QDialog> window = m_window->findChild<QDialog*>(QStringLiteral("detailWindow"));
    QVERIFY(window);
    settle();
    auto* bar = window->findChild<QTabBar*>(QStringLiteral("itemTabs"));
    bar->setCurrentIndex(1);
    auto* users = window->findChild<QTableView*>(QStringLiteral("itemUsers"));
    QTRY_VERIFY(users->model()->rowCount() > 0);
    const int rows = users->model()->rowCount();
    const DataSet own = *bench().dataSet();
    bench().workspace().db().exec(
        "INSERT INTO data_set(name, format, source, content_hash, imported_at) VALUES ('other', 'made', '', 'x', "
        "'now')");
    bench().setDataSet(own.id + 1);
    settle();
    QCOMPARE(users->model()->rowCount(), rows);
    Q_EMIT bench().dataSetsChanged();
    QVERIFY(window && window->isVisible());
    bench().setDataSet(own.id);
    bench().deleteDataSet(own.id, own.name);
    QTRY_VERIFY(!window);
  }

  void textsOfSpans() {
    const Timeline none = timeline_of({});
    QCOMPARE(spanText(none), QStringLiteral("no times"));
    QCOMPARE(spanText(timeline_of(std::vector<int64_t>{60})), QStringLiteral("1970-01-01 00:01"));
    const Timeline months = timeline_of(std::vector<int64_t>{0, 0, 200 * 86'400});
    QCOMPARE(spanText(months), QStringLiteral("1970-01-01 to 1970-07-20"));
    const CountSeries series = timelineSeries(months);
    QCOMPARE(series.ticks.size(), 7);
    QCOMPARE(series.say(0), QStringLiteral("1970-01: 2 rows (67 %)"));
    QCOMPARE(series.csv[7], QStringLiteral("1970-07,1\n"));
  }
};

QTEST_MAIN(DetailViewTest)
#include "detail_view_test.moc"
