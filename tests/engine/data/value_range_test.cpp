// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/value_range.h"

#include <QtTest>
#include <cmath>

#include "engine/base/error.h"
#include "tests/engine/messages.h"

using namespace prefscope;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double day = 86400;

}  // namespace

class ValueRangeTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void numbers() {
    QCOMPARE(parse_number_range(" 4 "), (ValueRange{4, 4}));
    QCOMPARE(parse_number_range("= 4"), (ValueRange{4, 4}));
    QCOMPARE(parse_number_range(">= 3.5"), (ValueRange{3.5, infinite}));
    QCOMPARE(parse_number_range("<=3.5"), (ValueRange{-infinite, 3.5}));
    QCOMPARE(parse_number_range("3..5"), (ValueRange{3, 5}));
    QCOMPARE(parse_number_range("-2 .. "), (ValueRange{-2, infinite}));
    QCOMPARE(parse_number_range("..5"), (ValueRange{-infinite, 5}));
    const ValueRange above = parse_number_range("> 3"), below = parse_number_range("< 3");
    QVERIFY(!above.holds(3) && above.holds(std::nextafter(3, 4)) && !below.holds(3) && below.holds(2.9999));
    const ValueRange none = parse_number_range("none");
    QVERIFY(none.missing && !none.holds(0));
  }

  /// 2015-01-01 is 16,436 days after 1970-01-01: 45 years of 365 and 11 leap days.
  void timesStandForTheirSpan() {
    const double begin = 16436 * day, end = begin + 365 * day;
    QCOMPARE(parse_time_range("2015"), (ValueRange{begin, end - 1}));
    QCOMPARE(parse_time_range("2015-02"), (ValueRange{begin + 31 * day, begin + 59 * day - 1}));
    QCOMPARE(parse_time_range("2015-12"), (ValueRange{end - 31 * day, end - 1}));
    QCOMPARE(parse_time_range("2015-01-02"), (ValueRange{begin + day, begin + 2 * day - 1}));
    for (const char* text : {"2015-1-2", "2015/01/02", "2015/1/02"})
      QCOMPARE(parse_time_range(text), (ValueRange{begin + day, begin + 2 * day - 1}));
    const double ten = begin + 10 * 3600;
    for (const char* text : {"2015-01-01 10:00", "2015-01-01T10:00Z", "2015-1-1 12:00+02:00"})
      QCOMPARE(parse_time_range(text), (ValueRange{ten, ten + 59}));
    QVERIFY(!parse_time_range("> 2015-01-01 10:00").holds(ten + 59) &&
            parse_time_range("> 2015-01-01 10:00").holds(ten + 60));
    QCOMPARE(parse_time_range("2015-01-01 10:00..2015-01-01 10:01"), (ValueRange{ten, ten + 119}));
    QCOMPARE(parse_time_range("2015-01-01 10:00:00.5"), (ValueRange{ten, ten}));
    QCOMPARE(parse_time_range("2015-01-01T00:00:05Z"), (ValueRange{begin + 5, begin + 5}));
    QCOMPARE(parse_time_range("1420070400"), (ValueRange{begin, begin}));  // 16436 * 86400
    QCOMPARE(parse_time_range("2014..2015"), (ValueRange{begin - 365 * day, end - 1}));
    QCOMPARE(parse_time_range(">= 2015"), (ValueRange{begin, infinite}));
    QCOMPARE(parse_time_range("<= 2015"), (ValueRange{-infinite, end - 1}));
    QVERIFY(!parse_time_range("> 2015").holds(end - 1) && parse_time_range("> 2015").holds(end));
    QVERIFY(!parse_time_range("< 2015").holds(begin) && parse_time_range("< 2015").holds(begin - 1));
  }

  void whatCannotBeMeantIsSaid() {
    for (const char* text : {"", "four", "3..5..7", "..", "> ", "nan", "1e400", "3,5", "4 5", ">= none"})
      QVERIFY2(message_of([&] { parse_number_range(text); }).starts_with("expected a number or a range like"), text);
    for (const char* text : {"", "soon", "2015-13", "2015-02-30", "15", "999", "2015-1", "..", "tomorrow..2015"})
      QVERIFY2(message_of([&] { parse_time_range(text); }).starts_with("expected a time or a range like"), text);
    QVERIFY(message_of([&] { parse_number_range("x\"y"); }).ends_with("found \"x\"y\""));
  }
};

QTEST_APPLESS_MAIN(ValueRangeTest)
#include "value_range_test.moc"
