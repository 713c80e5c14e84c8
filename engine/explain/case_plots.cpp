// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/case_plots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/explain/case_text.h"

// Colours come from classes of the page's style, so that one drawing serves light and dark.

namespace prefscope {
namespace {

constexpr double axis_width = 216, axis_margin = 8;

/// A square plot with equal scales on both axes.
class Plane {
 public:
  Plane(double low, double high) {
    const double margin = 0.06 * std::max(1e-6, high - low);
    low_ = low - margin;
    high_ = high + margin;
  }

  double x(double v) const { return left + (v - low_) / (high_ - low_) * size; }
  double y(double v) const { return top + (high_ - v) / (high_ - low_) * size; }

  void add(const std::string& element) { svg_ += element; }
  void line(const char* kind, double x1, double y1, double x2, double y2) {
    add(fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", kind, x1, y1, x2,
                    y2));
  }
  void text(double tx, double ty, const char* anchor, const std::string& words, const char* kind = "") {
    add(fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>", kind, tx, ty, anchor,
                    words));
  }
  void frame(const std::string& x_title, const std::string& y_title) {
    add(fmt::format("<rect class=\"frame\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>", left, top, size, size));
    for (const double tick : round_ticks(low_, high_, 6)) {
      const char* kind = std::abs(tick) < 1e-9 ? "zero" : "grid";
      line(kind, x(tick), top, x(tick), top + size);
      line(kind, left, y(tick), left + size, y(tick));
      text(x(tick), top + size + 16, "middle", tick_label(tick));
      text(left - 6, y(tick) + 4, "end", tick_label(tick));
    }
    text(left + size / 2, top + size + 36, "middle", x_title);
    add(fmt::format("<text transform=\"translate(12 {}) rotate(-90)\" text-anchor=\"middle\">{}</text>", top + size / 2,
                    y_title));
  }
  /// A mark of an example; filled or hollow, its figures on hover.
  void mark(const char* kind, double vx, double vy, double radius, bool filled, const std::string& figures) {
    add(fmt::format("<circle class=\"{}{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\">{}</circle>", kind,
                    filled ? "" : " hollow", x(vx), y(vy), radius,
                    figures.empty() ? "" : "<title>" + figures + "</title>"));
  }
  /// The words beside the special mark, on the side where there is room.
  void label(double vx, double vy, const std::string& words) {
    const bool to_left = x(vx) > left + size * 0.7;
    text(x(vx) + (to_left ? -12 : 12), y(vy) + 4, to_left ? "end" : "start", words, "label");
  }
  std::string finish(const char* name) const {
    return fmt::format(
        "<svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" aria-label=\"{2}\">{3}</svg>",
        left + size + 12, top + size + 48, name, svg_);
  }

  static constexpr double left = 48, top = 8, size = 420;

  double low() const { return low_; }
  double high() const { return high_; }

 private:
  double low_ = 0, high_ = 0;
  std::string svg_;
};

constexpr size_t hover_up_to = 2000;  // more marks than this carry no words, or the page grows large

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : closed_direction(text)) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') {
      out += "\xef\xbf\xbd";
    } else {
      out += c;
    }
  }
  return out;
}

std::string number(double value, bool with_plus, int decimals) {
  std::string text = with_plus ? fmt::format("{:+.{}f}", value, decimals) : fmt::format("{:.{}f}", value, decimals);
  if (text.front() == '-') text.replace(0, 1, "\u2212");
  return text;
}

std::string tick_label(double value) {
  std::string text = fmt::format("{:.6g}", std::abs(value) < 1e-9 ? 0 : value);
  if (text.front() == '-') text.replace(0, 1, "\u2212");
  return text;
}

std::vector<double> round_ticks(double low, double high, int count) {
  if (!(high > low) || count < 1) return {low};
  const double raw = (high - low) / count, power = std::pow(10.0, std::floor(std::log10(raw)));
  const double step = power * (raw / power <= 1 ? 1 : raw / power <= 2 ? 2 : raw / power <= 5 ? 5 : 10);
  std::vector<double> ticks;
  for (double i = std::ceil(low / step); i * step <= high; ++i) ticks.push_back(i * step);
  return ticks;
}

LogProbAxis::LogProbAxis(const RankResult& rank) : has_reference_(rank.has_reference) {
  low_ = 1e300;
  high_ = -1e300;
  for (const RankedCandidate& c : rank.candidates) {
    const double before = has_reference_ ? c.log_prob - c.log_ratio : c.log_prob;
    low_ = std::min({low_, c.log_prob - c.spread, before});
    high_ = std::max({high_, c.log_prob + c.spread, before});
  }
  if (!(high_ - low_ > 1e-6)) {
    low_ -= 1;
    high_ += 1;
  }
  ticks_ = round_ticks(low_, high_, 4);
}

double LogProbAxis::x(double value) const {
  return axis_margin + (value - low_) / (high_ - low_) * (axis_width - 2 * axis_margin);
}

std::string LogProbAxis::grid(int top, int bottom) const {
  std::string svg;
  for (const double tick : ticks_)
    svg +=
        fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\"/>", x(tick), top, bottom);
  return svg;
}

std::string LogProbAxis::head() const {
  std::string svg =
      fmt::format("<svg width=\"{0}\" height=\"18\" viewBox=\"0 0 {0} 18\" aria-hidden=\"true\">", axis_width);
  for (const double tick : ticks_)
    svg += fmt::format("<text x=\"{:.1f}\" y=\"12\" text-anchor=\"middle\">{}</text>", x(tick), tick_label(tick));
  return svg + grid(15, 18) + "</svg>";
}

std::string LogProbAxis::row(const RankedCandidate& c, bool target) const {
  const char* kind = target ? "target" : "policy";
  std::string label = fmt::format("log-prob {:.3f}", c.log_prob), svg;
  if (has_reference_) {
    const double before = c.log_prob - c.log_ratio;
    label = fmt::format("reference {:.3f}, this model {:.3f}", before, c.log_prob);
    svg += fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"20\" x2=\"{:.1f}\" y2=\"20\"/>",
                       target ? "stem target" : "stem", x(before), x(c.log_prob));
    svg += fmt::format("<circle class=\"reference\" cx=\"{:.1f}\" cy=\"20\" r=\"4\"/>", x(before));
  }
  if (c.spread > 0) {
    svg += fmt::format("<line class=\"whisker\" x1=\"{:.1f}\" y1=\"20\" x2=\"{:.1f}\" y2=\"20\"/>",
                       x(c.log_prob - c.spread), x(c.log_prob + c.spread));
    label += fmt::format(", spread over orders {:.3f}", c.spread);
  }
  svg += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"20\" r=\"4.5\"/>", kind, x(c.log_prob));
  return fmt::format(
      "<svg width=\"{0}\" height=\"40\" viewBox=\"0 0 {0} 40\" role=\"img\" aria-label=\"{1}\"><title>{1}"
      "</title>{2}{3}</svg>",
      axis_width, label, grid(0, 40), svg);
}

std::string log_ratio_bar(double value, double largest) {
  const double half = 56, length = largest > 0 ? std::min(1.0, std::abs(value) / largest) * half : 0;
  return fmt::format(
      "<svg width=\"120\" height=\"40\" viewBox=\"0 0 120 40\" role=\"img\" aria-label=\"log-ratio {0:+.3f}\">"
      "<rect class=\"{1}\" x=\"{2:.1f}\" y=\"15\" width=\"{3:.1f}\" height=\"10\"/>"
      "<line class=\"zero\" x1=\"60\" y1=\"0\" x2=\"60\" y2=\"40\"/></svg>",
      value, value < 0 ? "down" : "up", value < 0 ? 60 - length : 60, length);
}

std::string margin_plane(const std::vector<MarginPoint>& points, const MarginPoint& special) {
  double low = std::min({0.0, special.reference, special.policy}),
         high = std::max({0.0, special.reference, special.policy});
  for (const MarginPoint& p : points) {
    low = std::min({low, p.reference, p.policy});
    high = std::max({high, p.reference, p.policy});
  }
  Plane plane(low, high);
  plane.frame("reference: log p(chosen) \u2212 mean log p(rejected), nats", "the same under this model, nats");
  plane.line("diagonal", plane.x(plane.low()), plane.y(plane.low()), plane.x(plane.high()), plane.y(plane.high()));
  const auto draw = [&](const MarginPoint& p, const char* kind, double radius, bool words) {
    plane.mark(kind, p.reference, p.policy, radius, p.chosen_first,
               words ? fmt::format("{}: {:+.3f} \u2192 {:+.3f}", escape_html(p.user_key), p.reference, p.policy) : "");
  };
  for (const MarginPoint& p : points) {
    if (p.example != special.example)
      draw(p, p.policy < p.reference ? "worse" : "policy", 3.5, points.size() <= hover_up_to);
  }
  draw(special, "target", 6.5, true);
  plane.label(special.reference, special.policy, "this case");
  return plane.finish("Margin plane");
}

std::string displacement_plane(const std::vector<MarginPoint>& points, const MarginPoint& special) {
  double low = std::min({0.0, special.ratio_chosen, special.ratio_rejected}),
         high = std::max({0.0, special.ratio_chosen, special.ratio_rejected});
  for (const MarginPoint& p : points) {
    low = std::min({low, p.ratio_chosen, p.ratio_rejected});
    high = std::max({high, p.ratio_chosen, p.ratio_rejected});
  }
  Plane plane(low, high);
  plane.add(fmt::format("<rect class=\"shade\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>",
                        Plane::left, plane.y(0), plane.x(0) - Plane::left, Plane::top + Plane::size - plane.y(0)));
  plane.frame("mean log-ratio of the rejected, nats", "log-ratio of the chosen, nats");
  plane.line("diagonal", plane.x(plane.low()), plane.y(plane.low()), plane.x(plane.high()), plane.y(plane.high()));
  if (plane.x(0) - Plane::left > 90 && Plane::top + Plane::size - plane.y(0) > 40)
    plane.text(plane.x(0) - 8, Plane::top + Plane::size - 10, "end", "both fell");
  const auto draw = [&](const MarginPoint& p, const char* kind, double radius, bool words) {
    plane.mark(kind, p.ratio_rejected, p.ratio_chosen, radius, p.chosen_first,
               words ? fmt::format("{}: chosen {:+.3f}, rejected {:+.3f}", escape_html(p.user_key), p.ratio_chosen,
                                   p.ratio_rejected)
                     : "");
  };
  for (const MarginPoint& p : points) {
    if (p.example != special.example)
      draw(p, p.policy < p.reference ? "worse" : "policy", 3.5, points.size() <= hover_up_to);
  }
  draw(special, "target", 6.5, true);
  plane.label(special.ratio_rejected, special.ratio_chosen, "this case");
  return plane.finish("Displacement plane");
}

}  // namespace prefscope
