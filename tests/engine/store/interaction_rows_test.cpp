// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/interaction_rows.h"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/base/random.h"
#include "engine/store/data_sets.h"
#include "engine/store/set_rows.h"
#include "tests/engine/store/made_interactions.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

/// 400,000 rows of 900 users and 500 items with few ratings and times, some absent, some negative: several chunks of an
/// order.
InteractionColumns drawn() {
  InteractionColumns columns;
  Random random(11);
  for (int n = 0; n < 400'000; ++n) {
    const uint64_t rating = random.below(12), time = random.below(5000);
    columns.add(static_cast<int32_t>(random.below(900)), static_cast<int32_t>(random.below(500)),
                rating == 0 ? std::nan("") : static_cast<double>(rating) / 2 - 3,
                time == 0 ? no_time : static_cast<int64_t>(time * 1'000'003) - 9'999);
  }
  return columns;
}

void add_set(Workspace& workspace, int64_t id, int users, int items) {
  SQLite::Database& db = workspace.db();
  const std::string set = std::to_string(id), offset = std::to_string(1000 * id);
  db.exec("INSERT INTO data_set(id, name, format, source, content_hash, imported_at, users, items) VALUES (" + set +
          ", 'set " + set + "', 'movielens', '', '', '', " + std::to_string(users) + ", " + std::to_string(items) +
          ")");
  const auto rows = [&](int count) {
    return "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(count - 1) +
           ") ";
  };
  db.exec(rows(users) + "INSERT INTO user(id, data_set, key) SELECT " + offset + " + i, " + set + ", i FROM n");
  db.exec(rows(items) + "INSERT INTO item(id, data_set, key, title) SELECT " + offset + " + i, " + set +
          ", i, 'Item ' || i FROM n");
}

std::vector<MadeInteraction> made_of(const InteractionColumns& columns, int64_t offset) {
  std::vector<MadeInteraction> made;
  for (size_t row = 0; row < columns.size(); ++row) {
    made.push_back({offset + columns.users[row], offset + columns.items[row]});
    if (!std::isnan(columns.ratings[row])) made.back().rating = columns.ratings[row];
    if (columns.times[row] != no_time) made.back().time = columns.times[row];
  }
  return made;
}

}  // namespace

class InteractionRowsTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path root() const { return dir_.path().toStdString(); }

 private Q_SLOTS:
  /// Against std::stable_sort of whole rows.
  void rowsAreSortedByUserTimeAndPlace() {
    const InteractionColumns columns = drawn();
    std::vector<size_t> expected(columns.size());
    std::iota(expected.begin(), expected.end(), 0);
    std::stable_sort(expected.begin(), expected.end(), [&](size_t a, size_t b) {
      return std::pair(columns.users[a], columns.times[a]) < std::pair(columns.users[b], columns.times[b]);
    });
    const SortedInteractions sorted = sort_interactions(InteractionColumns(columns), 900, 500, {});
    for (size_t row = 0; row < expected.size(); ++row) {
      const size_t from = expected[row];
      if (sorted.items[row] != columns.items[from] || sorted.times[row] != columns.times[from] ||
          std::isnan(sorted.ratings[row]) != std::isnan(columns.ratings[from]) ||
          (!std::isnan(sorted.ratings[row]) && sorted.ratings[row] != columns.ratings[from]))
        QFAIL(qPrintable(QString::number(row)));
      const auto user = static_cast<size_t>(columns.users[from]);
      QVERIFY(sorted.user_begin[user] <= static_cast<int64_t>(row) &&
              static_cast<int64_t>(row) < sorted.user_begin[user + 1]);
    }
    for (size_t i = 0; i < 500; ++i) {
      for (auto place = static_cast<size_t>(sorted.item_begin[i]);
           place < static_cast<size_t>(sorted.item_begin[i + 1]); ++place) {
        QCOMPARE(sorted.items[sorted.by_item[place]], static_cast<int32_t>(i));
        QVERIFY(place == static_cast<size_t>(sorted.item_begin[i]) ||
                sorted.by_item[place - 1] < sorted.by_item[place]);
      }
    }
  }

  /// What is read back is what was given, in each order, in any window, for a set that is not the first.
  void ordersAndRowsAreReadBack() {
    Workspace workspace(root() / "orders");
    add_set(workspace, 1, 900, 500);
    add_set(workspace, 2, 900, 500);
    give_interactions(workspace, 1, {{1000, 1001, 3.0, 5}, {1000, 1002, {}, {}}});
    const InteractionColumns columns = drawn();
    give_interactions(workspace, 2, made_of(columns, 2000));
    const SortedInteractions sorted = sort_interactions(InteractionColumns(columns), 900, 500, {});
    const auto count = std::ssize(sorted.items);
    std::vector<uint32_t> by_time(sorted.items.size()), by_rating;
    std::iota(by_time.begin(), by_time.end(), 0u);
    by_rating = by_time;
    std::stable_sort(by_time.begin(), by_time.end(),
                     [&](uint32_t a, uint32_t b) { return sorted.times[a] < sorted.times[b]; });
    const auto rating = [&](uint32_t row) { return std::isnan(sorted.ratings[row]) ? -1e9 : sorted.ratings[row]; };
    std::stable_sort(by_rating.begin(), by_rating.end(), [&](uint32_t a, uint32_t b) { return rating(a) < rating(b); });
    QVERIFY(read_order(workspace, 2, RowOrder::Item, 0, count) == sorted.by_item);
    QVERIFY(read_order(workspace, 2, RowOrder::Time, 0, count) == by_time);
    QVERIFY(read_order(workspace, 2, RowOrder::Rating, 0, count) == by_rating);
    Random random(2);
    for (int n = 0; n < 200; ++n) {
      const auto begin = static_cast<int64_t>(random.below(static_cast<uint64_t>(count)));
      const int64_t end = std::min(begin + static_cast<int64_t>(random.below(150'000)), count);
      QVERIFY(read_order(workspace, 2, RowOrder::Time, begin, end) ==
              std::vector<uint32_t>(by_time.begin() + begin, by_time.begin() + end));
    }
    QVERIFY(read_order(workspace, 2, RowOrder::Time, 7, 7).empty());
    for (const int64_t user : {0, 1, 450, 899}) {
      const FoundRows rows = find_history(workspace, 2000 + user);
      const auto history = read_interactions(workspace, rows, 0, rows.count);
      QCOMPARE(std::ssize(history),
               sorted.user_begin[static_cast<size_t>(user) + 1] - sorted.user_begin[static_cast<size_t>(user)]);
      for (size_t n = 0; n < history.size(); ++n) {
        const auto row = static_cast<size_t>(sorted.user_begin[static_cast<size_t>(user)]) + n;
        QCOMPARE(history[n].item, int64_t{2000} + sorted.items[row]);
        QCOMPARE(history[n].time.value_or(no_time), sorted.times[row]);
        QCOMPARE(history[n].rating.has_value(), !std::isnan(sorted.ratings[row]));
      }
    }
    // Searched and sorted: item 7 alone, newest first.
    const FoundRows by_time_found =
        find_interactions(workspace, {2, "", {{RowColumn::Title, "=item 77", {}}}, {{RowColumn::Time, true}}}, {});
    const auto found = read_interactions(workspace, by_time_found, 5, 100);
    QCOMPARE(found.size(), size_t{100});
    for (size_t n = 1; n < found.size(); ++n)
      QVERIFY(found[n - 1].time >= found[n].time && found[n].title == "Item 77");
    // The set goes whole, and leaves the other.
    delete_data_set(workspace, 2);
    QCOMPARE(workspace.db().execAndGet("SELECT count(*) FROM interaction").getInt(), 2);
    QCOMPARE(find_history(workspace, 1000).count, int64_t{2});
  }

  /// A statement that gives no row for long, or deletes much by cascade, ends when a stop is asked for.
  void aStopEndsStatements() {
    Workspace workspace(root() / "statements");
    add_set(workspace, 1, 20, 5000);
    std::stop_source source;
    const TaskContext context{[&](const Progress&) { source.request_stop(); }, source.get_token()};
    give_interactions(workspace, 1, {{1000, 1001, {}, {}}});
    QVERIFY_THROWS_EXCEPTION(Cancelled, delete_data_set(workspace, 1, context));  // asked for while rows are deleted
    QCOMPARE(list_data_sets(workspace).size(), size_t{1});
    QCOMPARE(find_interactions(workspace, {1, "nowhere"}, {}).count, int64_t{0});
    QVERIFY_THROWS_EXCEPTION(Cancelled, find_interactions(workspace, {1, "nowhere"}, context));
    QCOMPARE(workspace.db().execAndGet("SELECT count(*) FROM item").getInt(), 5000);
    delete_data_set(workspace, 1);
    QVERIFY(list_data_sets(workspace).empty());
  }

  void aStopEndsTheWriting() {
    Workspace workspace(root() / "stop");
    add_set(workspace, 1, 900, 500);
    std::stop_source source;
    int reports = 0;
    const TaskContext context{[&](const Progress&) {
                                if (++reports == 1) source.request_stop();
                              },
                              source.get_token()};
    SortedInteractions sorted = sort_interactions(drawn(), 900, 500, {});
    std::vector<int64_t> ids(500);
    std::iota(ids.begin(), ids.end(), 1000);
    bool cancelled = false;
    try {
      SQLite::Transaction transaction(workspace.db());
      write_interactions(workspace, 1, ids, std::move(sorted), context);
    } catch (const Cancelled&) {
      cancelled = true;
    }
    QVERIFY(cancelled);
    QCOMPARE(workspace.db().execAndGet("SELECT count(*) FROM interaction").getInt(), 0);
    // The connection still works.
    give_interactions(workspace, 1, {{1000, 1001, 3.0, 5}});
    QCOMPARE(find_history(workspace, 1000).count, int64_t{1});
  }
};

QTEST_GUILESS_MAIN(InteractionRowsTest)
#include "interaction_rows_test.moc"
