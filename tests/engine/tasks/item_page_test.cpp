// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/item_page.h"

#include <QtTest>
#include <cmath>

#include "engine/store/data_sets.h"
#include "tests/engine/store/drawn_set.h"
#include "tests/engine/tasks/few_ratings.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

constexpr TogetherOrder orders[] = {TogetherOrder::Cosine, TogetherOrder::Users, TogetherOrder::Lift};

}  // namespace

class ItemPageTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path few() const { return fs::path(dir_.path().toStdString()) / "few"; }
  fs::path drawn() const { return fs::path(dir_.path().toStdString()) / "drawn"; }
  DrawnSet set_;

 private Q_SLOTS:
  void initTestCase() {
    Workspace few_rows(few()), drawn_rows(drawn());
    fill_few_ratings(few_rows);
    set_ = draw_set(drawn_rows, 40, 30, 700, 9);
  }

  /// Item a: rows of ann (5), bob (4 and 5) and zoe (3). Items b and c have 3 rows each and share rank 2; d is the
  /// fourth of those with rows, and e has none.
  void factsByHand() {
    const ItemFacts a = item_facts(few(), 1, {});
    QVERIFY(a.key == "a" && a.title == "A" && a.attributes == "genre: drama, crime; year: 1999");
    QVERIFY(a.rows == 4 && a.users == 3 && a.rank == 1 && a.ranked == 4 && *a.mean_rating == 17.0 / 4);
    QCOMPARE(a.ratings.counts, (std::vector<std::pair<double, int64_t>>{{3, 1}, {4, 1}, {5, 2}}));
    QVERIFY(a.timeline.first == 100 && a.timeline.last == 86'400 && a.timeline.parts.size() == 25);
    QVERIFY(item_facts(few(), 2, {}).rank == 2 && item_facts(few(), 3, {}).rank == 2);
    QVERIFY(item_facts(few(), 4, {}).rank == 4);
    const ItemFacts e = item_facts(few(), 5, {});
    QVERIFY(e.rows == 0 && e.users == 0 && e.rank == 0 && !e.mean_rating && e.timeline.parts.empty());
  }

  /// Users of a: ann, bob, zoe; of b the same; of c: ann, eve, zoe; of d: zoe; of all 4. b: 3 / 3 and 3 * 4 / (3 * 3);
  /// c: 2 / 3 and 2 * 4 / (3 * 3); d: 1 / sqrt(3) and 1 * 4 / (3 * 1).
  void togetherByHand() {
    const std::vector<TogetherItem> items = items_together(few(), 1, TogetherOrder::Cosine, {});
    QCOMPARE(items.size(), size_t{3});
    QVERIFY(items[0].key == "b" && items[0].title == "B" && items[0].common == 3 && items[0].users == 3);
    QVERIFY(items[1].key == "c" && items[1].common == 2 && items[1].users == 3);
    QVERIFY(items[2].key == "d" && items[2].common == 1 && items[2].users == 1);
    QCOMPARE(items[0].cosine, 1.0);
    QCOMPARE(items[0].lift, 12.0 / 9);
    QCOMPARE(items[1].cosine, 2.0 / 3);
    QCOMPARE(items[1].lift, 8.0 / 9);
    QCOMPARE(items[2].cosine, 1 / std::sqrt(3.0));
    QCOMPARE(items[2].lift, 4.0 / 3);
    QVERIFY(items_together(few(), 1, TogetherOrder::Lift, {}).empty());  // fewer than 5 users in common
    QVERIFY(items_together(few(), 5, TogetherOrder::Cosine, {}).empty());
  }

  /// Against sets of users, for every item and order.
  void togetherIsThatOfSets() {
    double all = 0;
    for (const auto& items : set_.items_of) all += items.empty() ? 0 : 1;
    for (size_t item = 1; item <= 30; ++item) {
      const auto& own = set_.users_of[item];
      for (const TogetherOrder order : orders) {
        std::vector<TogetherItem> expected;
        for (size_t other = 1; other <= 30; ++other) {
          int64_t common = 0;
          for (const int64_t user : own) common += static_cast<int64_t>(set_.users_of[other].count(user));
          if (other == item || common == 0 || (order == TogetherOrder::Lift && common < 5)) continue;
          const auto n = static_cast<double>(own.size()), m = static_cast<double>(set_.users_of[other].size());
          const auto both = static_cast<double>(common);
          expected.push_back({static_cast<int64_t>(other),
                              {},
                              {},
                              static_cast<int64_t>(m),
                              common,
                              both / std::sqrt(n * m),
                              both * all / (n * m)});
        }
        const auto value = [order](const TogetherItem& one) {
          return order == TogetherOrder::Cosine  ? one.cosine
                 : order == TogetherOrder::Users ? static_cast<double>(one.common)
                                                 : one.lift;
        };
        std::stable_sort(expected.begin(), expected.end(), [&](const TogetherItem& a, const TogetherItem& b) {
          if (value(a) != value(b)) return value(a) > value(b);
          return a.common != b.common ? a.common > b.common : a.cosine > b.cosine;
        });
        const auto found = items_together(drawn(), static_cast<int64_t>(item), order, {});
        QCOMPARE(found.size(), std::min(expected.size(), together_count));
        for (size_t i = 0; i < found.size(); ++i) {
          QVERIFY(found[i].id == expected[i].id && found[i].key == "i" + std::to_string(expected[i].id));
          QVERIFY(found[i].common == expected[i].common && found[i].users == expected[i].users);
          QCOMPARE(found[i].cosine, expected[i].cosine);
          QCOMPARE(found[i].lift, expected[i].lift);
        }
      }
    }
  }

  void factsAreThoseOfTheRows() {
    int64_t rows = 0;
    for (int64_t item = 1; item <= 30; ++item) {
      const ItemFacts facts = item_facts(drawn(), item, {});
      QCOMPARE(facts.users, std::ssize(set_.users_of[static_cast<size_t>(item)]));
      int64_t rated = 0, timed = facts.timeline.undated;
      for (const auto& [rating, count] : facts.ratings.counts) rated += count;
      for (const auto& [begin, count] : facts.timeline.parts) timed += count;
      const auto here = [&](const MadeInteraction& row) { return row.item == item && row.rating.has_value(); };
      QCOMPARE(rated, std::count_if(set_.rows.begin(), set_.rows.end(), here));
      QCOMPARE(timed, facts.rows);
      rows += facts.rows;
    }
    QCOMPARE(rows, std::ssize(set_.rows));
  }

  void whatIsNotThereIsSaid() {
    QVERIFY_THROWS_EXCEPTION(Error, item_facts(few(), 99, {}));
    QVERIFY_THROWS_EXCEPTION(Error, find_item(few(), "small", "z"));
    QVERIFY_THROWS_EXCEPTION(Error, find_item(few(), "none", "a"));
    QCOMPARE(find_item(few(), "small", "b"), int64_t{2});
  }

  void stops() {
    std::stop_source source;
    source.request_stop();
    const TaskContext stopped{{}, source.get_token()};
    QVERIFY_THROWS_EXCEPTION(Cancelled, item_facts(drawn(), 1, stopped));
    QVERIFY_THROWS_EXCEPTION(Cancelled, items_together(drawn(), 1, TogetherOrder::Cosine, stopped));
  }
};

QTEST_GUILESS_MAIN(ItemPageTest)
#include "item_page_test.moc"
