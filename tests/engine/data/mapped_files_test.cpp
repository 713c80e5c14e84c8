// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/mapped_files.h"

#include <QtTest>

#include "engine/base/error.h"
#include "engine/data/readers.h"

using namespace prefscope;

namespace {

using Lines = std::vector<std::string>;

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

class MappedFilesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void formsAreGuessed() {
    const auto form = [](const char* text) {
      const TableForm guessed = guess_form(memory_file("a", text));
      return std::string(guessed.json_lines ? "json" : guessed.delimited.separator) + (guessed.header ? " header" : "");
    };
    QCOMPARE(form("a,b,c\n"), std::string(", header"));
    QCOMPARE(form("a,b\tc\td\n"), std::string("\t header"));
    QCOMPARE(form("\"x;y\";\"b\"\n"), std::string("; header"));
    QCOMPARE(form("1::2::3\n"), std::string("::"));
    QCOMPARE(form("1|b|c\n"), std::string("|"));
    QCOMPARE(form("{\"a\": 1}\n"), std::string("json header"));
    QCOMPARE(form("one\n"), std::string(", header"));
  }

  /// Columns by name or number, a list in Python's notation, a date of one's own, and a title in the row itself.
  void tablesAreMapped() {
    const InputFile table = memory_file("log.txt",
                                        "made by hand\n"
                                        "who;what;name;stars;when;tags\n"
                                        "ann;7;\"Heat &amp; Dust\";4,5;31.12.2015;['drama', 'love']\n"
                                        "bob;7;Other;;01.01.2016 ;[]\n"
                                        "bob;8;;3;02.01.2016;a|b\n");
    const std::string words =
        "user=who,item=#2,title=name,time=when,date=%d.%m.%Y,attribute=tags:tag:|,skip=1,separator=;";
    const RawDataSet set = read_mapped({table}, words, "", {});
    QCOMPARE(set.format, std::string("mapped"));
    QCOMPARE(set.users, (Lines{"ann", "bob"}));
    QCOMPARE(set.items[0].title, std::string("Heat & Dust"));
    QCOMPARE(set.items[0].attributes.size(), size_t{2});
    QCOMPARE(set.items[0].attributes[1].second, std::string("love"));
    QCOMPARE(set.items[1].title, std::string("8"));
    QCOMPARE(set.items[1].attributes[1].second, std::string("b"));
    QCOMPARE(set.interactions.times, (std::vector<int64_t>{1451520000, 1451692800}));  // 2015-12-31, 2016-01-02
    QCOMPARE(set.report.dropped(), int64_t{1});                                        // a blank behind the date
    QVERIFY(std::any_of(set.report.remarks.begin(), set.report.remarks.end(), [](const Remark& r) {
      return remark_text(r) == "log.txt line 4: expected a time in the form %d.%m.%Y, found \"01.01.2016 \"";
    }));
    // The preview shows the same rows, the one that would be dropped with its reason.
    const auto rows = preview(table, parse_mapping(words, guess_form(table)), {});
    QCOMPARE(rows.size(), size_t{3});
    QVERIFY(rows[0].line == 3 && rows[0].user == "ann" && rows[0].item == "7" && rows[0].problem.empty());
    QCOMPARE(rows[0].time, std::string("2015-12-31 00:00:00"));
    QVERIFY(rows[1].problem.starts_with("expected a time in the form %d.%m.%Y"));
    // A comma is no decimal point: it is told, not read as 4.
    const auto rated = preview(table, parse_mapping(words + ",rating=stars", guess_form(table)), {});
    QCOMPARE(rated[0].problem, std::string("expected a rating, found \"4,5\""));
  }

  /// A list may hold many values, and one twice, which is one: in the order of the file.
  void aValueIsThereOnce() {
    std::string list = "b|a|b";
    for (int i = 0; i < 1'000'000; ++i) list += "|" + std::to_string(i);
    const RawDataSet set = read_mapped({memory_file("a.csv", "u,i,tags,more\n1,2," + list + "|a,a\n")},
                                       "user=u,item=i,attribute=tags:tag:|,attribute=more", "", {});
    const auto& attributes = set.items.at(0).attributes;
    QCOMPARE(attributes.size(), size_t{1'000'003});
    QVERIFY(attributes[0].second == "b" && attributes[1].second == "a" && attributes[2].second == "0");
    QVERIFY(attributes.back() == std::pair(std::string("more"), std::string("a")));
  }

  /// "#2" is the second column; "#user" and "#1st" are names, and so is "#2" where one column is called so.
  void columnsAreNamedOrNumbered() {
    const auto users = [](const char* text, const char* words) {
      Lines all;
      const std::string message =
          message_of([&] { all = read_mapped({memory_file("a.csv", text)}, words, "", {}).users; });
      return message == "no error" ? all : Lines{message};
    };
    QCOMPARE(users("#user,item\nann,7\n", "user=#user,item=item"), Lines{"ann"});
    QCOMPARE(users("x,#1st,item\nann,bob,7\n", "user=#1st,item=item"), Lines{"bob"});
    QVERIFY(users("x,y,item\nann,bob,7\n", "user=#1st,item=item")[0].find("found a.csv with x, y, item") !=
            std::string::npos);
    QCOMPARE(users("x,item,#1\nann,7,bob\n", "user=#1,item=item"), Lines{"bob"});
    QCOMPARE(users("id,id,#1,#1\nann,7,x,y\n", "user=#1,item=#2"), Lines{"ann"});
    QVERIFY(users("id,id,item\nann,bob,7\n", "user=id,item=item")[0].find("found it twice; name it by its number") !=
            std::string::npos);
    // Keys have no numbers; one may be called like one.
    QVERIFY(users("{\"u\": 1, \"i\": 2}\n", "user=#1,item=#2")[0].ends_with(
        "expected a file with these columns, found a.csv with the keys, which have no numbers, u, i"));
    QCOMPARE(users("{\"u\": 1, \"i\": 2}\n", "user=u,item=i,rating=#3"),
             Lines{"a.csv: expected a key of its JSON objects, found #3; name the key, as they have no numbers: u, i"});
    QCOMPARE(users("{\"u\": 1, \"#1\": 2}\n", "user=u,item=#1"), Lines{"1"});
  }

  /// Blanks are no id; the lines end with CR alone.
  void blankIdsAreDropped() {
    const InputFile table = memory_file("a.csv", "u,i\r1,2\r ,3\r4, \r");
    const RawDataSet set = read_mapped({table}, "user=u,item=i", "", {});
    QVERIFY(set.interactions.size() == 1 && set.report.dropped() == 2);
    QCOMPARE(remark_text(set.report.remarks.at(0)), std::string("a.csv line 3: an interaction without a user"));
    QCOMPARE(remark_text(set.report.remarks.at(1)), std::string("a.csv line 4: an interaction without an item"));
    const auto shown = preview(table, parse_mapping("user=u,item=i", guess_form(table)), {});
    QVERIFY(shown.at(0).problem.empty() && !shown.at(1).problem.empty() && !shown.at(2).problem.empty());
  }

  void previewEndsAtFiftyRows() {
    std::string text = "u,i\n";
    for (int i = 0; i < 60; ++i) text += "1,2\n";
    const InputFile file = memory_file("a.csv", text);
    QCOMPARE(preview(file, parse_mapping("user=u,item=i", guess_form(file)), {}).size(), size_t{50});
  }

  /// JSON lines and a file of items beside them; times in milliseconds or as ISO 8601.
  void jsonLinesAreMapped() {
    const RawDataSet set =
        read_mapped({memory_file("items.csv", "id,name\n7,Heat\n"),
                     memory_file("log.jsonl",
                                 "{\"u\": 1, \"i\": 7, \"t\": 1451520000000}\n{\"u\": 1, \"i\": \"8\", \"t\": "
                                 "\"2016-01-02T02:00:00+02:00\"}\n")},
                    "user=u,item=i,time=t", "item=id,title=name", {});
    QCOMPARE(set.items[0].title, std::string("Heat"));
    QCOMPARE(set.items[1].title, std::string("8"));
    QCOMPARE(set.interactions.times, (std::vector<int64_t>{1451520000, 1451692800}));
  }

  void badMappingsAreNamed_data() {
    QTest::addColumn<QString>("words");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* words, const char* message) {
      QTest::newRow(words) << QString::fromUtf8(words) << QString::fromUtf8(message);
    };
    row("user", "--map user: expected what=column");
    row("user=u,item=i,colour=red", "--map colour=red: expected user, item, rating,");
    row("user=u,item=i,user=t", "--map user=t: expected user once, found it twice");
    row("user=u", "--map user=u: expected item=column");
    row("item=i", "--map item=i: expected user=column");
    row("user=u,item=x", "--map user=u,item=x: expected a file with these columns, found a.csv with u, i, t");
    row("user=u,item=#4", "--map user=u,item=#4: expected a file with these columns, found a.csv with u, i, t");
    row("user=u,item=i,skip=-1", "--map skip=-1: expected a number of lines");
    row("user=u,item=i,separator=abc", "--map separator=abc: expected tab, comma, or one or two");
    row("user=u,item=i,date=%Y-%m", "date format %Y-%m: expected a year, a month and a day");
    row("user=u,item=i,date=%Q", "date format %Q: expected %Y %y");
    row("user=u,item=i,encoding=ebcdic", "encoding ebcdic: expected utf-8");
    row("user=u,item=i,header=maybe", "--map header=maybe: expected yes or no");
  }
  void badMappingsAreNamed() {
    QFETCH(QString, words);
    QFETCH(QString, message);
    const std::string found =
        message_of([&] { read_mapped({memory_file("a.csv", "u,i,t\n1,2,3\n")}, words.toStdString(), "", {}); });
    QVERIFY2(found.starts_with(message.toStdString()), found.c_str());
  }
};

QTEST_GUILESS_MAIN(MappedFilesTest)
#include "mapped_files_test.moc"
