// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/view.h"

#include <QtTest>
#include <cmath>

#include "engine/data/interaction_columns.h"
#include "tests/engine/messages.h"

using namespace prefscope;

namespace {

/// Three users over four items: (item, rating, day).
UserRows small_rows() {
  UserRows rows;
  rows.item_count = 4;
  const auto add = [&](int32_t item, double rating, int64_t day) {
    rows.items.push_back(item);
    rows.ratings.push_back(rating);
    rows.times.push_back(day < 0 ? no_time : day * 86400);
  };
  add(0, 5, 1), add(1, 3, 2), add(0, 4, 3);
  rows.user_begin.push_back(3);
  add(1, std::nan(""), 2), add(2, 4, -1);
  rows.user_begin.push_back(5);
  add(0, 2, 5);
  rows.user_begin.push_back(6);
  return rows;
}

const std::vector<ItemText> items = {{1, "Star Wars", {{"genre", "War"}}, "a"},
                                     {2, "Heat", {{"genre", "Crime"}, {"genre", "Drama"}}, "b"},
                                     {3, "Stardust", {}, "c"},
                                     {4, "<b>", {}, "d"}};

/// "user item" of the rows that a step keeps.
QString kept(const char* step) {
  const UserRows rows = apply_step(small_rows(), parse_step(step), items, {});
  QString text;
  for (size_t u = 0; u < rows.users(); ++u) {
    for (auto row = static_cast<size_t>(rows.user_begin[u]); row < static_cast<size_t>(rows.user_begin[u + 1]); ++row)
      text += QStringLiteral("%1%2 ").arg(u).arg(rows.items[row]);
  }
  return text.trimmed();
}

}  // namespace

class ViewTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void stepsKeepWhatTheySay_data() {
    QTest::addColumn<QString>("rows");
    const auto row = [](const char* step, const char* rows) { QTest::newRow(step) << QString::fromLatin1(rows); };
    row("rating > 3", "00 00 12");
    row("rating >= 3", "00 01 00 12");
    row("rating < 3", "20");
    row("rating != 4", "00 01 20");
    row("time >= 1970-01-03", "01 00 11 20");
    row("time < 1970-01-03T00:00:01Z", "00 01 11");
    row("time = 432000", "20");
    row("user >= 2", "00 01 00 11 12");
    row("user = 1", "20");
    row("item >= 2", "00 01 00 11 20");
    row("item < 2", "12");
    row("core 1", "00 01 00 11 12 20");
    row("core 2", "00 00");  // user 2 and item 2 have one row; then user 1 has one, and then item 1
    row("core 3", "");
    row("genre = War", "00 00 20");
    row("genre != War", "01 11 12");
    row("genre = Drama", "01 11");
    row("title = star", "00 00 12 20");
    row("title != STAR", "01 11");
    row("first of pair", "00 01 11 12 20");
    row("sample 3 users seed 1", "00 01 00 11 12 20");
  }
  void stepsKeepWhatTheySay() {
    QFETCH(QString, rows);
    QCOMPARE(kept(QTest::currentDataTag()), rows);
  }

  /// Whole users, the same for the same seed, a smaller sample not beyond a larger one's users.
  void samplesAreOfWholeUsers() {
    const QString one = kept("sample 1 users seed 4"), two = kept("sample 2 users seed 4");
    QVERIFY(QStringList({QStringLiteral("00 01 00"), QStringLiteral("11 12"), QStringLiteral("20")}).contains(one));
    QVERIFY(two.contains(one) && two != one);
    QCOMPARE(kept("sample 1 users seed 4"), one);
    QSet<QString> seen;
    for (int seed = 0; seed < 30; ++seed)
      seen.insert(kept(qPrintable(QStringLiteral("sample 1 users seed %1").arg(seed))));
    QCOMPARE(seen.size(), 3);
  }

  void stepsHaveOneSpelling_data() {
    QTest::addColumn<QString>("text");
    const auto row = [](const char* given, const char* text) { QTest::newRow(given) << QString::fromUtf8(text); };
    row("rating>3", "rating > 3");
    row("  rating   >=   3.5 ", "rating >= 3.5");
    row("user==20", "user = 20");
    row("time<2010-01-01", "time < 2010-01-01");
    row("time <= 2010-01-01T10:00:05Z", "time <= 2010-01-01T10:00:05Z");
    row("genre=Science Fiction", "genre = Science Fiction");
    row("maker = A <= B", "maker = A <= B");
    row("title!=100% wolf", "title != 100% wolf");
    row(" core  5", "core 5");
    row("first of  pair", "first of pair");
    row("sample 10 users seed 18446744073709551615", "sample 10 users seed 18446744073709551615");
  }
  void stepsHaveOneSpelling() {
    QFETCH(QString, text);
    const std::string once = step_text(parse_step(QTest::currentDataTag()));
    QCOMPARE(QString::fromStdString(once), text);
    QCOMPARE(step_text(parse_step(once)), once);
  }

  void wrongStepsAreRefused_data() {
    QTest::addColumn<QString>("why");
    const auto row = [](const char* step, const char* why) { QTest::newRow(step) << QString::fromLatin1(why); };
    row("", "expected a comparison");
    row("dense", "expected a comparison");
    row("rating > many", "expected a number, found \"many\"");
    row("rating > nan", "expected a number");
    row("rating >", "expected something on both sides");
    row("> 3", "expected something on both sides");
    row("rating ! 3", "expected <, <=");
    row("time > yesterday", "expected a date like 2005-01-01");
    row("genre > Drama", "expected = or != after genre");
    row("core 0", "expected a whole number 1 ..");
    row("core 2.5", "expected a whole number 1 ..");
    row("sample 0 users seed 1", "at least 1");
    row("sample 5 users seed -1", "whole number as seed");
  }
  void wrongStepsAreRefused() {
    QFETCH(QString, why);
    const std::string message = message_of([] { parse_step(QTest::currentDataTag()); });
    QVERIFY2(message.find(why.toStdString()) != std::string::npos, message.c_str());
  }

  void countsAreOfWhatIsLeft() {
    QCOMPARE(counts_of(small_rows()), (ViewCounts{6, 3, 3}));
    QCOMPARE(counts_of(apply_step(small_rows(), parse_step("core 2"), items, {})), (ViewCounts{2, 1, 1}));
    QCOMPARE(counts_of(apply_step(small_rows(), parse_step("core 9"), items, {})), (ViewCounts{0, 0, 0}));
  }
};

QTEST_GUILESS_MAIN(ViewTest)
#include "view_test.moc"
