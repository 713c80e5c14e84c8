// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/preference_json.h"

#include <QtTest>
#include <map>

#include "engine/base/error.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

const fs::path data = fs::path(PREFSCOPE_TEST_DATA) / "preferences";

RawDataSet read(const std::vector<std::string>& names, std::optional<Role> role = {}) {
  std::vector<fs::path> paths;
  for (const std::string& name : names) paths.push_back(data / name);
  return read_preference_json(open_inputs(paths, {}), role, {});
}

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    return e.kind() == ErrorKind::BadFile ? e.what() : "another kind of error";
  }
  return "no error";
}

/// Sources and numbers of pairs, as "source: pairs".
std::vector<std::string> shape(const RawDataSet& set) {
  std::vector<std::string> all;
  for (const RawExample& e : set.examples) all.push_back(e.source + ": " + std::to_string(e.pairs.size()));
  return all;
}

}  // namespace

class PreferenceJsonTest : public QObject {
  Q_OBJECT

  using Lines = std::vector<std::string>;

 private Q_SLOTS:
  /// Records 1 and 2 have one history and one positive: two pairs. 3 has another history, 4 the same one but another
  /// positive, 5 is on its own.
  void consecutiveRecordsBecomeOneExample() {
    const RawDataSet set = read({"pairs.json"});
    QCOMPARE(set.format, std::string("dmpo-json"));
    QVERIFY(set.report.remarks.empty() && set.users.empty() && set.items.empty() && set.interactions.size() == 0);
    QCOMPARE(shape(set), (Lines{"pairs.json record 1: 2", "pairs.json record 3: 1", "pairs.json record 4: 1",
                                "pairs.json record 5: 1"}));
    for (const RawExample& e : set.examples) QCOMPARE(e.role, Role::Train);
    const auto& pairs = set.examples[0].pairs;
    const std::string history = "The user watched <Title:Old 1> , <Title:Older 1>. ";
    QCOMPARE(pairs[0].prompt, history + "Rank the likelihood of the user watching the two movies <A> and <B>.");
    QCOMPARE(pairs[1].prompt, history + "Rank the likelihood of the user watching the two movies <A> and <C>.");
    QCOMPARE(pairs[1].chosen, std::string(" <Title:A> ,  <Title:C> "));  // blanks and all
    QCOMPARE(pairs[1].rejected, std::optional<std::string>(" <Title:C> ,  <Title:A> "));
    QCOMPARE(set.examples[3].pairs[0].chosen, std::string(" <Title:É </s> <b>> ,  <Title:'; --> "));
  }

  void recordsWithATextAreExamplesOfTheirOwn() {
    const RawDataSet set = read({"sft.json"});
    QCOMPARE(shape(set), (Lines{"sft.json record 1: 1", "sft.json record 2: 1"}));
    QVERIFY(!set.examples[0].pairs[0].rejected);
    QCOMPARE(set.examples[0].pairs[0].chosen, std::string(" <Title:A> ,  <Title:B> "));
  }

  /// A text between two pairs of one history ends the example before it.
  void mixedFilesAreRead() {
    const RawDataSet set = read({"mixed.json"});
    QCOMPARE(shape(set), (Lines{"mixed.json record 1: 1", "mixed.json record 2: 1", "mixed.json record 3: 2"}));
    QVERIFY(set.examples[0].pairs[0].rejected && !set.examples[1].pairs[0].rejected);
  }

  void rolesFollowTheNameUnlessGiven() {
    RawDataSet set = read({"eval_pairs.json", "sft.json"});
    QCOMPARE(shape(set), (Lines{"eval_pairs.json record 1: 1", "eval_pairs.json record 2: 1", "sft.json record 1: 1",
                                "sft.json record 2: 1"}));
    QVERIFY(set.examples[1].role == Role::HeldOut && set.examples[2].role == Role::Train);
    for (const Role role : {Role::Train, Role::HeldOut}) {
      for (const RawExample& e : read({"eval_pairs.json", "sft.json"}, role).examples) QCOMPARE(e.role, role);
    }
  }

  /// Files are never joined: the last record of one and the first of the next stay apart.
  void filesStayApart() {
    QCOMPARE(shape(read({"bom_crlf.json", "pairs.json"})),
             (Lines{"bom_crlf.json record 1: 1", "pairs.json record 1: 2", "pairs.json record 3: 1",
                    "pairs.json record 4: 1", "pairs.json record 5: 1"}));
  }

  void inputGoesBelowTheInstruction() {
    const RawDataSet set = read({"inputs.json"});
    QCOMPARE(set.examples.size(), size_t{3});
    QVERIFY(set.examples[0].pairs[0].prompt.ends_with("<A> and <B>.\nAs of today."));
    for (const size_t i : {1, 2}) QVERIFY(set.examples[i].pairs[0].prompt.ends_with("<A> and <B>."));  // null, absent
  }

  void samePairTwiceIsDropped() {
    const RawDataSet set = read({"bad/same_pair_twice.json"});
    QCOMPARE(shape(set), Lines{"same_pair_twice.json record 1: 2"});
    QCOMPARE(set.report.remarks.size(), size_t{1});
    QCOMPARE(remark_text(set.report.remarks[0]),
             std::string("same_pair_twice.json line 3: the same pair was there before"));
    QVERIFY(set.report.rows_read == 3 && set.report.kept == 2 && set.report.remarks[0].kind == RemarkKind::Dropped);
  }

  void filesThatHoldNothingAreSaid() {
    const RawDataSet set = read({"bad/not_json.json", "sft.json", "bad/no_records.json"});
    QCOMPARE(set.examples.size(), size_t{2});
    QCOMPARE(set.report.remarks.size(), size_t{2});
    QCOMPARE(remark_text(set.report.remarks[0]), std::string("not_json.json: the whole file: it is not JSON"));
    QCOMPARE(remark_text(set.report.remarks[1]), std::string("no_records.json: no records in the file"));
    QCOMPARE(message_of([&] { read({"bad/no_records.json"}); }), std::string("no_records.json: no records to import"));
  }

  void badFilesAreNamed_data() {
    QTest::addColumn<QString>("message");
    const auto row = [](const char* file, const char* what) {
      QTest::newRow(file) << QStringLiteral("%1.json record 2: %2; mend the record, nothing was imported")
                                 .arg(QLatin1String(file), QString::fromUtf8(what));
    };
    row("record_is_text", "expected an object with instruction and output, found a text");
    row("without_output", "expected the key \"output\", found none");
    row("without_instruction", "expected the key \"instruction\", found none");
    row("instruction_empty", "expected instruction to be a text, found an empty text");
    row("instruction_is_a_number", "expected instruction to be a text, found 5");
    row("input_is_a_list", "expected input to be a text, found a list of 1");
    row("output_of_three", "expected output to be a text or [chosen, rejected], found a list of 3");
    row("output_of_one", "expected output to be a text or [chosen, rejected], found a list of 1");
    row("output_is_null", "expected output to be a text or [chosen, rejected], found null");
    row("text_empty", "expected output to be a text or [chosen, rejected], found an empty text");
    row("output_of_numbers", "expected chosen and rejected to be texts, found 1");
    row("chosen_empty", "expected chosen and rejected to be texts, found an empty text");
    row("rejected_empty", "expected chosen and rejected to be texts, found an empty text");
    row("chosen_is_rejected", "expected two responses, found the same text twice");
    row("without_question", "expected a prompt that holds a history and then \"Rank the likelihood ...\", found none");
    row("nested_too_deep", "nested more than 8 deep");
  }
  void badFilesAreNamed() {
    QFETCH(QString, message);
    const std::string file = std::string("bad/") + QTest::currentDataTag() + ".json";
    QCOMPARE(QString::fromStdString(message_of([&] { read({file}); })), message);
  }

  /// Damaged JSON: the record, the library's place, and only valid UTF-8.
  void damagedFilesAreNamed() {
    for (const auto& [file, words] : std::map<std::string, std::string>{{"truncated", "unexpected end of input"},
                                                                        {"not_utf8", "invalid string"},
                                                                        {"trailing_comma", "unexpected ']'"},
                                                                        {"two_arrays", "expected end of input"}}) {
      const std::string message = message_of([&] { read({"bad/" + file + ".json"}); });
      QVERIFY2(message.starts_with(file + ".json record 2: the JSON is damaged: parse error at line "),
               message.c_str());
      QVERIFY2(message.find(words) != std::string::npos, message.c_str());
      QVERIFY(message.ends_with("; mend the record, nothing was imported") && message.size() < 400);
      QCOMPARE(QString::fromStdString(message).toStdString(), message);
    }
    QCOMPARE(message_of([&] { read({"bad/not_an_array.json"}); }),
             std::string("not_an_array.json record 1: expected the key \"instruction\", found none; mend the record, "
                         "nothing was imported"));
  }

  /// A file of one line has no line 2 to be wrong.
  void cutFirstLineIsNamed() {
    const std::string message = message_of(
        [] { read_preference_json({memory_file("cut.jsonl", "{\"instruction\": \"a\", \"outp\n")}, {}, {}); });
    QVERIFY2(message.starts_with("cut.jsonl record 1: the JSON is damaged: parse error at line 1, "), message.c_str());
  }

  /// Another file that is wrong spoils the import whichever comes first.
  void oneBadFileSpoilsAll() {
    for (const auto& order : {Lines{"pairs.json", "bad/text_empty.json"}, Lines{"bad/text_empty.json", "pairs.json"}})
      QVERIFY(message_of([&] { read(order); }).starts_with("text_empty.json record 2: "));
  }

  /// A million brackets need no stack, and a file that would need too much memory is not parsed.
  void hostileSizesAreRefused() {
    const std::string deep =
        message_of([&] { read_preference_json({memory_file("deep.json", std::string(1'000'000, '['))}, {}, {}); });
    QVERIFY2(deep.starts_with("deep.json record 1: nested more than 8 deep"), deep.c_str());
    std::string large = "[";
    large.resize((size_t{256} << 20) + 1, ' ');
    const std::string message =
        message_of([&] { read_preference_json({memory_file("large.json", std::move(large))}, {}, {}); });
    QVERIFY2(message.starts_with("large.json: expected at most 256 MiB, found more; split the file"), message.c_str());
  }

  /// The paper's other form: objects one behind the other, on lines of their own or not, braces in texts and all.
  void concatenatedObjectsAreRead() {
    const RawDataSet list = read({"pairs.json"});
    std::string objects = read_all(open_inputs({data / "pairs.json"}, {})[0].open(), 1 << 20, "");
    objects = objects.substr(objects.find('{'), objects.rfind('}') + 1 - objects.find('{'));
    for (size_t at = 0; (at = objects.find("},", at)) != std::string::npos; ++at) objects[at + 1] = '\n';
    const RawDataSet set = read_preference_json({memory_file("pairs.json", objects)}, {}, {});
    QCOMPARE(shape(set), shape(list));
    for (size_t e = 0; e < set.examples.size(); ++e)
      QVERIFY(set.examples[e].pairs[0].prompt == list.examples[e].pairs[0].prompt &&
              set.examples[e].pairs[0].chosen == list.examples[e].pairs[0].chosen);
    const std::string record = "{\"instruction\": \"{\\\\\\\"} Rank the likelihood\", \"output\": \"}{\"}";
    QCOMPARE(read_preference_json({memory_file("a", record + record)}, {}, {}).examples.size(), size_t{2});
    QVERIFY(message_of([&] {
              read_preference_json({memory_file("a", record + record.substr(0, 20))}, {}, {});
            }).starts_with("a record 2: the JSON is damaged"));
  }

  /// A candidate record is one example: the true selection against each other candidate, in the order of the file.
  void candidateRecordsAreRead() {
    const std::string record =
        R"({"historyList": "Boris::Fever Ray", "itemList": ["Hope", "µ-Ziq", "Angra"], "trueSelection": "µ-Ziq"})";
    const RawDataSet set = read_candidate_records({memory_file("val.json", "[" + record + "," + record + "]")}, {}, {});
    QCOMPARE(set.examples.size(), size_t{1});
    QCOMPARE(remark_text(set.report.remarks.at(0)), std::string("val.json line 2: the same record was there before"));
    QVERIFY(set.report.rows_read == 2 && set.report.kept == 1);
    const RawExample& example = set.examples[0];
    QVERIFY(example.role == Role::HeldOut && example.pairs.size() == 2);
    QVERIFY(example.pairs[0].chosen == "µ-Ziq" && *example.pairs[0].rejected == "Hope" &&
            *example.pairs[1].rejected == "Angra");
    const std::string& prompt = example.pairs[1].prompt;
    QVERIFY(prompt == example.pairs[0].prompt && prompt.find("Boris") < prompt.find("Fever Ray") &&
            prompt.find("Fever Ray") < prompt.find("Hope") && prompt.find("Hope") < prompt.find("Angra"));
    const auto refused = [&](const char* text) {
      return message_of([&] { read_candidate_records({memory_file("a", text)}, {}, {}); });
    };
    QVERIFY(refused(R"([{"historyList": "A", "itemList": ["B", "C"], "trueSelection": "D"}])")
                .starts_with("a record 1: expected trueSelection among the candidates, found \"D\""));
    QVERIFY(refused(R"([{"historyList": "A", "itemList": ["B", "B"], "trueSelection": "B"}])")
                .starts_with("a record 1: expected different candidates"));
    QVERIFY(refused(R"([{"itemList": ["B", "C"], "trueSelection": "B"}])")
                .starts_with("a record 1: expected the key \"historyList\""));
    QVERIFY(refused(R"([{"historyList": "A", "itemList": "B", "trueSelection": "B"}])")
                .starts_with("a record 1: expected itemList to be a list"));
    std::string many = R"([{"historyList": "A", "trueSelection": "0", "itemList": ["0")";
    for (int i = 1; i < 1000; ++i) many += ", \"" + std::to_string(i) + "\"";
    QCOMPARE(read_candidate_records({memory_file("a", many + "]}]")}, {}, {}).examples[0].pairs.size(), size_t{999});
    QCOMPARE(refused((many + ", \"1000\"]}]").c_str()),
             std::string("a record 1: expected itemList to hold at most 1000 candidates, found 1001; mend the record, "
                         "nothing was imported"));
  }

  void yesAndNoAreTheOthersRejected() {
    const RawDataSet set = read_yes_no_instructions(
        {memory_file("train.json", R"([{"instruction": "Will they like it?", "input": "User: A", "output": "Yes."},
                                       {"instruction": "Will they like it?", "input": "User: B", "output": "No."}])")},
        {}, {});
    QCOMPARE(set.examples.size(), size_t{2});
    QVERIFY(set.examples[0].role == Role::Train && set.examples[0].pairs[0].prompt == "Will they like it?\nUser: A");
    QVERIFY(set.examples[0].pairs[0].chosen == "Yes." && *set.examples[0].pairs[0].rejected == "No.");
    QVERIFY(set.examples[1].pairs[0].chosen == "No." && *set.examples[1].pairs[0].rejected == "Yes.");
    QVERIFY(message_of([&] {
              read_yes_no_instructions({memory_file("a", R"([{"instruction": "x", "output": "Maybe"}])")}, {}, {});
            }).starts_with("a record 1: expected output to be \"Yes.\" or \"No.\", found \"Maybe\""));
  }

  void stopIsHonoured() {
    std::stop_source source;
    std::string text = "[";
    for (int i = 0; i < 3000; ++i)
      text += "{\"instruction\":\"Rank the likelihood " + std::to_string(i) + "\",\"output\":\"a\"},";
    text.back() = ']';
    QCOMPARE(read_preference_json({memory_file("a.json", text)}, {}, {}).examples.size(), size_t{3000});
    const TaskContext context{[&](const Progress&) { source.request_stop(); }, source.get_token()};
    QVERIFY_THROWS_EXCEPTION(Cancelled, read_preference_json({memory_file("a.json", text)}, {}, context));
  }
};

QTEST_GUILESS_MAIN(PreferenceJsonTest)
#include "preference_json_test.moc"
