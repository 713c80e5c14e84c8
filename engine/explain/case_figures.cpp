// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/case_figures.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/explain/case_plots.h"
#include "engine/explain/case_text.h"

namespace prefscope {
namespace {

// The light colours of the page of case_html; a file has no page whose variables it could take.
constexpr const char* style =
    "text{fill:#5b6472;font:11px sans-serif}text.label{fill:#b45309;font-weight:600;font-size:12px}"
    "text.row{fill:#1f2430;font-size:12px}text.row.target{fill:#b45309;font-weight:600}"
    ".frame{fill:none;stroke:#dde1e7}line.grid{stroke:#dde1e7}line.zero{stroke:#5b6472}"
    "line.diagonal{stroke:#5b6472;stroke-dasharray:4 3}.shade{fill:#f1f2f5}"
    "circle.policy{fill:#1b3fb5;stroke:#1b3fb5}circle.worse{fill:#b5391b;stroke:#b5391b}"
    "circle.target{fill:#b45309;stroke:#b45309;stroke-width:2}circle.hollow{fill:#ffffff;fill-opacity:0.6}"
    "circle.reference{fill:#ffffff;stroke:#5b6472;stroke-width:1.5}"
    "line.stem{stroke:#c3c9d3;stroke-width:2}line.stem.target{stroke:#b45309}line.whisker{stroke:#1f2430}";

/// A drawing for a page becomes a file. It begins with "<svg ".
std::string standalone(const std::string& drawing) {
  const size_t inside = drawing.find('>') + 1;
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" " +
         drawing.substr(5, inside - 5) + "<style>" + style +
         "</style><rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>" + drawing.substr(inside) + "\n";
}

/// A title as a row of the picture has room for.
std::string row_title(const std::string& title) {
  constexpr size_t most = 34;
  if (title.size() <= most) return closed_direction(title);
  size_t end = most - 2;
  while (end > 0 && (static_cast<unsigned char>(title[end]) & 0xc0) == 0x80) --end;
  return closed_direction(title.substr(0, end)) + "…";
}

/// Reference hollow, model filled, whiskers of one standard deviation over prompt orders; rows in rank order.
std::string dumbbells(const RankResult& rank) {
  constexpr double titles = 260, axis = 380, margin = 12, head = 28, row = 22;
  double low = 1e300, high = -1e300;
  for (const RankedCandidate& c : rank.candidates) {
    const double before = rank.has_reference ? c.log_prob - c.log_ratio : c.log_prob;
    low = std::min({low, c.log_prob - c.spread, before});
    high = std::max({high, c.log_prob + c.spread, before});
  }
  if (!(high - low > 1e-6)) low -= 1, high += 1;
  const auto x = [&](double value) { return titles + margin + (value - low) / (high - low) * (axis - 2 * margin); };
  const double width = titles + axis + 72, height = head + row * static_cast<double>(rank.candidates.size()) + 8;
  std::string svg =
      fmt::format("<svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" aria-label=\"Candidates\">",
                  width, height);
  for (const double tick : round_ticks(low, high, 5))
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\"/><text x=\"{0:.1f}\" y=\"{3}\" "
        "text-anchor=\"middle\">{4}</text>",
        x(tick), head - 6, height - 4, head - 12, tick_label(tick));
  svg +=
      fmt::format("<text x=\"8\" y=\"{}\">candidate</text><text x=\"{}\" y=\"{}\" text-anchor=\"end\">log-prob</text>",
                  head - 12, width - 8, head - 12);
  for (size_t i = 0; i < rank.candidates.size(); ++i) {
    const RankedCandidate& c = rank.candidates[i];
    const bool target = c.item == rank.target;
    const double y = head + row * (static_cast<double>(i) + 0.5);
    const auto line = [&](const char* kind, double from, double to) {
      svg += fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", kind, x(from),
                         y, x(to), y);
    };
    svg += fmt::format(
        "<g><title>{}</title><text class=\"row{}\" x=\"8\" y=\"{:.1f}\">{}. {}</text></g><text class=\"row{}\" "
        "x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
        escape_html(c.title), target ? " target" : "", y + 4, i + 1, escape_html(row_title(c.title)),
        target ? " target" : "", width - 8, y + 4, number(c.log_prob, false, 2));
    if (rank.has_reference) line(target ? "stem target" : "stem", c.log_prob - c.log_ratio, c.log_prob);
    if (c.spread > 0) line("whisker", c.log_prob - c.spread, c.log_prob + c.spread);
    if (rank.has_reference)
      svg += fmt::format("<circle class=\"reference\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"/>",
                         x(c.log_prob - c.log_ratio), y);
    svg += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\"/>", target ? "target" : "policy",
                       x(c.log_prob), y);
  }
  return svg + "</svg>";
}

}  // namespace

std::vector<CaseFigure> case_figures(const CaseReport& report) {
  std::vector<CaseFigure> figures = {{"candidates", "Candidates: log-prob under this model (filled)", ""}};
  if (report.rank.has_reference) figures.front().title += " and its reference (hollow), nats";
  figures.front().svg = standalone(dumbbells(report.rank));
  if (!report.rank.has_reference) return figures;
  const MarginPoint special = case_point(report);
  figures.push_back({"margin-plane", "Margin plane; filled: the chosen ranks first",
                     standalone(margin_plane(report.points, special))});
  figures.push_back({"displacement-plane", "Displacement plane: how far training moved the chosen and the rejected",
                     standalone(displacement_plane(report.points, special))});
  return figures;
}

}  // namespace prefscope
