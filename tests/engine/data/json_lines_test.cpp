// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/json_lines.h"

#include <QtTest>

#include "engine/base/random.h"

using namespace prefscope;

namespace {

using Values = std::vector<std::string>;

/// The wanted keys of every line, lists with | between their values; a line with a fault is the fault.
std::vector<Values> read(const std::string& text, const std::vector<std::string>& keys) {
  JsonLinesReader reader(open_memory(text), keys);
  std::vector<Values> all;
  for (std::vector<std::string_view> values; reader.next(values);) {
    all.emplace_back(values.begin(), values.end());
    if (!reader.fault().empty()) all.back() = {"! " + reader.fault()};
    for (std::string& value : all.back()) std::replace(value.begin(), value.end(), list_separator, '|');
  }
  return all;
}

}  // namespace

class JsonLinesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void valuesAreReadAsTexts() {
    const auto all = read(
        "{\"a\": \"x\\u00e9\\n\", \"b\": 5.0, \"c\": [\"p\", [\"q\", null, []], 3], \"d\": true}\n"
        "\r\n"
        "  \n"
        "{\"b\": 1.5, \"a\": null, \"c\": {\"a\": \"inner\"}, \"z\": 1}\r\n"
        "{\"b\": 1588687728923, \"a\": -2, \"\": \"none\"}",
        {"a", "b", "c", "d", ""});
    QCOMPARE(all.size(), size_t{3});
    QCOMPARE(all[0], (Values{"x\xc3\xa9\n", "5", "p|q|3", "true", ""}));
    QCOMPARE(all[1], (Values{"", "1.5", "", "", ""}));
    QCOMPARE(all[2], (Values{"-2", "1588687728923", "", "", ""}));
  }

  /// Ids keep their digits; what is no number of JSON is a text.
  void numbersThatDoNotFitStayAsWritten() {
    QCOMPARE(read("{\"a\": 123456789012345678901234567890, \"b\": 1e400, \"c\": [NaN, -Infinity, \"\\\"NaN\", "
                  "18446744073709551615]}",
                  {"a", "b", "c"})
                 .at(0),
             (Values{"123456789012345678901234567890", "1e400", "NaN|-Infinity|\"NaN|18446744073709551615"}));
    QCOMPARE(all_json_keys(open_memory("{\"b\": 1}\n{\"a\": 1, \"b\": 2}\n{\"c\": 3}"), 3), (Values{"b", "a", "c"}));
    QCOMPARE(all_json_keys(open_memory("{\"b\": 1, \"a\": 1}\n{\"c\": 3}"), 2), (Values{"b", "a"}));
    QCOMPARE(json_keys("{\"a\": 1e400, \"b\": Infinity}"), (Values{"a", "b"}));
  }

  /// A value cannot forge the separator of lists.
  void separatorInATextIsBlank() {
    QCOMPARE(read("{\"a\": \"x\\u001fy\", \"b\": [\"p\\u001fq\", \"r\"]}", {"a", "b"}).at(0), (Values{"x y", "p q|r"}));
  }

  void pythonIsRead() {
    QCOMPARE(
        read("{'a': 'it\\'s', 'b': u\"\\\"q\\\"\", 'c': [('x', None), 'y'], 'd': True, 'e': 'None\\x41\\u00e9 \\d'}\n",
             {"a", "b", "c", "d", "e"})
            .at(0),
        (Values{"it's", "\"q\"", "x|y", "true", "NoneA\xc3\xa9 \\d"}));
    std::vector<std::string> list;
    QVERIFY(read_list("['Action', \"Drama\", '']", list) && list == (Values{"Action", "Drama"}));
    list.clear();
    QVERIFY(read_list("[\"a\", 1]", list) && list == (Values{"a", "1"}));
    for (const char* text : {"", "[", "a", "[a]", "(1)", "[1", "['a"}) QVERIFY2(!read_list(text, list), text);
  }

  void linesAreNumberedThroughFaults() {
    JsonLinesReader reader(open_memory("\n{\"a\": 1}\nnonsense\n\n{\"a\": 2}"), {"a"});
    std::vector<std::string_view> values;
    std::string lines;
    while (reader.next(values)) lines += std::to_string(reader.line()) + (reader.fault().empty() ? " " : "! ");
    QCOMPARE(lines, std::string("2 3! 5 "));
  }

  /// A line longer than the window, and windows that end anywhere.
  void longLinesAreWhole() {
    std::string text;
    for (int i = 0; i < 300; ++i)
      text += "{\"a\": \"" + std::string(static_cast<size_t>(i) * 50, 'x') + "\", \"b\": " + std::to_string(i) + "}\n";
    text += "{\"a\": \"" + std::string(3'000'000, 'y') + "\", \"b\": 7}\n{\"b\": 8}\n";
    const auto all = read(text, {"a", "b"});
    QCOMPARE(all.size(), size_t{302});
    for (size_t i = 0; i < 300; ++i) QVERIFY(all[i][0].size() == i * 50 && all[i][1] == std::to_string(i));
    QVERIFY(all[300][0].size() == 3'000'000 && all[301][1] == "8");
  }

  /// Any bytes end, and give valid keys or a fault.
  void anyBytesEnd() {
    Random random(8);
    const std::string alphabet("{}[]\"':,a1\\\n u\0\xff", 18);
    for (int round = 0; round < 5000; ++round) {
      std::string text;
      for (uint64_t n = random.below(30); n > 0; --n) text += alphabet[random.below(alphabet.size())];
      for (const Values& values : read(text, {"a"})) QCOMPARE(values.size(), size_t{1});
      json_keys(text);
    }
  }
};

QTEST_GUILESS_MAIN(JsonLinesTest)
#include "json_lines_test.moc"
