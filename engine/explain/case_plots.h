// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engine/explain/case.h"

namespace prefscope {

/// Text from outside made harmless in HTML and in attributes; control characters become U+FFFD, and marks of writing
/// direction end with it.
std::string escape_html(std::string_view text);

/// A number with fixed decimals and a true minus sign (U+2212); with_plus: "+" before positive ones.
std::string number(double value, bool with_plus, int decimals = 3);

/// Round steps (1, 2 or 5 times a power of ten) that cover low .. high with about `count` ticks.
std::vector<double> round_ticks(double low, double high, int count);

/// "−3", "0", "2.5": a tick as short as its step allows.
std::string tick_label(double value);

/// The log-probs of a candidate list on one axis: rows for the table, and the axis for its head. Reference hollow,
/// policy filled, whiskers of one standard deviation over prompt orders.
class LogProbAxis {
 public:
  explicit LogProbAxis(const RankResult& rank);
  std::string head() const;
  std::string row(const RankedCandidate& candidate, bool target) const;

 private:
  double x(double value) const;
  std::string grid(int top, int bottom) const;
  bool has_reference_;
  double low_ = 0, high_ = 0;
  std::vector<double> ticks_;
};

/// A bar of the log-ratio from a marked zero in the middle; all bars of a list share the scale of `largest`.
std::string log_ratio_bar(double value, double largest);

/// Reference margins against the policy's, in nats, equal scales; the height above the diagonal is the implicit margin
/// divided by beta. Filled: the chosen ranks first. `special` is drawn on top, in the target's colour.
std::string margin_plane(const std::vector<MarginPoint>& points, const MarginPoint& special);
/// Mean log-ratio of the rejected against that of the chosen, equal scales; where both fell is shaded.
std::string displacement_plane(const std::vector<MarginPoint>& points, const MarginPoint& special);

}  // namespace prefscope
