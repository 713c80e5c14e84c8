// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "engine/explain/kept_case.h"

namespace prefscope {

/// Titles that would be something else than text where nobody looks after them.
inline std::vector<std::string> hostile_titles() {
  return {"<script>alert(1)</script>",
          "</s> <|endoftext|>",
          "=HYPERLINK(\"http://x\",\"y\")",
          "A\u202Etxet desrever",
          std::string(4000, 'W'),
          "\U0001F3AC film \U0001F469\u200D\U0001F680",
          "a|b `code` *bold* [l](javascript:x) ![i](x) | --- |",
          "# no heading\nnor a second line",
          "C:\\ & &amp; \"quoted\" 'single' www.example.org"};
}

/// A case with every field filled, hostile titles, and numbers that decimal digits do not hold.
inline KeptCase full_case() {
  const std::vector<std::string> titles = hostile_titles();
  KeptCase kept;
  kept.saved_at = "2026-11-26T09:00:00Z";
  kept.starred = true;
  kept.tags = {"odd", "<b>tag</b>|"};
  kept.note = "Why?\n<img src=x onerror=y> `x` | # y\n\n- no list";
  kept.source = {
      "small", std::string(64, 'a'), "starter", std::string(64, 'b'), {{"DMPO <2>", "dmpo", std::string(64, 'c')}}};
  CaseReport& report = kept.report;
  RankResult& rank = report.rank;
  rank.example = {11,
                  3,
                  4,
                  102,
                  Role::HeldOut,
                  "u|7",
                  "file.json record 1",
                  {201, 202},
                  {},
                  {5},
                  {{"p", "c", {}}, {"p", "c", "r"}}};
  rank.protocol = "open; 9 candidates";
  rank.history = {{201, "Glass | Harbour", {{"genre", "mystery"}}, "h1"}, {202, "`Harbour`", {}, "h2"}};
  rank.target = 102;
  rank.target_rank = 2;
  rank.has_reference = true;
  rank.reference_rank = 3;
  rank.explained = 101;
  for (size_t i = 0; i < titles.size(); ++i) {
    const auto id = static_cast<int64_t>(101 + i);
    rank.example.candidates.push_back(id);
    const double log_prob = -0.1 - static_cast<double>(i) / 3;
    rank.candidates.push_back({id, titles[i], log_prob, log_prob, 0.1 * static_cast<double>(i) - 0.2, 1e-17, 3});
    rank.items.push_back({id, titles[i], {{"genre", "a|b"}, {"year", "1995"}}, "k" + std::to_string(i)});
  }
  MarginPoint point;
  point.example = 11;
  point.user = 4;
  point.user_key = "u|7";
  point.reference = 0.1 + 0.2;
  point.policy = -1.0 / 3;
  point.ratio_chosen = 5e-324;
  point.ratio_rejected = -0.0;
  point.chosen_first_reference = true;
  point.hardest = {1e-9, -123456.789, 0.5, 2.5};
  point.rank_reference = 1.5;
  point.rank_policy = 2;
  report.points = {point, point};
  report.points[1].example = 12;
  report.points[1].user_key = titles[0];
  report.chain.example = rank.example;
  report.chain.candidates = rank.items;
  CandidateScore score;
  score.score = score.log_prob = -2.0 / 7;
  score.log_ratio = 1.0 / 7;
  score.tokens = 2;
  const std::vector<CandidateScore> scores(titles.size(), score);
  const std::vector<int> ranks(titles.size(), 1);
  report.chain.models = {{"base", {}, scores, ranks}, {"DMPO <2>", 2, scores, ranks}};
  report.chain.strips.assign(titles.size(), {{"Gl|", -1.25, -1.5}, {"</b>", -0.5, -2}, {"", -1, -1}});
  Occlusion evidence;
  evidence.margin = 0.3;
  evidence.without_history = -0.7;
  evidence.items = {{0, 0.25, {0.125, 1.0 / 3}, 0.125, 0.25, true}, {1, -0.0625, {}, -0.0625, -0.0625, false}};
  evidence.band_low = -0.1;
  evidence.band_high = 0.1;
  evidence.neutral = {"Neutral | one"};
  evidence.pairs = {{0, 1, 0.5, 0.1875}};
  evidence.attributes = {{{"genre", "mystery"}, {0}, 0.25, 0.01, -0.02, 0.03}};
  evidence.prompts = 31;
  report.evidence = evidence;
  report.evidence_item = 103;  // neither the chosen item nor the first
  report.rival = titles[1];
  report.by_effect = true;
  Counterfactual changes;
  changes.first = 0;
  changes.lead = 1.0 / 3;
  changes.removals = {{{1}, {}, 2, 0.125}};
  changes.smallest = true;
  changes.removals_found = 1;
  changes.removals_tried = 2;
  changes.additions = {{{}, {{301, titles[6], {{"genre", "a|b"}}, "k|"}, {302, titles[0], {}, "k2"}}, 8, 1e-17}};
  changes.additions_tried = 100;
  changes.prompts = 117;
  report.changes = changes;
  report.rationale = "Glass | Harbour shares <genre> mystery.\n# second line";
  report.rationale_note = "greedy; titles free";
  report.model = "DMPO <2>";
  report.note = "chosen as the largest gain";
  // In saved order; the fourth and fifth are tied on the 4th and 5th place.
  report.beside = {
      {"ItemKNN", {}, true, {9, 8, 7, 1.0 / 3, 1.0 / 3, 0.25, 0.2, 0.1, 0}, {1, 2, 3, 4.5, 4.5, 6, 7, 8, 9}},
      {"DPO <3>|", 3, false, {-9, -8, -7, -6, -5, -4, -3, -2, -1}, {9, 8, 7, 6, 5, 4, 3, 2, 1}}};
  return kept;
}

}  // namespace prefscope
