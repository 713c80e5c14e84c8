// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/files.h"
#include "engine/explain/case.h"
#include "engine/explain/case_html.h"
#include "engine/explain/case_plots.h"
#include "engine/explain/case_text.h"

// One page, inline style and inline SVG, no script, nothing loaded: the policy in its head forbids it as well.

namespace prefscope {
namespace {

/// What is bold in a table of candidates.
constexpr const char* bold_chosen = "<b>Bold</b>: what the user chose.";

constexpr const char* style = R"css(
:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--text:#1f2430;--muted:#5b6472;--line:#dde1e7;--tint:#fdf3e7;--shade:#f1f2f5;
--target:#b45309;--policy:#1b3fb5;--up:#0f766e;--down:#b5391b;--sans:Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
@media(prefers-color-scheme:dark){:root{--bg:#14171c;--card:#1d2128;--text:#e6e9ee;--muted:#a3acb9;--line:#353b45;--tint:#33291c;--shade:#23282f;
--target:#f0a64b;--policy:#6a9bff;--up:#43c2b1;--down:#f28263}}
*{box-sizing:border-box}body{margin:0;padding:24px;background:var(--bg);color:var(--text);font:14px/20px var(--sans)}
main{max-width:1280px;margin:auto}h1{font-size:22px;line-height:28px;margin:0 0 4px}h2{font-size:15px;margin:0}
p{margin:0}.lead{font-size:15px}.small{color:var(--muted);font-size:12px;line-height:16px}.note{border-left:3px solid var(--target);padding-left:8px;margin:8px 0 0}
.grid{display:grid;gap:16px;margin:16px 0 0}.top{grid-template-columns:280px minmax(0,1fr)}.two{grid-template-columns:repeat(2,minmax(0,1fr))}
.end{margin-top:16px}.left{display:grid;gap:16px;align-content:start}.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:16px}
.card header{display:flex;justify-content:space-between;align-items:baseline;gap:16px;margin:0 0 8px}.card footer{margin:8px 0 0}
ol{list-style:none;margin:0;padding:0}ol li{padding:4px 0 4px 12px;border-left:3px solid transparent}ol li.named{border-left-color:var(--policy)}
table{border-collapse:collapse;width:100%}th{font-weight:inherit;color:var(--muted);font-size:12px;text-align:left;padding:0 8px 4px;vertical-align:bottom}
td{padding:2px 8px;border-top:1px solid var(--line)}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.plot{width:1px;padding:0 8px}td.what{width:100%;min-width:120px;overflow-wrap:anywhere}
tr.target td{background:var(--tint)}tr.target b,tr.target .n{color:var(--target)}td b{font-weight:inherit}td{height:41px}tr.target b{font-weight:600}
blockquote{margin:0;font-size:15px;line-height:22px}svg{display:block;max-width:100%;height:auto}td svg{max-width:none}.top.wide{grid-template-columns:400px minmax(0,1fr)}.effects svg{width:90px;height:30px}.effects li{display:grid;grid-template-columns:minmax(0,1fr) 90px 112px;gap:8px;align-items:center}.what{overflow-wrap:anywhere}.changes td.what{width:50%}.changes{margin-top:8px}table.tokens{width:auto}.tokens td{height:auto}.tokens+.tokens{margin-top:12px}.two svg{margin:auto}
svg text{fill:var(--muted);font:11px var(--sans)}svg text.label{fill:var(--target);font-weight:600;font-size:12px;paint-order:stroke;stroke:var(--card);stroke-width:3px}
.frame{fill:none;stroke:var(--line)}.grid line,line.grid{stroke:var(--line)}line.zero{stroke:var(--muted)}line.diagonal{stroke:var(--muted);stroke-dasharray:4 3}
.shade{fill:var(--shade)}.up{fill:var(--up)}.down{fill:var(--down)}circle.policy{fill:var(--policy);stroke:var(--policy)}circle.worse{fill:var(--down);stroke:var(--down)}
circle.target{fill:var(--target);stroke:var(--target);stroke-width:2}circle.hollow{fill:var(--card);fill-opacity:.6}circle.reference{fill:var(--card);stroke:var(--muted);stroke-width:1.5}
svg line.stem{stroke:var(--line);stroke-width:2}svg line.stem.target{stroke:var(--target)}line.whisker{stroke:var(--text)}
.key{display:inline-block;width:8px;height:8px;border-radius:4px;background:var(--policy);margin-right:4px}.key.open{background:none;border:1.5px solid var(--muted)}.key.bad{background:var(--down)}
@media(max-width:1250px){.top,.top.wide{grid-template-columns:minmax(0,1fr)}}
@media(max-width:960px){.two{grid-template-columns:minmax(0,1fr)}.card{overflow-x:auto}table{min-width:720px}}
.kept{border-top:1px solid var(--line);margin:40px 0 0;padding:24px 0 0}.kept:first-of-type{border-top:0;margin-top:0;padding-top:0}.written{white-space:pre-wrap;overflow-wrap:anywhere;border-left:3px solid var(--policy);padding-left:8px;margin:0 0 8px}h1,.lead{overflow-wrap:anywhere}a{color:var(--policy)}ol.index{margin:0 0 32px}ol.index li{padding-left:0;overflow-wrap:anywhere}
@media print{body{padding:0;background:#fff}.kept{break-before:page}.card{break-inside:avoid;overflow:visible}table{min-width:0}
.top,.left{display:block}.top .card{break-inside:auto;margin:0 0 16px}.card header{break-after:avoid}li,tr{break-inside:avoid}}
)css";

std::string history_card(const CaseReport& report, const std::vector<size_t>& named) {
  const RankResult& rank = report.rank;
  const bool measured = report.evidence && report.evidence->items.size() == rank.history.size();
  double largest = 0;
  if (measured) {
    for (const ItemEffect& e : report.evidence->items) largest = std::max(largest, std::abs(e.deletion));
  }
  std::string rows;
  for (const size_t i : history_order(report)) {
    std::string effect;
    if (measured) {
      const ItemEffect& e = report.evidence->items[i];
      effect = fmt::format("{}<span class=\"n\">{}{}{}<br><span class=\"small\">{} to {}</span></span>",
                           log_ratio_bar(e.deletion, largest), e.beyond ? "<b>" : "", number(e.deletion, true),
                           e.beyond ? "</b>" : "", number(e.low, true), number(e.high, true));
    }
    rows += fmt::format(
        "<li{0}><span class=\"what\" title=\"{1}\">{1}<br><span class=\"small\">{2}</span></span>{3}</li>\n",
        std::find(named.begin(), named.end(), i) != named.end() ? " class=\"named\"" : "",
        escape_html(rank.history[i].title), escape_html(attribute_values(rank.history[i])), effect);
  }
  std::string question, footer;
  if (measured) {
    question = "<p>" + escape_html(evidence_title(report)) + "</p>";
    footer = "<footer class=\"small\">" + escape_html(evidence_remark(report)) +
             " <b>Bold</b>: the whole range lies outside of zero and of what removing a neutral item does.</footer>";
  }
  return fmt::format(
      "<section class=\"card\"><header><h2>History{}</h2><span class=\"small\">{} items, {}"
      "</span></header>{}<ol{}>{}</ol>{}</section>\n",
      measured ? " and evidence" : "", rank.history.size(), history_order_text(report), question,
      measured ? " class=\"effects\"" : "", rows, footer);
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
      "<footer class=\"small\">{}</footer></section>\n",
      head, rows, bold_chosen);
}

/// The list's ranks under other models; no scores, which are not in one unit.
std::string beside_card(const CaseReport& report) {
  if (report.beside.empty()) return "";
  std::string head = fmt::format("<th>candidate</th><th class=\"n\">{}</th>", escape_html(short_title(report.model)));
  for (const BesideModel& model : report.beside)
    head += fmt::format("<th class=\"n\">{}</th>", escape_html(short_title(model.name)));
  std::string rows;
  for (const BesideRow& row : beside_rows(report)) {
    rows += fmt::format("<tr{}><td class=\"what\"><b>{}</b></td><td class=\"n\">{}</td>",
                        row.target ? " class=\"target\"" : "", escape_html(row.title), row.rank);
    for (const std::string& rank : row.ranks) rows += fmt::format("<td class=\"n\">{}</td>", rank);
    rows += "</tr>\n";
  }
  return fmt::format(
      "<section class=\"card\"><header><h2>Ranks under other models</h2><span class=\"small\">the same candidate "
      "list</span></header><table><thead><tr>{}</tr></thead><tbody>\n{}</tbody></table><footer "
      "class=\"small\">{} {}</footer></section>\n",
      head, rows, escape_html(beside_remark(report)), bold_chosen);
}

/// The smallest changes of the history that put another candidate first, each with its cost.
std::string changes_card(const CaseReport& report) {
  if (!report.changes) return "";
  std::string rows;
  for (const ChangeRow& row : change_rows(report))
    rows += fmt::format(
        "<tr><td class=\"what\">{}</td><td class=\"n\">{}</td><td class=\"what\">{}</td><td "
        "class=\"n\">{}</td></tr>\n",
        escape_html(row.what), row.items, escape_html(row.first), number(row.lead, false));
  std::string table;
  if (!rows.empty())
    table =
        "<table class=\"changes\"><thead><tr><th>change</th><th class=\"n\">items</th><th>first then</th><th "
        "class=\"n\">lead, nats</th></tr></thead><tbody>\n" +
        rows + "</tbody></table>";
  return fmt::format(
      "<section class=\"card\"><header><h2>What would change it</h2><span class=\"small\">the fewest items to remove, "
      "or to add, that put another first</span></header><p>{}</p>{}</section>\n",
      escape_html(changes_remark(report)), table);
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

std::string rationale_card(const CaseReport& report, const RationaleRemark& remark) {
  if (remark.text.empty()) return "";
  return fmt::format(
      "<section class=\"card\"><header><h2>Rationale</h2><span class=\"small\">for "
      "{}</span></header><blockquote>{}</blockquote><footer class=\"small\">{}<br><b>Generated text is not "
      "evidence.</b></footer></section>\n",
      escape_html(remark.title), escape_html(report.rationale), escape_html(remark.text));
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
        i < rank.items.size() ? escape_html(attribute_values(rank.items[i])) : "");
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
      "title's tokens and the end of text.{} {}</footer></section>\n",
      score_name(rank.score), head, rows,
      rank.has_reference ? "<span class=\"key open\"></span>reference <span class=\"key\"></span>this model. " : "",
      rank.has_reference ? " Log-ratio: this model minus its reference; zero is marked." : "", bold_chosen);
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
      key, margin_plane(points, special), escape_html(margin_counts(points)), displacement_plane(points, special));
}

}  // namespace

std::string case_body(const CaseReport& report) {
  const RankResult& rank = report.rank;
  const RationaleRemark remark = rationale_remark(report);
  std::string notes;
  for (const std::string& warning : case_warnings(rank))
    notes += "<p class=\"note\">" + escape_html(warning) + "</p>\n";
  if (!report.note.empty()) notes += "<p class=\"small\">" + escape_html(report.note) + "</p>\n";
  return fmt::format(R"html(<h1>{}</h1>
<p class="lead">{}</p>
{}<div class="grid top{}"><div class="left">
{}{}</div>
{}</div>
{}<div class="grid">{}{}{}{}</div><p class="small end">Protocol: {}.</p>
)html",
                     escape_html(case_headline(report)), escape_html(case_lead(report)), notes,
                     report.evidence ? " wide" : "", rationale_card(report, remark), history_card(report, remark.cited),
                     candidates_card(rank), planes(rank, report.points, case_point(report)), changes_card(report),
                     beside_card(report), chain_card(report), token_card(report), escape_html(rank.protocol));
}

std::string html_page(const std::string& title, const std::string& body) {
  return fmt::format(R"html(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{} · Prefscope</title><style>{}</style></head><body><main>
{}<p class="small">Written by Prefscope {} on {}.</p>
</main></body></html>
)html",
                     escape_html(title), style, body, PREFSCOPE_VERSION, utc_now());
}

std::string case_html(const CaseReport& report) {
  return html_page(fmt::format("User {}, {}", report.rank.example.user_key, report.model), case_body(report));
}

}  // namespace prefscope
