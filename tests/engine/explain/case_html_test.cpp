// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "engine/explain/case.h"
#include "engine/explain/case_figures.h"
#include "engine/explain/case_plots.h"

using namespace prefscope;

namespace {

bool close(double a, double b) {
  return std::abs(a - b) < 1e-9;
}

bool holds(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// Three candidates; the target (id 2) is second now and was third. Log-probs under the reference: -3, -9, -5.
RankResult small_case() {
  RankResult rank;
  rank.example.id = 11;
  rank.example.role = Role::HeldOut;
  rank.example.user_key = "214";
  rank.protocol = "open prompt; 3 candidates";
  rank.history = {{7, "Glass Harbour", {{"genre", "mystery"}, {"maker", "Iden"}}}, {8, "Harbour", {}}};
  rank.candidates = {{1, "Northwind Ferry", -2, -2, 1, 0, 4},
                     {2, "The Salt Orchard", -4, -4, 5, 0, 5},
                     {3, "Lamp Street", -7, -7, -2, 0, 3}};
  rank.items = {{1, "Northwind Ferry", {{"genre", "western"}}}, {2, "The Salt Orchard", {}}, {3, "Lamp Street", {}}};
  rank.target = 2;
  rank.target_rank = 2;
  rank.has_reference = true;
  rank.reference_rank = 3;
  return rank;
}

MarginPoint point(int64_t example, double reference, double policy) {
  MarginPoint p;
  p.example = example;
  p.user_key = "u" + std::to_string(example);
  p.reference = reference;
  p.policy = policy;
  return p;
}

std::string html_of(const RankResult& rank, const std::vector<MarginPoint>& points, const std::string& rationale,
                    const std::string& rationale_note, const std::string& model, const std::string& note = {}) {
  CaseReport report;
  report.rank = rank;
  report.points = points;
  report.rationale = rationale;
  report.rationale_note = rationale_note;
  report.model = model;
  report.note = note;
  return case_html(report);
}

}  // namespace

class CaseHtmlTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void marginPointByHand() {
    // Now: -4 - (-2 - 7) / 2 = 0.5. Before: -9 - (-3 - 5) / 2 = -5. Ratios: chosen 5, rejected (1 - 2) / 2 = -0.5.
    const MarginPoint p = margin_point(small_case());
    QVERIFY(close(p.policy, 0.5) && close(p.reference, -5));
    QVERIFY(close(p.ratio_chosen, 5) && close(p.ratio_rejected, -0.5));
    QVERIFY(!p.chosen_first && !p.chosen_first_reference);
    QVERIFY(close(p.policy - p.reference, p.ratio_chosen - p.ratio_rejected));
    // Hardest: -4 + 2 now and -9 + 3 before, both the first; ranks 2 and 3.
    QVERIFY(close(p.hardest.policy, -2) && close(p.hardest.reference, -6));
    QVERIFY(close(p.hardest.ratio_chosen, 5) && close(p.hardest.ratio_rejected, 1));
    QVERIFY(close(p.rank_policy, 2) && close(p.rank_reference, 3));
  }

  void tellsTheStory() {
    const std::string html =
        html_of(small_case(), {point(11, -5, 0.5), point(12, 1, 2), point(13, 1, 0.5), point(14, 1, 1)},
                "Glass Harbour shares the maker Iden.", "greedy; titles free", "DMPO 2");
    QVERIFY(holds(html, "User 214 chose The Salt Orchard. Before DMPO 2 it ranked 3rd; now 2nd."));
    QVERIFY(holds(html, "It loses to Northwind Ferry by 2.00."));
    QVERIFY(holds(html, "4 held-out examples: the margin rose for 2, fell for 1, stayed for 1."));
    QVERIFY(holds(html, "Generated text is not evidence."));
    QVERIFY(holds(html, "Written by DMPO 2 (greedy; titles free)"));
    // "Harbour" stands within "Glass Harbour" alone, and Northwind Ferry has no maker.
    QVERIFY(holds(html, "it names 1 of the 2 history items (marked in the history); said but not so: maker Iden."));
    QVERIFY(holds(html, "for Northwind Ferry</span>"));  // the first of the ranking
    RankResult of_another = small_case();
    of_another.explained = 3;
    QVERIFY(holds(html_of(of_another, {}, "text", "greedy", "DMPO 2"), "for Lamp Street</span>"));
    QVERIFY(holds(html, "Protocol: open prompt; 3 candidates."));
    QVERIFY(holds(html, "mystery · Iden"));
    QVERIFY(html.find("Northwind Ferry</b>") < html.find("The Salt Orchard</b>"));
    QCOMPARE(count(html, "<tr class=\"target\">"), size_t{1});
    // Each plane has a mark for each point, the special one once.
    QCOMPARE(count(html, "<circle class=\"target hollow\""), size_t{2});
    QCOMPARE(count(html, "class=\"worse"), size_t{2});
    QVERIFY(!holds(html, "was in the training data"));
  }

  /// Saved order 3, 1, 2; ItemKNN cannot tell the first two apart.
  void ranksUnderOtherModels() {
    CaseReport report;
    report.rank = small_case();
    report.rank.example.candidates = {3, 1, 2};
    report.model = "DMPO 2";
    QVERIFY(!holds(case_html(report), "Ranks under other models"));
    report.beside = {{"ItemKNN", {}, true, {4, 4, 1}, {1.5, 1.5, 3}}, {"<b>DPO", 3, false, {-9, -8, -7}, {3, 2, 1}}};
    const std::string html = case_html(report);
    QVERIFY(holds(html,
                  "<th>candidate</th><th class=\"n\">DMPO 2</th><th class=\"n\">ItemKNN</th><th "
                  "class=\"n\">&lt;b&gt;DPO</th>"));
    QVERIFY(
        holds(html, "<b>Northwind Ferry</b></td><td class=\"n\">1</td><td class=\"n\">1.5</td><td class=\"n\">2</td>"));
    QVERIFY(holds(html,
                  "<tr class=\"target\"><td class=\"what\"><b>The Salt Orchard</b></td><td class=\"n\">2</td><td "
                  "class=\"n\">3</td><td class=\"n\">1</td>"));
    QVERIFY(holds(html, "not nats, so they enter no margin and no sum."));
  }

  /// What is printed adds up: base and log-ratio to the score, tokens to the log-ratio; effects stand by their items.
  void evidenceAndPartsAreThere() {
    CaseReport report;
    report.rank = small_case();
    report.model = "DMPO 2";
    report.chain.candidates = report.rank.items;
    const auto score = [](double log_prob, double ratio) {
      CandidateScore s;
      s.log_prob = log_prob;
      s.log_ratio = ratio;
      return s;
    };
    report.chain.models = {{"base", {}, {score(-3, 0), score(-9, 0), score(-5, 0)}, {1, 3, 2}},
                           {"DMPO <2>", 2, {score(-2, 1), score(-4, 5), score(-7, -2)}, {1, 2, 3}}};
    report.chain.strips = {{{"North", -1, -1.5}, {"", -1, -1.5}}, {{"</b>", -3, -7}, {"", -1, -2}}, {}};
    Occlusion evidence;
    evidence.margin = 0.5;
    evidence.items = {{0, 0.25, {0.125}, 0.125, 0.25, true}, {1, -0.0625, {}, -0.0625, -0.0625, false}};
    evidence.band_low = -0.1;
    evidence.band_high = 0.1;
    report.evidence = evidence;
    const std::string html = case_html(report);
    QVERIFY(holds(html, "<h2>History and evidence</h2>"));
    QVERIFY(holds(html, "<b>+0.250</b><br><span class=\"small\">+0.125 to +0.250</span>"));
    QVERIFY(holds(html, "<span class=\"n\">−0.062<br>"));  // no more than chance
    QVERIFY(
        holds(html, "over all others, nats: above zero it speaks for The Salt Orchard, below zero for the others."));
    QVERIFY(holds(html, "<p>Why The Salt Orchard over all others</p>"));
    // Of another pair than the chosen item and the others.
    CaseReport pair = report;
    pair.evidence_item = 3;
    pair.rival = "Northwind Ferry";
    const std::string of_pair = case_html(pair);
    QVERIFY(holds(of_pair, "<p>Why Lamp Street over Northwind Ferry</p>"));
    QVERIFY(holds(of_pair, "above zero it speaks for Lamp Street, below zero for Northwind Ferry."));
    QVERIFY(holds(html, "+ DMPO &lt;2&gt;"));
    // As it was sorted in the window: the second item of the history has the larger effect.
    CaseReport sorted = report;
    sorted.by_effect = true;
    sorted.evidence->items[1].deletion = -0.5;
    const std::string by_effect = case_html(sorted);
    QVERIFY(holds(html, "2 items, oldest first") && holds(by_effect, "2 items, largest effect first"));
    QVERIFY(html.find("<br><span class=\"small\">mystery") < html.find("\"Harbour\""));
    QVERIFY(by_effect.find("<br><span class=\"small\">mystery") > by_effect.find("\"Harbour\""));
    sorted.evidence.reset();
    QVERIFY(holds(case_html(sorted), "2 items, oldest first"));  // there is nothing to sort by
    // The Salt Orchard: -9 + 5 = -4; its tokens 4 and 1 run to 5.
    QVERIFY(holds(html,
                  "<b>The Salt Orchard</b></td><td class=\"n\">−9.000</td><td class=\"n small\">3</td><td "
                  "class=\"n\">+5.000</td><td class=\"n small\">2</td><td class=\"n\">−4.000</td>"));
    QVERIFY(holds(html, "<b>&lt;/b&gt;</b></td><td class=\"n\"><b>end</b>"));
    QVERIFY(holds(html, "<td class=\"n small\">+4.000</td><td class=\"n small\">+5.000</td>"));
    report.evidence.reset();
    report.chain = {};
    const std::string bare = case_html(report);
    QVERIFY(!holds(bare, "evidence</h2>") && !holds(bare, "Model by model") && !holds(bare, "Per-token"));
    report.rank.edited = true;
    QVERIFY(holds(case_html(report), "This case is edited"));
  }

  /// Nothing cuts a title off: the whole of it stands in each table, and lines break within it. What is bold is said
  /// under each table that has something bold.
  void titlesAreWholeAndBoldIsExplained() {
    const std::string title = "A Very Long Title " + std::string(300, 'x') + " and its end";
    CaseReport report;
    report.rank = small_case();
    report.rank.candidates[0].title = report.rank.items[0].title = report.rank.history[0].title = title;
    report.rank.example.candidates = {1, 2, 3};
    report.model = "DMPO 2";
    report.beside = {{"ItemKNN", {}, true, {3, 2, 1}, {1, 2, 3}}};
    report.chain.candidates = report.rank.items;
    const std::vector<CandidateScore> scores(3);
    report.chain.models = {{"base", {}, scores, {1, 2, 3}}, {"DMPO 2", 2, scores, {1, 2, 3}}};
    const std::string html = case_html(report);
    QCOMPARE(count(html, "<b>" + title + "</b>"), size_t{3});  // candidates, other models, model by model
    QVERIFY(holds(html, (title + "<br>").c_str()));            // history
    QVERIFY(!holds(html, "ellipsis"));
    QVERIFY(holds(html, ".what{overflow-wrap:anywhere}"));
    QCOMPARE(count(html, "<b>Bold</b>: what the user chose."), size_t{3});
    QVERIFY(!holds(html, "td b{font-weight:500}"));  // else all titles look bold
    QVERIFY(holds(case_figures(report)[0].svg, ("<title>" + title + "</title>").c_str()));
  }

  /// Saved order 3, 1, 2: the places of changes are of that list. What was not looked for is not there.
  void whatWouldChangeItIsThere() {
    CaseReport report;
    report.rank = small_case();
    report.rank.example.candidates = {3, 1, 2};
    report.model = "DMPO 2";
    QVERIFY(!holds(case_html(report), "What would change it"));
    Counterfactual found;
    found.first = 1;
    found.lead = 2;
    found.removals = {{{0, 1}, {}, 2, 0.5}};
    found.smallest = true;
    found.removals_found = 1;
    found.removals_tried = 1;
    found.additions = {{{}, {{9, "<b>Fig", {}}}, 0, 0.125}};
    found.smallest_addition = true;
    found.additions_found = 3;
    found.additions_tried = 10;
    found.prompts = 14;
    report.changes = found;
    const std::string html = case_html(report);
    QVERIFY(
        holds(html,
              "First is Northwind Ferry, by 2.00 nats. No single item changes that when removed; 1 of the 1 pairs "
              "do. 3 of 10 items tried do when added, the 1 with the widest lead are listed. Each change was ranked "
              "anew on its own; 14 histories were scored in all."));
    QVERIFY(holds(html,
                  "<td class=\"what\">Without Glass Harbour and Harbour</td><td class=\"n\">2</td><td "
                  "class=\"what\">The Salt Orchard</td><td class=\"n\">0.500</td>"));
    QVERIFY(holds(html,
                  "<td class=\"what\">With &lt;b&gt;Fig added</td><td class=\"n\">1</td><td class=\"what\">Lamp "
                  "Street</td><td class=\"n\">0.125</td>"));
    report.changes->removals[0].removed = {1, 0, 1};  // of more than two, the last is joined by a word
    QVERIFY(holds(case_html(report), "Without Harbour, Glass Harbour and Harbour<"));
    report.changes->removals.clear();
    report.changes->additions.clear();
    const std::string none = case_html(report);
    QVERIFY(holds(none, "No small set of history items was found") && !holds(none, "<table class=\"changes\">"));
  }

  /// History and candidates stand one below the other as soon as the candidates have not room enough beside it, and a
  /// long history is broken over printed pages, between its items.
  void narrowScreensAndPaper() {
    const std::string html = html_of(small_case(), {}, "", "", "DMPO 2");
    QVERIFY(holds(html, "@media(max-width:1250px){.top,.top.wide{grid-template-columns:minmax(0,1fr)}}"));
    const std::string print = html.substr(html.find("@media print"));
    QVERIFY(holds(print, ".top .card{break-inside:auto") && holds(print, "li,tr{break-inside:avoid}"));
    QVERIFY(holds(print, "table{min-width:0}"));  // or it is cut at the edge of the paper
  }

  void loadsNothing() {
    const std::string html = html_of(small_case(), {point(11, -5, 0.5)}, "text", "greedy", "DMPO 2");
    for (const char* part :
         {"http:", "https:", "//", "src=", "href", "url(", "@import", "<script", "<link", "<img", "<iframe", "onload"})
      QVERIFY2(!holds(html, part), part);
    QVERIFY(holds(html, "content=\"default-src 'none'; style-src 'unsafe-inline'\""));
  }

  void strangeTextIsHarmless() {
    RankResult rank = small_case();
    const std::string bad = "<script>alert('x')</script> {} {0} {history} \"&\x01";
    rank.history[0].title = rank.candidates[0].title = rank.example.user_key = bad;
    rank.items[0].attributes = {{"genre", "<img src=x onerror=y>"}};
    rank.protocol = bad;
    MarginPoint p = point(12, 0, 1);
    p.user_key = bad;
    const std::string html = html_of(rank, {p}, bad, bad, bad, bad);
    QVERIFY(!holds(html, "<script") && !holds(html, "<img") && !holds(html, "\x01"));
    QVERIFY(holds(html, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; {} {0} {history} &quot;&amp;\xef\xbf\xbd"));
    QVERIFY(holds(html, "&lt;img src=x onerror=y&gt;"));
  }

  void aBaseModelHasNoRatios() {
    RankResult rank = small_case();
    rank.has_reference = false;
    for (RankedCandidate& c : rank.candidates) c.log_ratio = 0;
    const std::string html = html_of(rank, {}, "", "", "starter");
    QVERIFY(holds(html, "starter ranks it 2nd of 3."));
    QVERIFY(!holds(html, "log-ratio") && !holds(html, "Margin plane") && !holds(html, "Rationale"));
  }

  void aTrainingUserIsSaidToBeOne() {
    RankResult rank = small_case();
    rank.example.role = Role::Train;
    QVERIFY(holds(html_of(rank, {}, "", "", "DMPO 2"), "the model has seen this choice"));
  }

  void withinTheSpreadIsSaid() {
    RankResult rank = small_case();
    rank.candidates[0].spread = 1.5;
    rank.candidates[1].spread = 0.75;
    QVERIFY(holds(html_of(rank, {}, "", "", "DMPO 2"), "by 2.00, which is within the spread over orders."));
  }

  void ticksAreRound() {
    QCOMPARE(round_ticks(-3.9, 6.6, 6), (std::vector<double>{-2, 0, 2, 4, 6}));
    QCOMPARE(round_ticks(0, 0, 4), std::vector<double>{0});
    const auto fine = round_ticks(0.01, 0.05, 4);
    QCOMPARE(fine.size(), size_t{5});
    QVERIFY(close(fine[1], 0.02));
    QCOMPARE(number(-1.25, true), std::string("\u22121.250"));
    QCOMPARE(number(1.25, true, 1), std::string("+1.2"));
  }

  void sameScoresEverywhereStillDraw() {
    RankResult rank = small_case();
    for (RankedCandidate& c : rank.candidates) c.log_prob = c.score = -1, c.log_ratio = 0;
    const std::string html = html_of(rank, {point(11, 0, 0)}, "", "", "DMPO 2");
    QVERIFY(!holds(html, "nan") && !holds(html, "inf\""));
  }
};

QTEST_GUILESS_MAIN(CaseHtmlTest)
#include "case_html_test.moc"
