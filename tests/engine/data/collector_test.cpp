// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/collector.h"

#include <QtTest>
#include <cmath>
#include <map>
#include <set>

#include "engine/base/error.h"
#include "engine/base/random.h"

using namespace prefscope;

namespace {

InteractionColumns columns(const std::vector<std::tuple<int32_t, int32_t, double, int64_t>>& rows) {
  InteractionColumns all;
  for (const auto& [user, item, rating, time] : rows) all.add(user, item, rating, time);
  return all;
}

ImportReport counted(const InteractionColumns& rows, size_t users, size_t items) {
  ImportReport report;
  count_repeats_and_ties(rows, users, items, report, {});
  return report;
}

}  // namespace

class CollectorTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// Two rows without rating and time are the same; a time more or another rating is not. Who has no times has no tie.
  void repeatsAndTiesAreCounted() {
    const double none = std::nan("");
    const ImportReport report = counted(columns({{0, 0, none, no_time},
                                                 {1, 0, 4, 10},
                                                 {0, 0, none, no_time},
                                                 {1, 1, 4, 20},
                                                 {1, 0, 4, 20},
                                                 {2, 1, 4, 5},
                                                 {2, 1, 5, 5},
                                                 {2, 0, 5, 9},
                                                 {3, 1, 5, no_time},
                                                 {3, 0, 5, 7}}),
                                        4, 2);
    QCOMPARE(report.repeated_pairs, int64_t{3});  // 0's second, 1's item 0 at 20, 2's item 1 rated 5
    QCOMPARE(report.exact_repeats, int64_t{1});   // 0's
    QCOMPARE(report.tied_users, int64_t{1});      // 1, at 20; 2 is tied at 5 but ends at 9
  }

  /// A header may hold any bytes; what is kept is text.
  void namesOfAttributesAreText() {
    Collector collector("mapped", UnknownItem::Keep);
    collector.add_item({"a.csv", 2}, {"1", "Heat", {{" k\xff\tind\n", "x"}, {"R&amp;B", "y"}}}, false);
    collector.add_interaction({"b.csv", 2}, "ann", "1", std::nan(""), no_time);
    const RawDataSet set = collector.take({});
    QCOMPARE(set.items[0].attributes[0].first, std::string("k\xef\xbf\xbd ind"));
    QCOMPARE(set.items[0].attributes[1].first, std::string("R&amp;B"));
  }

  void oneRowIsOneRow() {
    Collector collector("mapped", UnknownItem::Keep);
    collector.drop_interaction({"a.csv", 2}, "expected a rating", "soon");
    std::string message;
    try {
      collector.take({});
    } catch (const Error& e) {
      message = e.what();
    }
    QCOMPARE(message, std::string("no interaction is left to import: 1 was dropped, because: a.csv line 2: expected a "
                                  "rating, found \"soon\""));
  }

  /// Against counting the plain way, in whatever order the rows come.
  void countsAreThoseOfAPlainCount() {
    Random random(11);
    for (int round = 0; round < 50; ++round) {
      InteractionColumns rows;
      for (uint64_t n = 1 + random.below(200); n > 0; --n)
        rows.add(static_cast<int32_t>(random.below(5)), static_cast<int32_t>(random.below(20)),
                 static_cast<double>(random.below(2)), static_cast<int64_t>(random.below(30)));
      std::set<std::tuple<int, int>> pairs;
      std::set<std::tuple<int, int, double, int64_t>> whole;
      std::map<int, std::vector<int64_t>> times;
      for (size_t i = 0; i < rows.size(); ++i) {
        pairs.emplace(rows.users[i], rows.items[i]);
        whole.emplace(rows.users[i], rows.items[i], rows.ratings[i], rows.times[i]);
        times[rows.users[i]].push_back(rows.times[i]);
      }
      int64_t tied = 0;
      for (auto& [user, all] : times) {
        std::sort(all.begin(), all.end());
        tied += all.size() > 1 && all[all.size() - 1] == all[all.size() - 2] ? 1 : 0;
      }
      const ImportReport report = counted(rows, 5, 20);
      const auto size = static_cast<int64_t>(rows.size());
      QCOMPARE(report.repeated_pairs, size - static_cast<int64_t>(pairs.size()));
      QCOMPARE(report.exact_repeats, size - static_cast<int64_t>(whole.size()));
      QCOMPARE(report.tied_users, tied);
    }
  }

  void keysAreNumberedInOrder() {
    KeyIndex index;
    std::map<std::string, int32_t> expected;
    Random random(12);
    for (int n = 0; n < 20'000; ++n) {
      const std::string key = std::to_string(random.below(7000));
      const auto next = static_cast<int32_t>(expected.size());
      const auto [place, fresh] = expected.emplace(key, next);
      QCOMPARE(index.find(key), fresh ? -1 : place->second);
      QCOMPARE(index.add(key), place->second);
    }
    QCOMPARE(index.size(), expected.size());
    QCOMPARE(index.find("absent"), -1);
    QCOMPARE(index.find(""), -1);
    QCOMPARE(index.keys()[static_cast<size_t>(index.find("42"))], std::string("42"));
  }

  /// A catalogue that comes after the interactions names their items and adds none.
  void itemsAreDescribedAfterwards() {
    Collector collector("x", UnknownItem::Keep);
    collector.add_interaction({"r", 1}, "u", "b", 3, 5);
    collector.add_interaction({"r", 2}, "u", "a", 3, no_time);
    collector.add_item({"m", 1}, {"a", "Title &amp; a", {{"genre", " drama "}, {"maker", "  "}}}, true);
    collector.add_item({"m", 2}, {"a", "Again", {}}, true);
    collector.add_item({"m", 3}, {"c", "Unseen", {}}, true);
    collector.add_item({"m", 4}, {"b", "", {{"genre", "love"}}}, true);
    const RawDataSet set = collector.take({});
    QCOMPARE(set.items.size(), size_t{2});
    QVERIFY(set.items[0].key == "b" && set.items[0].title == "b" && set.items[0].attributes.size() == 1);
    QVERIFY(set.items[1].title == "Title & a");
    QCOMPARE(set.items[1].attributes,
             (std::vector<std::pair<std::string, std::string>>{{"genre", "drama"}}));  // an empty value is none
    std::vector<std::string> remarks;
    for (const Remark& remark : set.report.remarks) remarks.push_back(remark_text(remark));
    QCOMPARE(remarks,
             (std::vector<std::string>{"m line 1: HTML entities in a title were decoded, found \"Title &amp; a\"",
                                       "m line 2: an item's id that another had before; the first is kept, found \"a\"",
                                       "m line 4: an item without a title; its id stands for it, found \"b\"",
                                       "items that no interaction has were left out"}));
    QCOMPARE(set.report.interactions_without_time, int64_t{1});
  }

  void nothingLeftIsAnError() {
    Collector collector("x", UnknownItem::Drop);
    QVERIFY_THROWS_EXCEPTION(Error, collector.take({}));
  }
};

QTEST_GUILESS_MAIN(CollectorTest)
#include "collector_test.moc"
