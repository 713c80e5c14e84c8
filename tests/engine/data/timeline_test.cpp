// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/timeline.h"

#include <QtTest>

#include "engine/data/interaction_columns.h"

using namespace prefscope;

namespace {

constexpr int64_t day_s = 86'400;

using Parts = std::vector<std::pair<int64_t, int64_t>>;

}  // namespace

class TimelineTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// 7,199 s lies in the second hour; the third has none.
  void hours() {
    const std::vector<int64_t> times = {10'800, 0, 7199, 3600};
    const Timeline line = timeline_of(times);
    QVERIFY(line.unit == TimeUnit::Hour && line.first == 0 && line.last == 10'800 && line.undated == 0);
    QCOMPARE(line.parts, (Parts{{0, 1}, {3600, 2}, {7200, 0}, {10'800, 1}}));
  }

  /// The borders: two days and a second are days, 92 days and a second are months, 15 times 365 days and a second
  /// years.
  void unitsBySpan() {
    const auto unit = [](int64_t span) { return timeline_of(std::vector<int64_t>{0, span}).unit; };
    QVERIFY(unit(2 * day_s) == TimeUnit::Hour && unit(2 * day_s + 1) == TimeUnit::Day);
    QVERIFY(unit(92 * day_s) == TimeUnit::Day && unit(92 * day_s + 1) == TimeUnit::Month);
    QVERIFY(unit(15 * 365 * day_s) == TimeUnit::Month && unit(15 * 365 * day_s + 1) == TimeUnit::Year);
  }

  /// 1970 has 31, 28, 31 and 30 days in its first months, 1972 a 29th of February, so 1973 begins 365 + 365 + 366 days
  /// after 1970.
  void monthsAndYears() {
    const Timeline months = timeline_of(std::vector<int64_t>{5, 31 * day_s, 119 * day_s, 120 * day_s});
    QCOMPARE(months.parts, (Parts{{0, 1}, {31 * day_s, 1}, {59 * day_s, 0}, {90 * day_s, 1}, {120 * day_s, 1}}));
    const Timeline years = timeline_of(std::vector<int64_t>{1, 1096 * day_s, 20 * 366 * day_s});
    QVERIFY(years.unit == TimeUnit::Year && years.parts.size() == 21);
    QCOMPARE(years.parts[3], (std::pair<int64_t, int64_t>{1096 * day_s, 1}));
    int64_t sum = 0;
    for (const auto& part : years.parts) sum += part.second;
    QCOMPARE(sum, int64_t{3});
  }

  /// What has no time, or one that is no time, does not stretch the line.
  void undated() {
    const std::vector<int64_t> times = {no_time, -1, 4'102'444'800, 5, INT64_MAX};
    const Timeline line = timeline_of(times);
    QVERIFY(line.undated == 4 && line.parts == (Parts{{0, 1}}) && line.first == 5 && line.last == 5);
    const Timeline none = timeline_of(std::vector<int64_t>{no_time});
    QVERIFY(none.undated == 1 && none.parts.empty());
    QVERIFY(timeline_of({}).parts.empty());
  }
};

QTEST_GUILESS_MAIN(TimelineTest)
#include "timeline_test.moc"
