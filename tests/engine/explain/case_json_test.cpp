// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/case_json.h"

#include <QtTest>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/engine/explain/full_case.h"
#include "tests/engine/messages.h"

using namespace prefscope;
using Json = nlohmann::json;

namespace {

/// The JSON of a full case with one place replaced; erased where value is "erase".
std::string changed(const char* place, const Json& value) {
  Json all = Json::parse(cases_json({full_case()}));
  const Json::json_pointer at(place);
  if (value == "erase") {
    all[at.parent_pointer()].erase(at.back());
  } else {
    all[at] = value;
  }
  return all.dump();
}

}  // namespace

class CaseJsonTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  /// Written, read and written again it is the same text; a double that lost a bit would print otherwise.
  void comesBackBitEqual() {
    KeptCase second = full_case();
    second.report.evidence.reset();
    second.report.changes.reset();
    second.report.chain = {};
    second.source.adapters.clear();
    second.report.rank.example.role = Role::Panel;
    const std::string text = cases_json({full_case(), second});
    const std::vector<KeptCase> back = cases_from_json(text, "case.json");
    QCOMPARE(back.size(), size_t{2});
    QCOMPARE(cases_json(back), text);
    const KeptCase& kept = back.front();
    const MarginPoint &p = kept.report.points[0], q = full_case().report.points[0];
    QVERIFY(p.reference == q.reference && p.policy == q.policy && p.ratio_chosen == 5e-324 && p.ratio_chosen > 0);
    QVERIFY(p.ratio_rejected == 0 && std::signbit(p.ratio_rejected));
    QVERIFY(p.hardest.policy == -123456.789 && p.rank_reference == 1.5 && p.chosen_first_reference && !p.chosen_first);
    for (size_t i = 0; i < hostile_titles().size(); ++i) {
      QCOMPARE(kept.report.rank.candidates[i].title, hostile_titles()[i]);
      QVERIFY(kept.report.rank.candidates[i].log_prob == full_case().report.rank.candidates[i].log_prob);
    }
    QCOMPARE(kept.note, full_case().note);
    QCOMPARE(kept.tags, full_case().tags);
    QCOMPARE(kept.source.adapters[0].run, std::string("DMPO <2>"));
    QVERIFY(kept.report.rank.example.role == Role::HeldOut && back[1].report.rank.example.role == Role::Panel);
    QVERIFY(kept.report.rank.example.pairs[1].rejected == "r" && !kept.report.rank.example.pairs[0].rejected);
    QVERIFY(kept.report.chain.models[1].run == 2 && !kept.report.chain.models[0].run);
    QVERIFY(kept.report.evidence->items[0].replacement[1] == 1.0 / 3 && !back[1].report.evidence);
    QCOMPARE(kept.report.evidence_item, 103);
    QVERIFY(kept.report.changes->lead == 1.0 / 3 &&
            kept.report.changes->additions[0].added[1].title == hostile_titles()[0]);
    QVERIFY(!back[1].report.changes);
    QVERIFY(kept.report.evidence->attributes[0].attribute == Attribute("genre", "mystery"));
  }

  /// What an older version did not have yet is read as nothing: histories were listed by time before version 4, the
  /// evidence was of the target before version 3, and before version 2 there were no models beside.
  void olderVersionsAreRead() {
    Json old = Json::parse(cases_json({full_case()}));
    old["version"] = 3;
    old["cases"][0]["report"].erase("by_effect");
    KeptCase by_time = full_case();
    by_time.report.by_effect = false;
    QCOMPARE(cases_json(cases_from_json(old.dump(), "case.json")), cases_json({by_time}));
    old["version"] = 2;
    old["cases"][0]["report"].erase("evidence_item");
    old["cases"][0]["report"].erase("changes");
    KeptCase expected = by_time;
    expected.report.evidence_item = 0;
    expected.report.changes.reset();
    QCOMPARE(cases_json(cases_from_json(old.dump(), "case.json")), cases_json({expected}));
    old["version"] = 1;
    old["cases"][0]["report"].erase("beside");
    expected.report.beside.clear();
    QCOMPARE(cases_json(cases_from_json(old.dump(), "case.json")), cases_json({expected}));
    old["cases"][0]["report"] = 5;
    QVERIFY(holds(message_of([&] { cases_from_json(old.dump(), "x.json"); }),
                  "cases[0].report: expected an object, found 5"));
    old["cases"] = "none";
    QVERIFY(holds(message_of([&] { cases_from_json(old.dump(), "x.json"); }), "cases: expected a list"));
  }

  void whatIsWrongIsNamed_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("message");
    const auto row = [](const char* name, const std::string& text, const char* message) {
      QTest::newRow(name) << QByteArray::fromStdString(text) << QByteArray(message);
    };
    row("empty", "", "x.json: expected a case.json; ");
    row("half", "{\"format\": \"prefscope-ca", "x.json: expected a case.json; ");
    row("not UTF-8", "{\"format\": \"\xff\"}", "x.json: expected a case.json; ");
    row("another file", "{\"format\": \"geojson\"}", "(\"format\": \"prefscope-cases\"), found another file");
    row("a list", "[1, 2]", "found a list of 2");
    row("newer", changed("/version", 5),
        "expected version 1 .. 4 of case.json, found 5; open it with the Prefscope that wrote");
    row("no cases", changed("/cases", Json::array()), "cases: expected at least one case, found none");
    row("cases missing", changed("/cases", "erase"), "cases: expected a list, found null");
    row("missing", changed("/cases/0/report/rank/protocol", "erase"),
        "x.json: cases[0].report.rank.protocol: expected it, found nothing of that name; export the case again");
    row("text for a number", changed("/cases/0/report/rank/candidates/3/log_prob", "-1.5"),
        "cases[0].report.rank.candidates[3].log_prob: expected a number within ±1e+09, found the text \"-1.5\"");
    row("a number too large", changed("/cases/0/report/points/1/3", 1e300),
        "cases[0].report.points[1].reference: expected a number within");
    row("null for a number", changed("/cases/0/report/rank/candidates/0/score", nullptr), "score: expected a number");
    row("a fraction for a count", changed("/cases/0/report/rank/candidates/0/tokens", 1.5),
        "tokens: expected a whole number within -2147483648 .. 2147483647, found 1.5");
    row("a count too large", changed("/cases/0/report/rank/target_rank", 1LL << 40),
        "target_rank: expected a whole number");
    row("a position below 0", changed("/cases/0/report/evidence/items/0/position", -1),
        "position: expected a whole number within 0 .. 9223372036854775807, found -1");
    row("an id above 2^63", changed("/cases/0/report/rank/target", ~0ULL), "target: expected a whole number");
    row("number for a flag", changed("/cases/0/starred", 1), "cases[0].starred: expected true or false, found 1");
    row("role", changed("/cases/0/report/rank/example/role", "test"),
        "role: expected train, panel or held_out, found the text \"test\"");
    row("list for an object", changed("/cases/0/source", Json::array({1})),
        "cases[0].source: expected an object, found a list of 1");
    row("short row", changed("/cases/0/report/points/0", Json::array({1})),
        "points[0]: expected a list of 12, found a list of 1");
    row("attribute of three", changed("/cases/0/report/rank/items/0/attributes/0", Json::array({"a", "b", "c"})),
        "attributes[0]: expected a list of a name and a value, found a list of 3");
    // What fits a type and not the rest of the case.
    row("no candidates", changed("/cases/0/report/rank/candidates", Json::array()),
        "candidates: expected at least one candidate");
    row("items too few", changed("/cases/0/report/rank/items", Json::array()),
        "items: expected one for each of 9 candidates, found 0");
    row("items of others", changed("/cases/0/report/rank/items/2/id", 5),
        "items[2]: expected item 103, as among the candidates, found 5");
    row("score", changed("/cases/0/report/rank/score", "best"),
        "score: expected sum, mean or ratio, found the text \"best\"");
    row("rank", changed("/cases/0/report/rank/target_rank", 10), "target_rank: expected a rank up to 9, found 10");
    row("scores too few", changed("/cases/0/report/chain/models/1/scores", Json::array()),
        "chain.models[1].scores: expected one for each of 9 candidates, found 0");
    row("ranks too few", changed("/cases/0/report/chain/models/0/ranks", Json::array({1})),
        "models[0].ranks: expected one");
    row("strips too few", changed("/cases/0/report/chain/strips", Json::array({Json::array()})),
        "strips: expected one");
    row("beside missing", changed("/cases/0/report/beside", "erase"), "report.beside: expected it, found nothing");
    row("scores beside too few", changed("/cases/0/report/beside/1/scores", Json::array({1})),
        "report.beside[1].scores: expected one for each of 9 candidates, found 1");
    row("ranks beside too few", changed("/cases/0/report/beside/0/ranks", Json::array()),
        "report.beside[0].ranks: expected one for each of 9 candidates, found 0");
    row("rank beside", changed("/cases/0/report/beside/0/ranks/2", 9.5),
        "report.beside[0].ranks[2]: expected a rank within 1 .. 9, found 9.5");
    row("rank beside of 0", changed("/cases/0/report/beside/0/ranks/0", 0),
        "report.beside[0].ranks[0]: expected a rank within 1 .. 9, found 0");
    row("change of no candidate", changed("/cases/0/report/changes/first", 9),
        "report.changes.first: expected the place of one of 9 candidates, found 9");
    row("change that leads to none", changed("/cases/0/report/changes/additions/0/first", 10),
        "changes.additions[0].first: expected the place of one of 9 candidates, found 10");
    row("change of no item", changed("/cases/0/report/changes/removals/0/removed", Json::array()),
        "changes.removals[0]: expected an item that is removed or added, found none");
    row("removed from nowhere", changed("/cases/0/report/changes/removals/0/removed/0", 2),
        "changes.removals[0].removed: expected positions below 2, the history's length, found 2");
    row("evidence of no candidate", changed("/cases/0/report/evidence_item", 5),
        "report.evidence_item: expected 0 or one of the candidates, found 5");
    row("position", changed("/cases/0/report/evidence/pairs/0/second", 2),
        "evidence.pairs: expected positions below 2, the history's length, found 2");
    row("position of an attribute", changed("/cases/0/report/evidence/attributes/0/positions/0", 7),
        "attributes: expected positions below 2");
  }
  void whatIsWrongIsNamed() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, message);
    QVERIFY(holds(message_of([&] { cases_from_json(text.toStdString(), "x.json"); }), message.toStdString()));
  }

  /// Neither nesting nor a mass of values takes memory before it is refused.
  void bombsAreRefused() {
    QVERIFY(holds(message_of([] { cases_from_json(std::string(1 << 20, '['), "x.json"); }), "16 deep, found more"));
    std::string many = "[0";
    for (int i = 0; i < 8'000'001; ++i) many += ",0";
    QVERIFY(holds(message_of([&] { cases_from_json(many + "]", "x.json"); }), "at most 8000000 values"));
    QVERIFY(holds(message_of([] { cases_from_json(std::string(max_case_json_bytes + 1, ' '), "x.json"); }),
                  "expected a case.json of at most 128 MiB"));
  }

  void whatCannotBeReadBackIsNotWritten() {
    KeptCase kept = full_case();
    kept.report.rank.candidates[3].log_prob = NAN;
    QVERIFY(holds(message_of([&] { cases_json({kept}); }),
                  "cases[0].report.rank.candidates[3].log_prob: expected a number within ±1e+09, found nan"));
    kept = full_case();
    kept.report.evidence->band_low = -INFINITY;
    QVERIFY(holds(message_of([&] { cases_json({kept}); }), "evidence.band_low: expected a number"));
    kept = full_case();
    kept.note = "\xff";
    QVERIFY(holds(message_of([&] { cases_json({kept}); }), "cannot be written as JSON"));
  }
};

QTEST_GUILESS_MAIN(CaseJsonTest)
#include "case_json_test.moc"
