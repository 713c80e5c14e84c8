// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/time_text.h"

#include <QtTest>

#include "engine/base/error.h"

using namespace prefscope;

namespace {

/// The seconds, or why there are none.
std::string read(const char* text, TimeForm form, const std::string& format = {}) {
  int64_t seconds = 0;
  switch (read_time(text, form, format, seconds)) {
    case TimeFound::Time:
      return std::to_string(seconds);
    case TimeFound::Nothing:
      return "nothing";
    case TimeFound::NoTime:
      return "no time";
    case TimeFound::OutOfRange:
      return "out of range";
  }
  return "";
}

}  // namespace

class TimeTextTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void numbersAreRead() {
    const auto seconds = [](const char* text) { return read(text, TimeForm::Seconds); };
    QCOMPARE(seconds("964982703"), std::string("964982703"));
    QCOMPARE(seconds("0"), std::string("0"));
    QCOMPARE(seconds("964982703.0"), std::string("964982703"));  // as pandas writes it
    QCOMPARE(seconds("9.64982703e8"), std::string("964982703"));
    QCOMPARE(seconds("9.78e+12"), std::string("out of range"));
    QCOMPARE(seconds("964982703000"), std::string("out of range"));
    QCOMPARE(seconds("-1"), std::string("out of range"));
    QCOMPARE(seconds("1e999"), std::string("out of range"));
    for (const char* text : {"1.5", "nan", "inf", "soon", "2015-03-01", " 1", "1 ", "+1", "0x3"})
      QCOMPARE(seconds(text), std::string("no time"));
    QCOMPARE(seconds(""), std::string("nothing"));
    QCOMPARE(read("1588687728923", TimeForm::Milliseconds), std::string("1588687728"));
  }

  void thousandthsAreRead() {
    const std::pair<const char*, int> times[] = {
        {"1588687728923", 923},          {"1588687728000", 0},        {"1588687728001", 1},
        {"1588687728999999", 999},       {"1425168000.7", 700},       {"2015-03-01T00:00:00.25Z", 250},
        {"2015-03-01 00:00:00.0079", 7}, {"2015-03-01T00:00:00Z", 0}, {"99999999999.5", 500}};
    for (const auto& [text, expected] : times) {
      int64_t seconds = 0;
      TimeDetail detail;
      QVERIFY2(read_time(text, TimeForm::Any, "", seconds, &detail) == TimeFound::Time, text);
      QVERIFY2(detail.thousandths == expected, qPrintable(QStringLiteral("%1: %2").arg(text).arg(detail.thousandths)));
    }
    for (int part = 0; part < 1000; ++part) {
      int64_t seconds = 0;
      TimeDetail detail;
      read_time(std::to_string(1'588'687'728'000 + part), TimeForm::Milliseconds, "", seconds, &detail);
      QVERIFY(detail.thousandths == part && seconds == 1'588'687'728);
    }
  }

  /// Seconds, milliseconds and microseconds are told apart by their size; 2015-03-01 is 16495 days: 1425168000 s.
  void anyTimeIsRead() {
    const auto any = [](const char* text) { return read(text, TimeForm::Any); };
    for (const char* text : {"1425168000", "1425168000000", "1425168000000000", "1425168000.7", "2015-03-01",
                             "2015/03/01", "2015-03-01 00:00", "2015-03-01T00:00:00Z", "2015-03-01T00:00:00.25Z",
                             "2015-03-01T02:00:00+02:00", "2015-02-28T19:30:00-0430"})
      QVERIFY2(any(text) == "1425168000", text);
    for (const char* text : {"2015-02-29", "2015-13-01", "2015-03", "2015-03-01T25:00", "2015-03-01x", "03/01/2015"})
      QVERIFY2(any(text) == "no time", text);
    QCOMPARE(any("1969-12-31"), std::string("out of range"));
  }

  /// A day without a time and a minute without seconds may mean any second of theirs.
  void spansAreTold() {
    const auto span = [](const char* text) {
      int64_t seconds = 0;
      TimeDetail detail;
      return read_time(text, TimeForm::Any, "", seconds, &detail) == TimeFound::Time ? detail.span : -1;
    };
    for (const char* text : {"2015-03-01", "2015-3-1", "2015/03/01"}) QCOMPARE(span(text), int64_t{86400});
    for (const char* text : {"2015-03-01 10:00", "2015-03-01T10:00Z", "2015-3-1 9:5"})
      QCOMPARE(span(text), int64_t{60});
    for (const char* text : {"2015-03-01 10:00:00", "2015-03-01T10:00:00.5+02:00", "1425168000"})
      QCOMPARE(span(text), int64_t{1});
  }

  void formatsAreFollowed() {
    QCOMPARE(read("01.03.2015 12:30", TimeForm::Any, "%d.%m.%Y %H:%M"), std::to_string(1425168000 + 45000));
    QCOMPARE(read("1-Mar-15", TimeForm::Any, "%d-%b-%y"), std::string("1425168000"));
    QCOMPARE(read("03 1, 2015", TimeForm::Any, "%m %d, %Y"), std::string("1425168000"));  // Amazon's reviewTime
    QCOMPARE(read("31.02.2015", TimeForm::Any, "%d.%m.%Y"), std::string("no time"));
    QCOMPARE(read("01.03.2015 ", TimeForm::Any, "%d.%m.%Y"), std::string("no time"));
    check_date_format("%d.%m.%Y");
    for (const char* format : {"", "%d.%m", "%Q%Y%m%d", "%Y-%m-%d %"})
      QVERIFY_THROWS_EXCEPTION(Error, check_date_format(format));
  }
};

QTEST_GUILESS_MAIN(TimeTextTest)
#include "time_text_test.moc"
