// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/data_sets.h"

#include <QtTest>
#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "engine/base/error.h"
#include "engine/base/random.h"
#include "engine/store/run_lock.h"
#include "engine/store/runs.h"
#include "engine/store/set_rows.h"
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

/// Reads what a query finds in windows, and checks that they never overlap, miss no row and agree with one large
/// window.
template <typename Find, typename Read>
std::vector<int64_t> read_in_windows(Workspace& workspace, const RowQuery& query, Find find, Read read) {
  const FoundRows found = find(workspace, query, TaskContext{});
  std::vector<int64_t> whole, windows;
  for (const auto& row : read(workspace, found, 0, 100'000)) whole.push_back(row.id);
  if (static_cast<int64_t>(whole.size()) != found.count) qFatal("count and rows differ");
  for (int64_t offset = 0; offset <= found.count + 7; offset += 7) {
    const auto page = read(workspace, found, offset, 7);
    if (page.size() > 7) qFatal("a window is too large");
    for (const auto& row : page) windows.push_back(row.id);
  }
  if (windows != whole) qFatal("windows overlap or miss rows");
  if (std::set<int64_t>(whole.begin(), whole.end()).size() != whole.size()) qFatal("a row comes twice");
  return whole;
}

/// An order by one column; nothing: that of the file.
std::vector<SortKey> by(std::optional<RowColumn> column, bool descending) {
  return column ? std::vector<SortKey>{{*column, descending}} : std::vector<SortKey>();
}

std::vector<UserRow> users_of(Workspace& workspace, const RowQuery& query) {
  return read_users(workspace, find_users(workspace, query, {}), 0, 1000);
}
std::vector<ItemRow> items_of(Workspace& workspace, const RowQuery& query) {
  return read_items(workspace, find_items(workspace, query, {}), 0, 1000);
}
std::vector<InteractionRow> interactions_of(Workspace& workspace, const RowQuery& query) {
  return read_interactions(workspace, find_interactions(workspace, query, {}), 0, 1000);
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
    std::vector<std::string> all;
    for (const ItemRow& row : items_of(*workspace_, {2, search})) all.push_back(row.title);
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
    const std::optional<RowColumn> none;
    for (const bool descending : {false, true}) {
      for (const char* search : {"", "1"}) {
        for (const auto column : {none, std::optional(RowColumn::User), std::optional(RowColumn::Interactions)}) {
          const auto ids =
              read_in_windows(*workspace_, {2, search, {}, by(column, descending)}, find_users, read_users);
          QCOMPARE(ids.size(), size_t{*search == '\0' ? 40u : 13u});  // 1, 10 .. 19, 21, 31
        }
      }
      for (const char* search : {"", "WOLF"}) {
        for (const auto column : {none, std::optional(RowColumn::ItemKey), std::optional(RowColumn::Title),
                                  std::optional(RowColumn::Interactions)}) {
          const auto ids =
              read_in_windows(*workspace_, {2, search, {}, by(column, descending)}, find_items, read_items);
          QCOMPARE(ids.size(), static_cast<size_t>(*search == '\0' ? 2 * title_count : 4));
        }
        for (const auto column : {none, std::optional(RowColumn::Rating), std::optional(RowColumn::Time),
                                  std::optional(RowColumn::User), std::optional(RowColumn::Title)}) {
          const auto ids = read_in_windows(*workspace_, {2, search, {}, by(column, descending)}, find_interactions,
                                           read_interactions);
          QVERIFY(*search == '\0' ? ids.size() == 460 : !ids.empty() && ids.size() < 460);
        }
      }
    }
  }

  void rowsComeInTheOrderAskedFor() {
    const auto users = users_of(*workspace_, {2, "", {}, {{RowColumn::User, false}}});
    for (size_t i = 0; i < users.size(); ++i) QCOMPARE(users[i].key, std::to_string(i + 1));  // as numbers: 2 before 10
    const auto busy = users_of(*workspace_, {2, "", {}, {{RowColumn::Interactions, true}}});
    for (size_t i = 1; i < busy.size(); ++i) {
      QVERIFY(busy[i - 1].interactions >= busy[i].interactions);
      QVERIFY(busy[i - 1].interactions > busy[i].interactions || busy[i - 1].id > busy[i].id);
    }
    const auto items = items_of(*workspace_, {2, "", {}, {{RowColumn::Title, true}}});
    for (size_t i = 1; i < items.size(); ++i) QVERIFY(items[i - 1].title >= items[i].title);
    const auto timed = interactions_of(*workspace_, {2, "", {}, {{RowColumn::Time, false}}});
    for (size_t i = 1; i < timed.size(); ++i) QVERIFY(timed[i - 1].time <= timed[i].time);  // unknown ones first
    const auto rated = interactions_of(*workspace_, {2, "", {}, {{RowColumn::Rating, true}}});
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
    QCOMPARE(items_of(*workspace_, {2, "I35"}).size(), size_t{1});
    QCOMPARE(users_of(*workspace_, {1, "NN"}).size(), size_t{1});
    // Of interactions: words of the item, or the whole key of a user.
    QCOMPARE(interactions_of(*workspace_, {2, "7"}).size(), size_t{12});
    for (const auto& row : interactions_of(*workspace_, {2, "7"})) QCOMPARE(row.user_key, std::string("7"));
    for (const auto& row : interactions_of(*workspace_, {2, "wolf"}))
      QVERIFY(row.title == "100% Wolf" || row.title == "100_Wolf");
  }

  /// Words in any order, in the title or in an attribute.
  void searchFindsAllItsWords() {
    QCOMPARE(items_of(*workspace_, {2, "drama HEAT"}).size(), size_t{1});  // item 100: genre "Drama; or: not"
    QCOMPARE(items_of(*workspace_, {2, "drama wolf"}).size(), size_t{0});
    QCOMPARE(items_of(*workspace_, {2, "(1995) heat i0"}).size(), size_t{1});  // its key too
    const auto drama = interactions_of(*workspace_, {2, "not crime"});
    QVERIFY(!drama.empty());
    for (const auto& row : drama) QCOMPARE(row.item, int64_t{100});
  }

  void filtersHoldTogether() {
    const auto where = [](RowColumn column, const char* text) { return RowCondition{column, text, {}}; };
    const auto range = [](RowColumn column, ValueRange range) { return RowCondition{column, {}, range}; };
    QCOMPARE(users_of(*workspace_, {2, "", {where(RowColumn::User, "=7")}}).size(), size_t{1});
    QCOMPARE(users_of(*workspace_, {2, "", {where(RowColumn::User, "7")}}).size(), size_t{4});  // 7, 17, 27, 37
    const auto heat = items_of(*workspace_, {2, "", {where(RowColumn::Title, "=HEAT")}});
    QCOMPARE(heat.size(), size_t{2});  // not "Heat (1995)"
    QCOMPARE(items_of(*workspace_, {2, "", {where(RowColumn::Attributes, "genre: dra")}}).size(), size_t{1});
    QCOMPARE(items_of(*workspace_, {2, "", {where(RowColumn::Attributes, "=crime")}}).size(), size_t{1});
    QCOMPARE(items_of(*workspace_, {2, "", {where(RowColumn::Attributes, "year: 1996")}}).size(), size_t{0});
    // User u has 10 + u % 4 rows: a fourth has 13.
    QCOMPARE(users_of(*workspace_, {2, "", {range(RowColumn::Interactions, {13, 13})}}).size(), size_t{10});
    QVERIFY_EXCEPTION_THROWN(users_of(*workspace_, {2, "", {where(RowColumn::Title, "x")}}), Error);
    QVERIFY_EXCEPTION_THROWN(items_of(*workspace_, {2, "", {}, {{RowColumn::Attributes, false}}}), Error);
    QVERIFY_EXCEPTION_THROWN(interactions_of(*workspace_, {2, "", {}, {{RowColumn::Interactions, false}}}), Error);
  }

  /// Every combination of filters and keys against all rows, filtered and sorted one by one.
  void interactionsAsOneByOne() {
    const double infinite = std::numeric_limits<double>::infinity();
    const std::vector<std::optional<RowCondition>> conditions = {
        std::nullopt,
        RowCondition{RowColumn::Rating, {}, {2, infinite}},
        RowCondition{RowColumn::Rating, {}, {infinite, -infinite, true}},
        RowCondition{RowColumn::Time, {}, {-infinite, 2000}},
        RowCondition{RowColumn::Time, {}, {1500, 1700}},  // none
        RowCondition{RowColumn::User, "3", {}},
        RowCondition{RowColumn::Title, "wolf", {}},
        RowCondition{RowColumn::ItemKey, "=i3", {}}};
    const std::vector<std::vector<SortKey>> orders = {
        {},
        {{RowColumn::Rating, true}},
        {{RowColumn::Rating, false}, {RowColumn::Time, true}},
        {{RowColumn::Time, true}, {RowColumn::Title, false}, {RowColumn::User, true}},
        {{RowColumn::User, false}, {RowColumn::Rating, true}},
        {{RowColumn::Title, true}},
        {{RowColumn::ItemKey, false}, {RowColumn::Time, false}}};
    const std::vector<InteractionRow> all = interactions_of(*workspace_, {2});
    const auto holds = [](const InteractionRow& row, const RowCondition& c) {
      const auto in = [&](const std::optional<double>& value) {
        return value ? c.range.holds(*value) : c.range.missing;
      };
      if (c.column == RowColumn::Rating) return in(row.rating);
      if (c.column == RowColumn::Time) return in(row.time);
      if (c.column == RowColumn::User) return row.user_key.find(c.text) != std::string::npos;
      if (c.column == RowColumn::ItemKey) return "=" + row.item_key == c.text;
      return row.title.find("Wolf") != std::string::npos;
    };
    const auto compare = [](const InteractionRow& a, const InteractionRow& b, RowColumn column) {
      const auto three = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
      const auto key = [](const std::string& text) { return std::pair(text.size(), text); };
      return column == RowColumn::Rating    ? three(a.rating, b.rating)
             : column == RowColumn::Time    ? three(a.time, b.time)
             : column == RowColumn::User    ? three(key(a.user_key), key(b.user_key))
             : column == RowColumn::ItemKey ? three(key(a.item_key), key(b.item_key))
                                            : three(a.title, b.title);
    };
    for (const auto& first : conditions) {
      for (const auto& second : conditions) {
        for (const auto& order : orders) {
          RowQuery query{2, "", {}, order};
          if (first) query.where.push_back(*first);
          if (second) query.where.push_back(*second);
          std::vector<InteractionRow> expected;
          for (const InteractionRow& row : all)
            if ((!first || holds(row, *first)) && (!second || holds(row, *second))) expected.push_back(row);
          if (!order.empty() && order[0].descending) std::reverse(expected.begin(), expected.end());
          std::stable_sort(expected.begin(), expected.end(), [&](const InteractionRow& a, const InteractionRow& b) {
            for (const SortKey& by : order) {
              const int way = compare(a, b, by.column);
              if (way != 0) return by.descending ? way > 0 : way < 0;
            }
            return false;
          });
          const std::vector<InteractionRow> found = interactions_of(*workspace_, query);
          QCOMPARE(found.size(), expected.size());
          for (size_t i = 0; i < found.size(); ++i) QCOMPARE(found[i].id, expected[i].id);
        }
      }
    }
  }

  void aStopEndsTheSearch() {
    std::stop_source source;
    source.request_stop();
    const TaskContext stopped{{}, source.get_token()};
    QVERIFY_EXCEPTION_THROWN(find_interactions(*workspace_, {2, "", {}, {{RowColumn::Title, false}}}, stopped),
                             Cancelled);
    QVERIFY_EXCEPTION_THROWN(find_interactions(*workspace_, {2, "wolf"}, stopped), Cancelled);
    // The connection is as before.
    QCOMPARE(find_users(*workspace_, {2}, {}).count, int64_t{40});
  }

  void windowsBeyondTheEndAreEmpty() {
    QVERIFY(read_users(*workspace_, find_users(*workspace_, {2}, {}), 40, 10).empty());
    QVERIFY(read_items(*workspace_, find_items(*workspace_, {2}, {}), int64_t{1} << 40, 10).empty());
    QVERIFY(read_interactions(*workspace_, find_interactions(*workspace_, {2}, {}), 0, 0).empty());
    QVERIFY(users_of(*workspace_, {9}).empty());
    QVERIFY(interactions_of(*workspace_, {9}).empty());
  }

  void otherDataSetsStayApart() {
    for (const auto& row : items_of(*workspace_, {1})) QVERIFY(row.id <= 5);
    QCOMPARE(items_of(*workspace_, {1, "a"}).size(), size_t{1});
  }

  void attributesAreJoinedByName() {
    const auto rows = items_of(*workspace_, {2, "", {{RowColumn::Title, "heat (1995)", {}}}});
    QCOMPARE(rows[0].attributes, std::string("genre: Crime, Drama; or: not; year: 1995"));
    QCOMPARE(rows[1].attributes, std::string());
  }

  /// By time; those without a time first.
  void historyIsOldestFirst() {
    const auto rows = read_interactions(*workspace_, find_history(*workspace_, 106));
    QCOMPARE(rows.size(), size_t{12});
    for (size_t i = 1; i < rows.size(); ++i) QVERIFY(rows[i - 1].time <= rows[i].time);
    for (const auto& row : rows) QVERIFY(row.user == 106 && row.user_key == "35");
    QCOMPARE(find_history(*workspace_, 9999).count, int64_t{0});
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

  void aStopLeavesTheSetWhole() {
    Workspace workspace(dir_.filePath(QStringLiteral("stop")).toStdString());
    fill(workspace);
    std::stop_source source;
    source.request_stop();
    QVERIFY_EXCEPTION_THROWN(delete_data_set(workspace, 2, {{}, source.get_token()}), Cancelled);
    QCOMPARE(interactions_of(workspace, {2}).size(), size_t{460});
    QCOMPARE(list_data_sets(workspace).size(), size_t{2});
    delete_data_set(workspace, 2);
    QCOMPARE(list_data_sets(workspace).size(), size_t{1});
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
