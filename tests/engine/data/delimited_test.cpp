// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/delimited.h"

#include <QtTest>

#include "engine/base/random.h"
#include "engine/data/encoding.h"

using namespace prefscope;

namespace {

using Record = std::vector<std::string>;

using Records = std::vector<std::pair<int64_t, Record>>;

/// The same bytes, given out at most `piece` at a time, so that records are met cut at every place.
ByteStream in_pieces(std::string_view content, size_t piece) {
  ByteStream whole = open_memory(std::string(content));
  return {[read = std::move(whole.read), piece](char* into, size_t room) { return read(into, std::min(room, piece)); },
          std::move(whole.done)};
}

Records read(std::string_view content, size_t piece, const DelimitedForm& form) {
  const bool marked = content.starts_with("\xef\xbb\xbf");
  DelimitedReader reader(decoded(in_pieces(content, piece), marked ? Encoding::Utf8Mark : Encoding::Utf8), form);
  Records all;
  for (std::vector<std::string_view> fields; reader.next(fields);) {
    all.emplace_back(reader.line(), Record(fields.begin(), fields.end()));
    if (!reader.fault().empty()) all.back().second.push_back("! " + reader.fault());
  }
  return all;
}

/// All records of a text, each with the line where it begins; a record with a fault ends with "! " and the fault.
/// Whether they come whole or in pieces changes nothing.
Records records(std::string_view content, const DelimitedForm& form = {}) {
  Records all = read(content, size_t{1} << 20, form);
  if (content.size() < 1000) {
    for (const size_t piece : {1, 2, 7}) {
      if (read(content, piece, form) != all) qFatal("records depend on the pieces");
    }
  }
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

class DelimitedTest : public QObject {
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

  void separatorsOfOtherForms() {
    QCOMPARE(records("1::Heat (1995)::Action|Crime\r\n", {"::", false, false}).at(0).second,
             (Record{"1", "Heat (1995)", "Action|Crime"}));
    QCOMPARE(records("a:b::c:::d\n", {"::", false, false}).at(0).second, (Record{"a:b", "c", ":d"}));
    QCOMPARE(records("1\t\"5\" record\t\n", {"\t", false, false}).at(0).second, (Record{"1", "\"5\" record", ""}));
    // The older Book-Crossing files: a backslash before a quote, and the separator within quotes.
    QCOMPARE(records("\"1\";\"The \\\"Real\\\" J. &amp; Co\";\"a\\\\b\"\n", {";", true, true}).at(0).second,
             (Record{"1", "The \"Real\" J. &amp; Co", "a\\b"}));
    QCOMPARE(records("\"a\\\"", {";", true, true}).at(0).second.size(),
             size_t{2});  // the quote that would end it is escaped
  }

  /// A line of 20 MB without a break, quoted or not, is told and not taken into memory.
  void endlessLineIsCutOff() {
    const auto all = records(std::string(20'000'000, 'x'));
    QCOMPARE(all.size(), size_t{1});
    QVERIFY(all[0].second.back().starts_with("! a line of more than 16 MiB"));
    std::string many = "a";
    while (many.size() < 18'000'000) many += ",\"" + std::string(10'000, 'b') + "\"";
    QVERIFY(records(many).at(0).second.back().starts_with("! a line of more than 16 MiB"));
  }

  /// A line of 15 MB of separators is told after 10,000 columns, which a table may have.
  void endlessColumnsAreCutOff() {
    const auto all = records(std::string(15'000'000, ',') + "\n1,2\n");
    QCOMPARE(all.size(), size_t{1});
    QCOMPARE(all[0].second.size(), size_t{10'001});
    QVERIFY(all[0].second.back().starts_with("! a line of more than 10000 columns; the separator is probably another"));
    QCOMPARE(records(std::string(9'999, ',')).at(0).second, Record(10'000));
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

QTEST_GUILESS_MAIN(DelimitedTest)
#include "delimited_test.moc"
