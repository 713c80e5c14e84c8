// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/csv.h"

#include <QtTest>

#include "engine/base/random.h"

using namespace prefscope;

namespace {

using Record = std::vector<std::string>;

/// All records of a text, each with the line where it begins; a record with a fault ends with "! " and the fault.
std::vector<std::pair<int64_t, Record>> records(std::string_view content) {
  CsvReader reader(content);
  std::vector<std::pair<int64_t, Record>> all;
  for (Record fields; reader.next(fields);) {
    if (!reader.fault().empty()) fields.push_back("! " + reader.fault());
    all.emplace_back(reader.line(), fields);
  }
  if (reader.position() != content.size()) qFatal("the reader ends before the content");
  return all;
}

/// A record as RFC 4180 writes it, every field in quotes.
std::string quoted(const Record& fields) {
  std::string line;
  for (const std::string& field : fields) {
    line += line.empty() ? "\"" : ",\"";
    for (const char c : field) line += c == '"' ? "\"\"" : std::string(1, c);
    line += '"';
  }
  return line;
}

}  // namespace

class CsvTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void readsFieldsAndLines() {
    const auto all = records(
        "a,b,c\n"
        "1,,3\n"
        ",,\n"
        "\n"
        "\"x,y\",\"he said \"\"no\"\"\",\"\"\n"
        "\"two\nlines\r\nand three\",5' 7\",z\n"
        "last");
    QCOMPARE(all.size(), size_t{6});
    QVERIFY(all[0].first == 1 && (all[0].second == Record{"a", "b", "c"}));
    QVERIFY(all[1].first == 2 && (all[1].second == Record{"1", "", "3"}));
    QVERIFY(all[2].first == 3 && (all[2].second == Record{"", "", ""}));
    QVERIFY(all[3].first == 5 && (all[3].second == Record{"x,y", "he said \"no\"", ""}));  // the empty line is counted
    QVERIFY(all[4].first == 6 && (all[4].second == Record{"two\nlines\r\nand three", "5' 7\"", "z"}));
    QVERIFY(all[5].first == 9 && (all[5].second == Record{"last"}));  // the record before it took three lines
  }

  /// LF, CRLF, with and without a byte order mark and a last line break: the same records.
  void lineBreaksAndMarksChangeNothing() {
    const std::string plain = "id,title\n1,\"A\"\n\n2,B\n";
    const auto expected = records(plain);
    QCOMPARE(expected.size(), size_t{3});
    std::string crlf;
    for (const char c : plain) crlf += c == '\n' ? "\r\n" : std::string(1, c);
    for (const std::string& text : {plain, crlf}) {
      for (const char* mark : {"", "\xef\xbb\xbf"}) {
        const std::string whole = mark + text;
        QCOMPARE(records(whole), expected);
        QCOMPARE(records(whole.substr(0, whole.size() - 1)), expected);  // CRLF: a single CR is left at the end
        QCOMPARE(records(whole + "\n\r\n"), expected);
      }
    }
    QCOMPARE(records("a\xef\xbb\xbf,b").at(0).second, (Record{"a\xef\xbb\xbf", "b"}));  // no mark in the middle
    QCOMPARE(records("a\rb,c\r").at(0).second, (Record{"a\rb", "c"}));
  }

  void nothingGivesNothing() {
    for (const char* text : {"", "\n", "\r\n\r\n", "\xef\xbb\xbf", "\xef\xbb\xbf\n"}) QVERIFY(records(text).empty());
    QCOMPARE(records("\"\"").at(0).second, Record{""});
    QCOMPARE(records(",").at(0).second, (Record{"", ""}));
  }

  void bytesStayAsTheyAre() {
    const std::string text("\xff\xfe\0,</s>,<b>'); --", 18);
    QCOMPARE(records(text).at(0).second, (Record{std::string("\xff\xfe\0", 3), "</s>", "<b>'); --"}));
  }

  /// A fault is told with the record where it begins, and the next record has none.
  void faultsAreTold() {
    auto all = records("a,b\n\"x\"y,z\n1,2\n");
    QCOMPARE(all.size(), size_t{3});
    QCOMPARE(all[1].first, int64_t{2});
    QVERIFY(all[1].second.back().starts_with("! text after a closing quote"));
    QCOMPARE(all[2].second, (Record{"1", "2"}));
    all = records("a,b\n1,\"x\n2,y\n");
    QCOMPARE(all.size(), size_t{2});
    QCOMPARE(all[1].first, int64_t{2});
    QVERIFY(all[1].second.back().starts_with("! a quoted field does not end"));
  }

  /// A forgotten quote before 3 MiB of lines: told after 1 MiB, without taking the rest for one field.
  void endlessFieldIsCutOff() {
    std::string text = "a,\"b\n";
    while (text.size() < 3'000'000) text += "some more text, and more\n";
    const auto all = records(text);
    QCOMPARE(all.size(), size_t{1});
    QVERIFY(all[0].second.back().starts_with("! a field of more than 1 MiB"));
    size_t bytes = 0;
    for (const std::string& field : all[0].second) bytes += field.size();
    QVERIFY(bytes < (size_t{1} << 20) + 200);
    // Just under 1 MiB is a field like any other.
    const std::string longest(size_t{1} << 20, 'x');
    QCOMPARE(records("\"" + longest + "\"").at(0).second, Record{longest});
  }

  /// Any bytes come back when they are written as the standard says.
  void whatIsQuotedComesBack() {
    Random random(5);
    const std::string alphabet = "ab,\"\n\r' \xc3\xa9\xff";
    for (int round = 0; round < 2000; ++round) {
      std::vector<Record> written(1 + random.below(4));
      std::string text;
      for (Record& record : written) {
        record.resize(1 + random.below(4));
        for (std::string& field : record) {
          for (uint64_t n = random.below(6); n > 0; --n) field += alphabet[random.below(alphabet.size())];
        }
        text += quoted(record) + (random.below(2) ? "\n" : "\r\n");
      }
      const auto read = records(text);
      QCOMPARE(read.size(), written.size());
      for (size_t i = 0; i < read.size(); ++i) QVERIFY2(read[i].second == written[i], text.c_str());
    }
  }

  /// Whatever comes in, the reader ends and takes each byte once.
  void anyBytesEnd() {
    Random random(6);
    const std::string alphabet("a,\"\n\r\0\xef\xbb\xbf", 9);
    for (int round = 0; round < 5000; ++round) {
      std::string text;
      for (uint64_t n = random.below(20); n > 0; --n) text += alphabet[random.below(alphabet.size())];
      size_t bytes = 0;
      int64_t line = 0;
      for (const auto& [at, fields] : records(text)) {
        QVERIFY(at > line);
        line = at;
        QVERIFY(!fields.empty());
        for (const std::string& field : fields) bytes += field.starts_with("! ") ? 0 : field.size();
      }
      QVERIFY(bytes <= text.size());
    }
  }
};

QTEST_GUILESS_MAIN(CsvTest)
#include "csv_test.moc"
