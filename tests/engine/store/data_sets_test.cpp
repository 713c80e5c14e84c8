// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/data_sets.h"

#include <QtTest>
#include <algorithm>
#include <set>

#include "engine/base/error.h"
#include "engine/base/random.h"
#include "engine/store/run_lock.h"
#include "engine/store/runs.h"
#include "tests/engine/messages.h"
#include "tests/engine/store/made_interactions.h"
#include "tests/engine/store/small_store.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

const char* const titles[] = {
    "Heat (1995)", "100% Wolf",           "100_Wolf",       "O'Brother",   "Say \"Hi\"", "ÉTÉ",
    "été",         "e\xcc\x81te\xcc\x81", "ВОЙНА И МИР",    "война и мир", "Straße",     "STRASSE",
    "ΟΔΥΣΣΕΥΣ",    "<b>Bold</b>",         "'); DROP TABLE", "Back\\slash", "七人の侍",   "heat"};
constexpr int64_t title_count = std::size(titles);

/// A second data set (2) in a small store: 40 users "1" .. "40", an item for each title (twice, so that titles tie),
/// and interactions with few distinct times and ratings, some of them absent.
void fill(Workspace& workspace) {
  fill_small_store(workspace);
  SQLite::Database& db = workspace.db();
  SQLite::Transaction transaction(db);
  db.exec(
      "INSERT INTO data_set(id, name, format, source, content_hash, imported_at, users, items, interactions, examples, "
      "has_ratings) VALUES (2, 'large', 'movielens', 'b.csv', 'h', '', 40, " +
      std::to_string(2 * title_count) + ", 0, 0, 1)");
  Random random(3);
  SQLite::Statement item(db, "INSERT INTO item(id, data_set, key, title, interactions) VALUES (?, 2, ?, ?, ?)");
  for (int64_t i = 0; i < 2 * title_count; ++i) {
    item.bind(1, 100 + i);
    item.bind(2, "i" + std::to_string(i));
    item.bind(3, titles[i % title_count]);
    item.bind(4, static_cast<int64_t>(random.below(3)));
    item.exec();
    item.reset();
  }
  SQLite::Statement user(db, "INSERT INTO user(id, data_set, key) VALUES (?, 2, ?)");
  std::vector<MadeInteraction> made;
  for (int64_t u = 1; u <= 40; ++u) {
    user.bind(1, 100 + u);
    user.bind(2, std::to_string(41 - u));
    user.exec();
    user.reset();
    for (int64_t i = 0; i < 10 + u % 4; ++i) {
      made.push_back({100 + u, 100 + (5 * u + i) % (2 * title_count)});
      if (const uint64_t rating = random.below(4); rating > 0) made.back().rating = static_cast<double>(rating);
      if (const uint64_t time = random.below(4); time > 0) made.back().time = static_cast<int64_t>(1000 * time);
    }
  }
  random.shuffle(made);  // in the file a user's rows lie apart
  give_interactions(workspace, 2, made);
  db.exec(
      "INSERT INTO item_attribute VALUES (100, 0, 'genre', 'Crime'), (100, 1, 'genre', 'Drama; or: not'), (100, 2, "
      "'year', '1995')");
  transaction.commit();
}

/// Reads all windows of a query and checks that they never overlap, miss no row and agree with one large window.
template <typename Order, typename Read, typename Count>
std::vector<int64_t> read_in_windows(Workspace& workspace, RowQuery<Order> query, Read read, Count count) {
  query.offset = 0;
  query.limit = 100'000;
  std::vector<int64_t> whole, windows;
  for (const auto& row : read(workspace, query)) whole.push_back(row.id);
  if (static_cast<int64_t>(whole.size()) != count(workspace, query)) qFatal("count and rows differ");
  for (query.limit = 7; query.offset <= static_cast<int64_t>(whole.size()) + 7; query.offset += query.limit) {
    const auto page = read(workspace, query);
    if (page.size() > 7) qFatal("a window is too large");
    for (const auto& row : page) windows.push_back(row.id);
  }
  if (windows != whole) qFatal("windows overlap or miss rows");
  if (std::set<int64_t>(whole.begin(), whole.end()).size() != whole.size()) qFatal("a row comes twice");
  return whole;
}

int64_t number(Workspace& workspace, const std::string& sql) {
  return workspace.db().execAndGet(sql).getInt64();
}

}  // namespace

class DataSetsTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  std::unique_ptr<Workspace> workspace_;

  std::vector<std::string> found(const std::string& search) {
    RowQuery<ItemOrder> query{2, search};
    std::vector<std::string> all;
    for (const ItemRow& row : read_items(*workspace_, query)) all.push_back(row.title);
    if (static_cast<int64_t>(all.size()) != count_items(*workspace_, query)) qFatal("count and rows differ");
    return all;
  }

 private Q_SLOTS:
  void initTestCase() {
    workspace_ = std::make_unique<Workspace>(dir_.filePath(QStringLiteral("shared")).toStdString());
    fill(*workspace_);
  }

  void listsAndFinds() {
    const auto all = list_data_sets(*workspace_);
    QCOMPARE(all.size(), size_t{2});
    QCOMPARE(all[1].name, std::string("large"));
    QCOMPARE(all[1].users, int64_t{40});
    QVERIFY(all[1].has_ratings && !all[0].has_ratings);
    const DataSet one = find_data_set(*workspace_, "small");
    QCOMPARE(one.id, int64_t{1});
    QCOMPARE(one.source, std::string("a.csv"));
    QCOMPARE(one.imported_at, std::string("2026-01-01T00:00:00Z"));
    const std::string message = message_of([&] { find_data_set(*workspace_, "Small"); });
    QVERIFY2(message.starts_with("there is no data set \"Small\" in ") && message.ends_with("there are: small, large"),
             message.c_str());
    Workspace empty(dir_.filePath(QStringLiteral("empty")).toStdString());
    QVERIFY(message_of([&] { find_data_set(empty, "x"); }).ends_with("import one first"));
  }

  /// Every order in both directions, plain and with a search, over many ties.
  void windowsNeverOverlapOrMiss() {
    for (const bool descending : {false, true}) {
      for (const char* search : {"", "1"}) {
        for (const UserOrder order : {UserOrder::File, UserOrder::Key, UserOrder::Interactions}) {
          const auto ids =
              read_in_windows(*workspace_, RowQuery<UserOrder>{2, search, order, descending}, read_users, count_users);
          QCOMPARE(ids.size(), size_t{*search == '\0' ? 40u : 13u});  // 1, 10 .. 19, 21, 31
        }
      }
      for (const char* search : {"", "WOLF"}) {
        for (const ItemOrder order : {ItemOrder::File, ItemOrder::Key, ItemOrder::Title, ItemOrder::Interactions}) {
          const auto ids =
              read_in_windows(*workspace_, RowQuery<ItemOrder>{2, search, order, descending}, read_items, count_items);
          QCOMPARE(ids.size(), static_cast<size_t>(*search == '\0' ? 2 * title_count : 4));
        }
        for (const InteractionOrder order :
             {InteractionOrder::User, InteractionOrder::Time, InteractionOrder::Rating}) {
          const auto ids = read_in_windows(*workspace_, RowQuery<InteractionOrder>{2, search, order, descending},
                                           read_interactions, count_interactions);
          QVERIFY(*search == '\0' ? ids.size() == 460 : !ids.empty() && ids.size() < 460);
        }
      }
    }
  }

  void rowsComeInTheOrderAskedFor() {
    const auto users = read_users(*workspace_, {2, "", UserOrder::Key, false, 0, 200});
    for (size_t i = 0; i < users.size(); ++i) QCOMPARE(users[i].key, std::to_string(i + 1));  // as numbers: 2 before 10
    const auto busy = read_users(*workspace_, {2, "", UserOrder::Interactions, true, 0, 200});
    for (size_t i = 1; i < busy.size(); ++i) {
      QVERIFY(busy[i - 1].interactions >= busy[i].interactions);
      QVERIFY(busy[i - 1].interactions > busy[i].interactions || busy[i - 1].id > busy[i].id);
    }
    const auto items = read_items(*workspace_, {2, "", ItemOrder::Title, true, 0, 200});
    for (size_t i = 1; i < items.size(); ++i) QVERIFY(items[i - 1].title >= items[i].title);
    const auto timed = read_interactions(*workspace_, {2, "", InteractionOrder::Time, false, 0, 1000});
    for (size_t i = 1; i < timed.size(); ++i) QVERIFY(timed[i - 1].time <= timed[i].time);  // unknown ones first
    const auto rated = read_interactions(*workspace_, {2, "", InteractionOrder::Rating, true, 0, 1000});
    for (size_t i = 1; i < rated.size(); ++i) QVERIFY(rated[i - 1].rating >= rated[i].rating);
    QVERIFY(!timed.front().time && timed.back().time == 3000);
  }

  void searchTakesItsWordsAsPlainText_data() {
    QTest::addColumn<QString>("search");
    QTest::addColumn<QStringList>("expected");
    const auto row = [](const char* name, const char* search, const QStringList& expected) {
      QTest::newRow(name) << QString::fromUtf8(search) << expected;
    };
    row("percent", "100%", {QStringLiteral("100% Wolf")});
    row("underscore", "0_w", {QStringLiteral("100_Wolf")});
    row("apostrophe", "o'b", {QStringLiteral("O'Brother")});
    row("quote", "\"hi\"", {QStringLiteral("Say \"Hi\"")});
    row("statement", "'); drop", {QStringLiteral("'); DROP TABLE")});
    row("backslash", "k\\s", {QStringLiteral("Back\\slash")});
    row("markup", "<B>", {QStringLiteral("<b>Bold</b>")});
    row("case", "hEaT", {QStringLiteral("Heat (1995)"), QStringLiteral("heat")});
    row("accents in both forms", "Été",
        {QString::fromUtf8("ÉTÉ"), QString::fromUtf8("été"), QString::fromUtf8("e\u0301te\u0301")});
    row("Cyrillic", "Мир", {QString::fromUtf8("ВОЙНА И МИР"), QString::fromUtf8("война и мир")});
    row("sharp s", "strasse", {QString::fromUtf8("Straße"), QStringLiteral("STRASSE")});
    row("final sigma", "οδυσσευς", {QString::fromUtf8("ΟΔΥΣΣΕΥΣ")});
    row("Han", "侍", {QString::fromUtf8("七人の侍")});
    row("nothing", "100%%", {});
    row("not a pattern", "h*t", {});
  }
  void searchTakesItsWordsAsPlainText() {
    QFETCH(QString, search);
    QFETCH(QStringList, expected);
    QStringList once;
    for (const std::string& title : found(search.toStdString())) once << QString::fromStdString(title);
    QCOMPARE(once, expected + expected);  // each title is there twice, in file order
  }

  void searchTakesBytesThatAreNotUtf8() {
    QVERIFY(found("\xff\xfe").empty());
    QVERIFY(found(std::string("he\0at", 5)).empty());
  }

  void searchFindsKeys() {
    QCOMPARE(count_items(*workspace_, {2, "I35"}), int64_t{1});
    QCOMPARE(count_users(*workspace_, {1, "NN"}), int64_t{1});
    // Of interactions: a part of the title, or the whole key of a user.
    QCOMPARE(count_interactions(*workspace_, {2, "7"}), int64_t{12});
    for (const auto& row : read_interactions(*workspace_, {2, "7"})) QCOMPARE(row.user_key, std::string("7"));
    for (const auto& row : read_interactions(*workspace_, {2, "wolf"}))
      QVERIFY(row.title == "100% Wolf" || row.title == "100_Wolf");
  }

  void windowsBeyondTheEndAreEmpty() {
    QVERIFY(read_users(*workspace_, {2, "", UserOrder::File, false, 40, 10}).empty());
    QVERIFY(read_items(*workspace_, {2, "", ItemOrder::File, false, int64_t{1} << 40, 10}).empty());
    QVERIFY(read_interactions(*workspace_, {2, "", InteractionOrder::User, false, 0, 0}).empty());
    QVERIFY(read_users(*workspace_, {9, ""}).empty());
    QCOMPARE(count_users(*workspace_, {9, ""}), int64_t{0});
  }

  void otherDataSetsStayApart() {
    for (const auto& row : read_items(*workspace_, {1, ""})) QVERIFY(row.id <= 5);
    QCOMPARE(count_items(*workspace_, {1, "a"}), int64_t{1});
  }

  void attributesAreJoinedByName() {
    const auto rows = read_items(*workspace_, {2, "heat (1995)"});
    QCOMPARE(rows[0].attributes, std::string("genre: Crime, Drama; or: not; year: 1995"));
    QCOMPARE(rows[1].attributes, std::string());
  }

  /// By time; those without a time first.
  void historyIsOldestFirst() {
    const auto rows = read_history(*workspace_, 106);
    QCOMPARE(rows.size(), size_t{12});
    for (size_t i = 1; i < rows.size(); ++i) QVERIFY(rows[i - 1].time <= rows[i].time);
    for (const auto& row : rows) QVERIFY(row.user == 106 && row.user_key == "35");
    QVERIFY(read_history(*workspace_, 9999).empty());
  }

  void droppedComeInOrder() {
    workspace_->db().exec("INSERT INTO import_drop VALUES (2, 'b.csv', 9, 'first'), (2, 'b.csv', 3, 'second')");
    const auto rows = dropped_of(*workspace_, 2);
    QCOMPARE(rows.size(), size_t{2});
    QVERIFY(rows[0].line == 9 && rows[0].reason == "first" && rows[1].file == "b.csv");
    QVERIFY(dropped_of(*workspace_, 1).empty());
  }

  /// Everything made from the set goes, with the runs' folders; the other set and the model stay.
  void deletingTakesAllThatWasMadeFromTheSet() {
    Workspace workspace(dir_.filePath(QStringLiteral("delete")).toStdString());
    fill(workspace);
    workspace.db().exec(R"sql(
      INSERT INTO import_drop VALUES (1, 'a.csv', 1, 'x');
      INSERT INTO example_negative VALUES (1, 0, 2);
      INSERT INTO step_metric VALUES (2, 1, 0.1, 0.7, NULL, NULL, NULL, NULL, 0.1, 1, 10, 0.5);
      INSERT INTO response_score VALUES (1, 1, 1, NULL, 0, 0, -1, 1, x'00000000', x'00000000');
      INSERT INTO evaluation VALUES (1, 1, '', 'p', 'sum', 2, 1);
      INSERT INTO evaluation_row VALUES (1, 0, 'dmpo', 2, '{}');
      INSERT INTO evaluation_user VALUES (1, 0, 1, 0.5, 1);
      INSERT INTO saved_case VALUES (1, 1, 1, 1, 2, 'ann', 'dmpo', 'mine', '', 0, '', '{}');
      INSERT INTO rationale VALUES (1, 1, 1, 2, 3, 1, 0, 'p', 't', '', 0);
    )sql");
    give_interactions(workspace, 1, {{1, 1}, {2, 1}});
    for (const int64_t run : {1, 2}) fs::create_directories(workspace.run_folder(run) / "checkpoint");
    fs::create_directories(workspace.run_folder(3));
    delete_data_set(workspace, 1);
    QCOMPARE(number(workspace, "SELECT count(*) FROM pragma_foreign_key_check"), int64_t{0});
    for (const char* table :
         {"run", "step_metric", "preparation", "example", "example_history", "candidate", "example_negative",
          "response_score", "evaluation", "evaluation_row", "evaluation_user", "saved_case", "rationale"})
      QCOMPARE(number(workspace, std::string("SELECT count(*) FROM ") + table), int64_t{0});
    for (const char* table : {"user", "item", "interaction_order", "import_drop"})
      QCOMPARE(number(workspace, std::string("SELECT count(*) FROM ") + table + " WHERE data_set = 1"), int64_t{0});
    QVERIFY(!fs::exists(workspace.run_folder(1)) && !fs::exists(workspace.run_folder(2)));
    QVERIFY(fs::exists(workspace.run_folder(3)));
    QCOMPARE(list_data_sets(workspace).size(), size_t{1});
    QCOMPARE(number(workspace, "SELECT count(*) FROM interaction"), int64_t{460});
    QCOMPARE(list_models(workspace).size(), size_t{1});
  }

  void deletingIsRefusedWhileARunNeedsTheSet() {
    Workspace workspace(dir_.filePath(QStringLiteral("refuse")).toStdString());
    fill(workspace);
    fs::create_directories(workspace.run_folder(2));
    set_run_status(workspace, 2, RunStatus::Running);
    QCOMPARE(message_of([&] { delete_data_set(workspace, 1); }),
             std::string("run 2 of this data set is training; stop it first"));
    set_run_status(workspace, 2, RunStatus::Stopped);
    workspace.db().exec(
        "INSERT INTO preparation VALUES (7, 2, '', 'leave-last-out', 3, 1, 10, NULL, 0.5, 'open', '', 1, NULL, 0, '', "
        "NULL, 1, '[]', 'uniform');"
        "INSERT INTO run(id, data_set, preparation, model, parent, name, objective, options, status, created_at) "
        "VALUES (7, 2, 7, 1, 1, 'd', 'dmpo', '{}', 'done', '')");
    QCOMPARE(message_of([&] { delete_data_set(workspace, 1); }),
             std::string("run 7 on another data set builds on a run of this one; delete that run first"));
    QCOMPARE(number(workspace, "SELECT count(*) FROM run"), int64_t{3});
    QCOMPARE(number(workspace, "SELECT count(*) FROM user WHERE data_set = 1"), int64_t{3});
    QVERIFY(fs::exists(workspace.run_folder(2)));
    delete_data_set(workspace, 2);  // the other way round it goes
    delete_data_set(workspace, 1);
    QVERIFY(list_data_sets(workspace).empty());
  }
};

QTEST_GUILESS_MAIN(DataSetsTest)
#include "data_sets_test.moc"
