// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/tasks/explain.h"

// One page, inline style and inline SVG, no script, nothing loaded: the policy in its head forbids it as well.

namespace prefscope {
namespace {

/// Text that a stranger wrote, made harmless.
std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string attributes_of(const ItemText& item) {
  std::string text;
  for (const auto& attribute : item.attributes) text += (text.empty() ? "" : " · ") + escape(attribute.second);
  return text;
}

constexpr const char* style = R"css(
:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--text:#1c2430;--muted:#5a6472;--line:#dfe3e8;--target:#b35c00;--policy:#1d4fd7;--up:#117a65;--down:#b3401f}
@media(prefers-color-scheme:dark){:root{--bg:#14181e;--card:#1c222b;--text:#e6e9ee;--muted:#a3adba;--line:#333c48;--target:#ffab4d;--policy:#82a8ff;--up:#4cc9ac;--down:#ff8f6b}}
body{margin:0;padding:24px;background:var(--bg);color:var(--text);font:14px/1.45 Inter,system-ui,sans-serif}
main{max-width:1180px;margin:auto}h1{font-size:22px;margin:0 0 4px}h2{font-size:15px;margin:0 0 8px}.muted{color:var(--muted);font-size:12px}
.grid{display:grid;grid-template-columns:minmax(220px,1fr) minmax(440px,2fr);gap:16px;margin:16px 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:16px}ol{margin:0;padding-left:24px}li{margin-bottom:6px}
table{border-collapse:collapse;width:100%}td,th{padding:3px 8px;text-align:left;font-weight:inherit}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
tr.target td{color:var(--target);font-weight:600}blockquote{margin:0;font-size:16px}svg{display:block;max-width:100%;height:auto}svg text{fill:var(--muted);font-size:11px}
@media(max-width:760px){.grid{grid-template-columns:1fr}}
)css";

/// A bar of the log-ratio, zero in the middle.
std::string ratio_bar(double value, double largest) {
  const double half = 70, length = largest > 0 ? std::abs(value) / largest * half : 0;
  return fmt::format(
      "<svg width=\"140\" height=\"12\" viewBox=\"0 0 140 12\" role=\"img\" aria-label=\"{:+.3f}\"><line x1=\"70\" "
      "y1=\"0\" x2=\"70\" y2=\"12\" stroke=\"var(--muted)\"/>"
      "<rect x=\"{:.1f}\" y=\"2\" width=\"{:.1f}\" height=\"8\" fill=\"var({})\"/></svg>",
      value, value < 0 ? half - length : half, length, value < 0 ? "--down" : "--up");
}

std::string candidates_table(const RankResult& rank) {
  double largest = 0;
  for (const RankedCandidate& c : rank.candidates) largest = std::max(largest, std::abs(c.log_ratio));
  std::string rows;
  for (size_t i = 0; i < rank.candidates.size(); ++i) {
    const RankedCandidate& c = rank.candidates[i];
    rows += fmt::format(
        "<tr{}><td class=\"n\">{}</td><td>{}<br><span class=\"muted\">{}</span></td><td class=\"n\">{:.3f}</td><td "
        "class=\"n\">{:+.3f}</td><td>{}</td><td class=\"n\">{}</td></tr>\n",
        c.item == rank.target ? " class=\"target\"" : "", i + 1, escape(c.title),
        i < rank.items.size() ? attributes_of(rank.items[i]) : "", c.log_prob, c.log_ratio,
        ratio_bar(c.log_ratio, largest), c.tokens);
  }
  return "<table><thead class=\"muted\"><tr><th class=\"n\">rank</th><th>candidate</th><th class=\"n\">log-prob, "
         "nats</th><th class=\"n\">log-ratio</th><th></th><th "
         "class=\"n\">tokens</th></tr></thead><tbody>\n" +
         rows + "</tbody></table>";
}

/// The margin plane: equal scales, the diagonal, zero marked; filled: the chosen ranks first.
std::string margin_plane(const std::vector<MarginPoint>& points, int64_t example) {
  if (points.empty())
    return "<p class=\"muted\">No held-out example is scored under this run and its reference yet.</p>";
  double low = 0, high = 0;
  for (const MarginPoint& p : points) {
    low = std::min({low, p.reference, p.policy});
    high = std::max({high, p.reference, p.policy});
  }
  const double margin = 0.05 * std::max(1e-6, high - low), size = 420, left = 44, top = 12;
  low -= margin;
  high += margin;
  const auto x = [&](double v) { return left + (v - low) / (high - low) * size; };
  const auto y = [&](double v) { return top + (high - v) / (high - low) * size; };
  std::string svg = fmt::format(
      "<svg viewBox=\"0 0 480 476\" width=\"480\" role=\"img\" aria-label=\"Margin plane\"><rect x=\"{}\" y=\"{}\" "
      "width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"var(--line)\"/>",
      left, top, size, size);
  svg += fmt::format(
      "<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{2:.1f}\" y2=\"{3:.1f}\" stroke=\"var(--muted)\" stroke-dasharray=\"4 "
      "3\"/>",
      x(low), y(low), x(high), y(high));
  svg += fmt::format(
      "<line x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\" stroke=\"var(--line)\"/><line x1=\"{3}\" "
      "y1=\"{4:.1f}\" x2=\"{5}\" y2=\"{4:.1f}\" stroke=\"var(--line)\"/>",
      x(0), top, top + size, left, y(0), left + size);
  const auto mark = [&](const MarginPoint& p, bool special) {
    const char* colour = special ? "var(--target)" : p.policy >= p.reference ? "var(--policy)" : "var(--down)";
    svg += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"{}\" stroke=\"{}\"><title>{}: {:+.3f} → "
        "{:+.3f}</title></circle>",
        x(p.reference), y(p.policy), special ? 7 : 3.5, p.chosen_first ? colour : "none", colour, escape(p.user_key),
        p.reference, p.policy);
  };
  for (const MarginPoint& p : points) {
    if (p.example != example) mark(p, false);
  }
  for (const MarginPoint& p : points) {
    if (p.example == example) mark(p, true);
  }
  svg += fmt::format(
      "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">reference: log p(chosen) − mean log p(rejected), nats</text>",
      left + size / 2, top + size + 34);
  svg += fmt::format(
      "<text transform=\"translate(14 {}) rotate(-90)\" text-anchor=\"middle\">the same under this model, nats</text>",
      top + size / 2);
  for (const double v : {low + margin, 0.0, high - margin}) {
    svg += fmt::format(
        "<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.1f}</text><text x=\"{}\" y=\"{:.1f}\" "
        "text-anchor=\"end\">{:.1f}</text>",
        x(v), top + size + 16, v, left - 4, y(v) + 4, v);
  }
  return svg + "</svg>";
}

std::string counts(const std::vector<MarginPoint>& points) {
  const auto up =
      std::count_if(points.begin(), points.end(), [](const MarginPoint& p) { return p.policy > p.reference; });
  const auto down =
      std::count_if(points.begin(), points.end(), [](const MarginPoint& p) { return p.policy < p.reference; });
  return fmt::format(
      "{} held-out examples: margin rose for {}, fell for {}, unchanged for {}. Filled: the chosen ranks first.",
      points.size(), up, down, static_cast<std::ptrdiff_t>(points.size()) - up - down);
}

}  // namespace

std::string case_html(const RankResult& rank, const std::vector<MarginPoint>& points, const std::string& rationale,
                      const std::string& model_name) {
  std::string target = "the target";
  for (const RankedCandidate& c : rank.candidates) {
    if (c.item == rank.target) target = c.title;
  }
  std::string history;
  for (const ItemText& item : rank.history)
    history += fmt::format("<li>{}<br><span class=\"muted\">{}</span></li>\n", escape(item.title), attributes_of(item));
  const std::string user = escape(rank.example.user_key);
  return fmt::format(R"html(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>User {0}, {1}</title><style>{2}</style></head><body><main>
<h1>User {0} chose {3}. {1} ranks it {4} of {5}.</h1>
<p class="muted">{6}</p>
<div class="grid">
<section class="card"><h2>History, oldest first</h2><ol>{7}</ol></section>
<section class="card"><h2>Candidates</h2>{8}<p class="muted">Log-prob: summed over the title's tokens and the end of text. Log-ratio: against the reference of this run; zero is marked.</p></section>
</div>
<section class="card"><h2>Rationale</h2><blockquote>{9}</blockquote><p class="muted">Written by {1}. Generated text is not evidence.</p></section>
<div class="grid" style="grid-template-columns:1fr"><section class="card"><h2>Margin plane</h2>{10}<p class="muted">{11}</p></section></div>
</main></body></html>
)html",
                     user, escape(model_name), style, escape(target), rank.target_rank, rank.candidates.size(),
                     escape(rank.protocol), history, candidates_table(rank), escape(rationale),
                     margin_plane(points, rank.example.id), counts(points));
}

}  // namespace prefscope
