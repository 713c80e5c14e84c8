// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/files.h"
#include "engine/explain/case.h"
#include "engine/explain/case_plots.h"
#include "engine/explain/rationale_facts.h"

// One page, inline style and inline SVG, no script, nothing loaded: the policy in its head forbids it as well.

namespace prefscope {
namespace {

constexpr const char* style = R"css(
:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--text:#1f2430;--muted:#5b6472;--line:#dde1e7;--tint:#fdf3e7;--shade:#f1f2f5;
--target:#b45309;--policy:#1b3fb5;--up:#0f766e;--down:#b5391b;--sans:Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
@media(prefers-color-scheme:dark){:root{--bg:#14171c;--card:#1d2128;--text:#e6e9ee;--muted:#a3acb9;--line:#353b45;--tint:#33291c;--shade:#23282f;
--target:#f0a64b;--policy:#6a9bff;--up:#43c2b1;--down:#f28263}}
*{box-sizing:border-box}body{margin:0;padding:24px;background:var(--bg);color:var(--text);font:14px/20px var(--sans)}
main{max-width:1280px;margin:auto}h1{font-size:22px;line-height:28px;margin:0 0 4px}h2{font-size:15px;margin:0}
p{margin:0}.lead{font-size:15px}.small{color:var(--muted);font-size:12px;line-height:16px}.note{border-left:3px solid var(--target);padding-left:8px;margin:8px 0 0}
.grid{display:grid;gap:16px;margin:16px 0 0}.top{grid-template-columns:280px minmax(0,1fr)}.two{grid-template-columns:repeat(2,minmax(0,1fr))}
.left{display:grid;gap:16px;align-content:start}.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:16px}
.card header{display:flex;justify-content:space-between;align-items:baseline;gap:16px;margin:0 0 8px}.card footer{margin:8px 0 0}
ol{list-style:none;margin:0;padding:0}ol li{padding:4px 0 4px 12px;border-left:3px solid transparent}ol li.named{border-left-color:var(--policy)}
table{border-collapse:collapse;width:100%}th{font-weight:inherit;color:var(--muted);font-size:12px;text-align:left;padding:0 8px 4px;vertical-align:bottom}
td{padding:2px 8px;border-top:1px solid var(--line)}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.plot{width:1px;padding:0 8px}td.what{width:100%;max-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
tr.target td{background:var(--tint)}tr.target b,tr.target .n{color:var(--target)}td b{font-weight:500}td{height:41px}tr.target b{font-weight:600}
blockquote{margin:0;font-size:15px;line-height:22px}svg{display:block;max-width:100%;height:auto}td svg{max-width:none}.top.wide{grid-template-columns:352px minmax(0,1fr)}.effects svg{width:90px;height:30px}.effects li{display:grid;grid-template-columns:minmax(0,1fr) 90px 112px;gap:8px;align-items:center}.effects .what{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}table.tokens{width:auto}.tokens td{height:auto}.tokens+.tokens{margin-top:12px}.two svg{margin:auto}
svg text{fill:var(--muted);font:11px var(--sans)}svg text.label{fill:var(--target);font-weight:600;font-size:12px;paint-order:stroke;stroke:var(--card);stroke-width:3px}
.frame{fill:none;stroke:var(--line)}.grid line,line.grid{stroke:var(--line)}line.zero{stroke:var(--muted)}line.diagonal{stroke:var(--muted);stroke-dasharray:4 3}
.shade{fill:var(--shade)}.up{fill:var(--up)}.down{fill:var(--down)}circle.policy{fill:var(--policy);stroke:var(--policy)}circle.worse{fill:var(--down);stroke:var(--down)}
circle.target{fill:var(--target);stroke:var(--target);stroke-width:2}circle.hollow{fill:var(--card);fill-opacity:.6}circle.reference{fill:var(--card);stroke:var(--muted);stroke-width:1.5}
svg line.stem{stroke:var(--line);stroke-width:2}svg line.stem.target{stroke:var(--target)}line.whisker{stroke:var(--text)}
.key{display:inline-block;width:8px;height:8px;border-radius:4px;background:var(--policy);margin-right:4px}.key.open{background:none;border:1.5px solid var(--muted)}.key.bad{background:var(--down)}
@media(max-width:960px){.top,.top.wide,.two{grid-template-columns:minmax(0,1fr)}.card{overflow-x:auto}table{min-width:720px}}
@media print{body{padding:0;background:#fff}.card{break-inside:avoid}}
)css";

std::string attributes_of(const ItemText& item) {
  std::string text;
  for (const auto& attribute : item.attributes) text += (text.empty() ? "" : " · ") + escape_html(attribute.second);
  return text;
}

/// 1st, 2nd, 3rd, 4th, 11th, 21st.
std::string ordinal(int n) {
  const int tens = n % 100 / 10, ones = n % 10;
  return fmt::format("{}{}", n, tens == 1 || ones == 0 || ones > 3 ? "th" : ones == 1 ? "st" : ones == 2 ? "nd" : "rd");
}

const RankedCandidate* find_candidate(const RankResult& rank, int64_t item) {
  for (const RankedCandidate& c : rank.candidates) {
    if (c.item == item) return &c;
  }
  return nullptr;
}

const RankedCandidate* find_target(const RankResult& rank) {
  return find_candidate(rank, rank.target);
}

const char* score_name(const std::string& score) {
  return score == "mean" ? "log-prob per token" : score == "ratio" ? "log-ratio" : "summed log-prob";
}

std::string headline(const RankResult& rank, const std::string& model) {
  const RankedCandidate* target = find_target(rank);
  const std::string chose = fmt::format("User {} chose {}.", escape_html(rank.example.user_key),
                                        target ? escape_html(target->title) : "something else");
  if (rank.has_reference && rank.reference_rank > 0)
    return fmt::format("{} Before {} it ranked {}; now {}.", chose, model, ordinal(rank.reference_rank),
                       ordinal(rank.target_rank));
  return fmt::format("{} {} ranks it {} of {}.", chose, model, ordinal(rank.target_rank), rank.candidates.size());
}

std::string lead(const RankResult& rank, const MarginPoint& point) {
  std::string text = fmt::format("Log-margin over the other candidates {} nats", number(point.policy, true, 2));
  text += rank.has_reference ? fmt::format(" (was {}).", number(point.reference, true, 2)) : ".";
  const RankedCandidate* target = find_target(rank);
  if (!target || rank.candidates.size() < 2) return text;
  const RankedCandidate& rival = rank.candidates[rank.target_rank == 1 ? 1 : 0];
  const double gap = std::abs(target->score - rival.score);
  text +=
      fmt::format(" It {} {} by {:.2f}", rank.target_rank == 1 ? "leads" : "loses to", escape_html(rival.title), gap);
  if (gap < target->spread + rival.spread) text += ", which is within the spread over orders";
  return text + ".";
}

std::string history_card(const CaseReport& report, const std::vector<size_t>& named) {
  const RankResult& rank = report.rank;
  const bool measured = report.evidence && report.evidence->items.size() == rank.history.size();
  double largest = 0;
  if (measured) {
    for (const ItemEffect& e : report.evidence->items) largest = std::max(largest, std::abs(e.deletion));
  }
  std::string rows;
  for (size_t i = 0; i < rank.history.size(); ++i) {
    std::string effect;
    if (measured) {
      const ItemEffect& e = report.evidence->items[i];
      effect = fmt::format("{}<span class=\"n\">{}{}{}<br><span class=\"small\">{} to {}</span></span>",
                           log_ratio_bar(e.deletion, largest), e.beyond ? "<b>" : "", number(e.deletion, true),
                           e.beyond ? "</b>" : "", number(e.low, true), number(e.high, true));
    }
    rows += fmt::format("<li{}><span class=\"what\">{}<br><span class=\"small\">{}</span></span>{}</li>\n",
                        std::find(named.begin(), named.end(), i) != named.end() ? " class=\"named\"" : "",
                        escape_html(rank.history[i].title), attributes_of(rank.history[i]), effect);
  }
  std::string footer;
  if (measured) {
    const Occlusion& o = *report.evidence;
    footer = fmt::format(
        "<footer class=\"small\">How far the margin of the target over {} falls without the item, nats; below it, with "
        "neutral items in its place too. <b>Bold</b>: more than removing a neutral item does. The margin is {}, "
        "without any history {}. Removing a neutral item from a random "
        "place does {} to {}.</footer>",
        report.rival.empty() ? "the mean of the others" : escape_html(report.rival), number(o.margin, true),
        number(o.without_history, true), number(o.band_low, true), number(o.band_high, true));
  }
  return fmt::format(
      "<section class=\"card\"><header><h2>History{}</h2><span class=\"small\">{} items, oldest first"
      "</span></header><ol{}>{}</ol>{}</section>\n",
      measured ? " and evidence" : "", rank.history.size(), measured ? " class=\"effects\"" : "", rows, footer);
}

/// The candidates' scores as sums: under the base model, and what each run added.
std::string chain_card(const CaseReport& report) {
  const CaseChain& chain = report.chain;
  if (chain.models.size() < 2) return "";
  std::string head = "<th>candidate</th>";
  for (size_t m = 0; m < chain.models.size(); ++m)
    head += fmt::format("<th class=\"n\">{}{}</th><th class=\"n\">rank</th>", m > 0 ? "+ " : "",
                        escape_html(chain.models[m].name));
  head += "<th class=\"n\">sum</th>";
  std::string rows;
  for (const RankedCandidate& c : report.rank.candidates) {
    const auto place = std::find_if(chain.candidates.begin(), chain.candidates.end(),
                                    [&](const ItemText& item) { return item.id == c.item; });
    if (place == chain.candidates.end()) continue;
    const auto p = static_cast<size_t>(place - chain.candidates.begin());
    rows += fmt::format("<tr{}><td class=\"what\"><b>{}</b></td>",
                        c.item == report.rank.target ? " class=\"target\"" : "", escape_html(c.title));
    for (size_t m = 0; m < chain.models.size(); ++m) {
      const CandidateScore& score = chain.models[m].scores[p];
      rows += fmt::format("<td class=\"n\">{}</td><td class=\"n small\">{}</td>",
                          number(m == 0 ? score.log_prob : score.log_ratio, m > 0), chain.models[m].ranks[p]);
    }
    rows += fmt::format("<td class=\"n\">{}</td></tr>\n", number(chain.models.back().scores[p].log_prob, false));
  }
  return fmt::format(
      "<section class=\"card\"><header><h2>Model by model</h2><span class=\"small\">log-prob under the first, "
      "log-ratio of "
      "each run to the one before, nats</span></header><table><thead><tr>{}</tr></thead><tbody>\n{}</tbody></table>"
      "</section>\n",
      head, rows);
}

/// The target and the best other candidate, token by token.
std::string token_card(const CaseReport& report) {
  if (report.chain.strips.empty() || report.rank.candidates.size() < 2) return "";
  const RankedCandidate& rival =
      report.rank.candidates[report.rank.candidates.front().item == report.rank.target ? 1 : 0];
  std::string tables;
  for (const int64_t item : {report.rank.target, rival.item}) {
    const auto place = std::find_if(report.chain.candidates.begin(), report.chain.candidates.end(),
                                    [&](const ItemText& c) { return c.id == item; });
    if (place == report.chain.candidates.end()) continue;
    std::string tokens, ratios, sums;
    double sum = 0;
    for (const StripToken& t : report.chain.strips[static_cast<size_t>(place - report.chain.candidates.begin())]) {
      sum += t.log_prob - t.reference;
      tokens += fmt::format("<td class=\"n\"><b>{}</b></td>", t.text.empty() ? "end" : escape_html(t.text));
      ratios += fmt::format("<td class=\"n\">{}</td>", number(t.log_prob - t.reference, true));
      sums += fmt::format("<td class=\"n small\">{}</td>", number(sum, true));
    }
    tables += fmt::format(
        "<table class=\"tokens\"><tbody><tr><td class=\"small\">token</td>{}</tr><tr><td "
        "class=\"small\">log-ratio</td>{}</tr>"
        "<tr><td class=\"small\">running sum</td>{}</tr></tbody></table>\n",
        tokens, ratios, sums);
  }
  return "<section class=\"card\"><header><h2>Per-token log-ratio</h2><span class=\"small\">this model minus its "
         "reference, "
         "nats</span></header>" +
         tables + "</section>\n";
}

std::string rationale_card(const RankResult& rank, size_t explained, const RationaleFacts& facts,
                           const std::string& rationale, const std::string& note, const std::string& model) {
  if (rationale.empty() || rank.candidates.empty()) return "";
  const size_t named = facts.cited.size();
  std::string wrong;
  for (const NamedPart& part : facts.parts) {
    if (part.what == Named::FalseAttribute)
      wrong += (wrong.empty() ? "; said but not so: " : ", ") + escape_html(part.words);
  }
  if (facts.titles > facts.titles_in_history)
    wrong += fmt::format("; {} of the titles it names not in the history", facts.titles - facts.titles_in_history);
  return fmt::format(
      "<section class=\"card\"><header><h2>Rationale</h2><span class=\"small\">for "
      "{}</span></header><blockquote>{}</blockquote><footer class=\"small\">"
      "Written by {} ({}); it names {} of the {} history items{}{}.<br><b>Generated text is not evidence.</b></footer>"
      "</section>\n",
      escape_html(rank.candidates[explained].title), escape_html(rationale), model, escape_html(note), named,
      rank.history.size(), named == 0 ? "" : " (marked above)", wrong);
}

std::string candidates_card(const RankResult& rank) {
  const LogProbAxis axis(rank);
  double largest = 0;
  for (const RankedCandidate& c : rank.candidates) largest = std::max(largest, std::abs(c.log_ratio));
  const bool own_score = rank.score == "mean";  // the others have a column already
  std::string rows;
  for (size_t i = 0; i < rank.candidates.size(); ++i) {
    const RankedCandidate& c = rank.candidates[i];
    const bool target = c.item == rank.target;
    rows += fmt::format(
        "<tr{0}><td class=\"n\">{1}</td><td class=\"what\" title=\"{2}\"><b>{2}</b><br><span class=\"small\" "
        "title=\"{3}\">{3}</span></td>",
        target ? " class=\"target\"" : "", i + 1, escape_html(c.title),
        i < rank.items.size() ? attributes_of(rank.items[i]) : "");
    if (own_score) rows += fmt::format("<td class=\"n\">{}</td>", number(c.score, false));
    rows += fmt::format("<td class=\"plot\">{}</td><td class=\"n\">{}</td>", axis.row(c, target),
                        number(c.log_prob, false));
    if (rank.has_reference)
      rows += fmt::format("<td class=\"plot\">{}</td><td class=\"n\">{}</td>", log_ratio_bar(c.log_ratio, largest),
                          number(c.log_ratio, true));
    rows += fmt::format("<td class=\"n\">{}</td></tr>\n", c.tokens);
  }
  std::string head = "<th class=\"n\">rank</th><th>candidate</th>";
  if (own_score) head += "<th class=\"n\">per token</th>";
  head += fmt::format("<th class=\"plot\">{}</th><th class=\"n\">log-prob</th>", axis.head());
  if (rank.has_reference) head += "<th class=\"plot\"></th><th class=\"n\">log-ratio</th>";
  head += "<th class=\"n\">tokens</th>";
  return fmt::format(
      "<section class=\"card\"><header><h2>Candidates</h2><span class=\"small\">ranked by {}, "
      "nats</span></header>\n<table>"
      "<thead><tr>{}</tr></thead><tbody>\n{}</tbody></table><footer class=\"small\">{}Log-prob: summed over the "
      "title's tokens and the end of text.{}</footer></section>\n",
      score_name(rank.score), head, rows,
      rank.has_reference ? "<span class=\"key open\"></span>reference <span class=\"key\"></span>this model. " : "",
      rank.has_reference ? " Log-ratio: this model minus its reference; zero is marked." : "");
}

/// Losses beside wins, by margin and by who ranks first.
std::string counts(const std::vector<MarginPoint>& points) {
  int up = 0, down = 0, first = 0, first_before = 0;
  for (const MarginPoint& p : points) {
    up += p.policy > p.reference ? 1 : 0;
    down += p.policy < p.reference ? 1 : 0;
    first += p.chosen_first ? 1 : 0;
    first_before += p.chosen_first_reference ? 1 : 0;
  }
  return fmt::format(
      "{} held-out examples: the margin rose for {}, fell for {}, stayed for {}. The chosen ranked first "
      "for {} before, for {} now.",
      points.size(), up, down, static_cast<int>(points.size()) - up - down, first_before, first);
}

std::string planes(const RankResult& rank, const std::vector<MarginPoint>& points, const MarginPoint& special) {
  if (!rank.has_reference) return "";  // a base model is its own reference: every mark would lie on the diagonal
  const char* key = "<span class=\"small\">filled: the chosen ranks first</span>";
  return fmt::format(
      "<div class=\"grid two\"><section class=\"card\"><header><h2>Margin plane</h2>{0}</header>{1}<footer "
      "class=\"small\">{2}<br><span class=\"key\"></span>above the diagonal: it rose <span class=\"key "
      "bad\"></span>below: "
      "it fell</footer></section>\n<section class=\"card\"><header><h2>Displacement plane</h2>{0}</header>{3}<footer "
      "class=\"small\">How far training moved the chosen and the rejected themselves. A margin can rise while both "
      "fall "
      "(shaded).</footer></section></div>\n",
      key, margin_plane(points, special), counts(points), displacement_plane(points, special));
}

/// What the rationale names, as far as the history and the candidates tell.
RationaleFacts facts_of(const RankResult& rank, const std::string& rationale, size_t explained) {
  std::vector<const ItemText*> history;
  std::vector<ItemText> known = rank.items;
  for (const ItemText& item : rank.history) {
    history.push_back(&item);
    known.push_back(item);
  }
  return read_rationale(rationale, history, rank.items.at(explained), rationale_words(known));
}

}  // namespace

MarginPoint margin_point(const RankResult& rank) {
  MarginPoint point{rank.example.id, rank.example.user, rank.example.user_key};
  const auto rejected = static_cast<double>(rank.candidates.size()) - 1;
  const RankedCandidate* target = find_target(rank);
  if (!target || rejected < 1) return point;
  double hardest = -INFINITY, hardest_reference = -INFINITY;
  const double target_reference = target->log_prob - target->log_ratio;
  point.rank_policy = point.rank_reference = 1;
  const auto worse = [](double mine, double other) { return other > mine ? 1 : other == mine ? 0.5 : 0; };
  for (const RankedCandidate& c : rank.candidates) {
    const double reference = c.log_prob - c.log_ratio;
    if (c.item == rank.target) {
      point.policy += c.log_prob;
      point.reference += reference;
      point.ratio_chosen = c.log_ratio;
      continue;
    }
    point.policy -= c.log_prob / rejected;
    point.reference -= reference / rejected;
    point.ratio_rejected += c.log_ratio / rejected;
    hardest = std::max(hardest, c.log_prob);
    hardest_reference = std::max(hardest_reference, reference);
    point.rank_policy += worse(target->log_prob, c.log_prob);
    point.rank_reference += worse(target_reference, reference);
  }
  point.hardest = {target_reference - hardest_reference, target->log_prob - hardest, target->log_ratio,
                   hardest - hardest_reference};
  point.chosen_first = point.hardest.policy > 0;
  point.chosen_first_reference = point.hardest.reference > 0;
  return point;
}

std::string case_html(const CaseReport& report) {
  const RankResult& rank = report.rank;
  const std::vector<MarginPoint>& points = report.points;
  const std::string model = escape_html(report.model), user = escape_html(rank.example.user_key);
  const auto found =
      std::find_if(points.begin(), points.end(), [&](const MarginPoint& p) { return p.example == rank.example.id; });
  const MarginPoint special = found != points.end() ? *found : margin_point(rank);
  const auto item = std::find_if(rank.candidates.begin(), rank.candidates.end(),
                                 [&](const RankedCandidate& c) { return c.item == rank.explained; });
  const auto explained =
      item == rank.candidates.end() ? size_t{0} : static_cast<size_t>(item - rank.candidates.begin());
  const RationaleFacts facts =
      report.rationale.empty() ? RationaleFacts() : facts_of(rank, report.rationale, explained);
  std::string notes;
  if (rank.example.role == Role::Train && rank.has_reference)
    notes += "<p class=\"note\">This user was in the training data: the model has seen this choice.</p>\n";
  if (rank.example.role == Role::Panel && rank.has_reference)
    notes +=
        "<p class=\"note\">This user was in the training data, but this choice was not: it was watched while training, "
        "and a run may have stopped by it.</p>\n";
  if (rank.edited)
    notes += "<p class=\"note\">This case is edited: its history or candidates are not those of the data.</p>\n";
  if (!report.note.empty()) notes += "<p class=\"small\">" + escape_html(report.note) + "</p>\n";
  return fmt::format(R"html(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>User {}, {} · Prefscope</title><style>{}</style></head><body><main>
<h1>{}</h1>
<p class="lead">{}</p>
{}<div class="grid top{}"><div class="left">
{}{}</div>
{}</div>
{}<div class="grid">{}{}</div><p class="small" style="margin-top:16px">Protocol: {}.<br>Written by Prefscope {} on {}.</p>
</main></body></html>
)html",
                     user, model, style, headline(rank, model), lead(rank, special), notes,
                     report.evidence ? " wide" : "",
                     rationale_card(rank, explained, facts, report.rationale, report.rationale_note, model),
                     history_card(report, facts.cited), candidates_card(rank), planes(rank, points, special),
                     chain_card(report), token_card(report), escape_html(rank.protocol), PREFSCOPE_VERSION, utc_now());
}

}  // namespace prefscope
