// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/evaluate/panel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/error.h"

namespace prefscope {
namespace {

constexpr double noticeable = 0.1;       // nats: a fall or a rise below this is no news
constexpr double saturated_margin = 10;  // times beta: sigmoid(-10) leaves 5e-5 of the gradient

/// The first step from which the mean log-ratio of the chosen has only fallen, by `noticeable` in all; nothing where
/// it rises again.
size_t decline_begin(const std::vector<PanelSummary>& panel) {
  size_t begin = panel.size() - 1;
  while (begin > 0 && panel[begin - 1].ratio_chosen > panel[begin].ratio_chosen) --begin;
  return begin;
}

}  // namespace

Quantiles quantiles(std::vector<double> values) {
  if (values.empty()) throw Error(ErrorKind::BadInput, "quantiles need at least one value");
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    const double place = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<size_t>(place);
    const size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
  };
  return {at(0.05), at(0.25), at(0.5), at(0.75), at(0.95)};
}

std::vector<PanelSummary> summarize_panel(const std::vector<PanelScore>& scores) {
  std::vector<PanelSummary> panel;
  for (size_t begin = 0; begin < scores.size();) {
    PanelSummary summary;
    summary.step = scores[begin].step;
    std::vector<double> chosen, rejected;
    size_t end = begin;
    for (; end < scores.size() && scores[end].step == summary.step; ++end) {
      const PanelScore& score = scores[end];
      chosen.push_back(score.ratio_chosen);
      rejected.push_back(score.ratio_rejected);
      summary.ratio_chosen += score.ratio_chosen;
      summary.ratio_rejected += score.ratio_rejected;
      summary.hr_1 += score.target_rank <= 1 ? 1 : 0;
      summary.ndcg_5 += score.target_rank <= 5 ? 1 / std::log2(1 + score.target_rank) : 0;
      summary.mrr += 1 / score.target_rank;
    }
    summary.examples = static_cast<int64_t>(end - begin);
    const auto n = static_cast<double>(summary.examples);
    for (double* mean : {&summary.ratio_chosen, &summary.ratio_rejected, &summary.hr_1, &summary.ndcg_5, &summary.mrr})
      *mean /= n;
    summary.margin = summary.ratio_chosen - summary.ratio_rejected;
    summary.chosen = quantiles(std::move(chosen));
    summary.rejected = quantiles(std::move(rejected));
    panel.push_back(summary);
    begin = end;
  }
  return panel;
}

std::vector<Alarm> find_alarms(const std::vector<PanelSummary>& panel, double beta) {
  std::vector<Alarm> alarms;
  if (panel.size() < 3) return alarms;
  const PanelSummary &first = panel.front(), &last = panel.back();

  const PanelSummary& peak = panel[decline_begin(panel)];
  if (peak.ratio_chosen - last.ratio_chosen > noticeable && last.margin > peak.margin) {
    alarms.push_back(
        {AlarmKind::LikelihoodDecline, peak.step,
         fmt::format("The chosen has become less likely since step {} ({:+.2f} nats) while the margin grows.",
                     peak.step, last.ratio_chosen - peak.ratio_chosen),
         "The rejected only fall faster. Add an SFT term (weight 0.2), raise beta, or stop there."});
  }
  // Saturation begins where the median margin passed the bound for good.
  size_t since = panel.size();
  const auto saturated = [&](const PanelSummary& s) {
    return beta * (s.chosen.p50 - s.rejected.p50) > saturated_margin;
  };
  while (since > 0 && saturated(panel[since - 1])) --since;
  if (since < panel.size()) {
    alarms.push_back({AlarmKind::Saturation, panel[since].step,
                      fmt::format("Margins are saturated since step {}: beta times the margin is {:.1f}.",
                                  panel[since].step, beta * last.margin),
                      "Hardly any gradient is left. Stop there, lower beta, or take harder negatives."});
  }
  // A target's rank moves in whole places: HR@1 is compared with its own standard error.
  const double error = std::sqrt(std::max(first.hr_1 * (1 - first.hr_1), 0.01) / static_cast<double>(first.examples));
  const double best = std::max_element(panel.begin() + 1, panel.end(), [](const auto& a, const auto& b) {
                        return a.hr_1 < b.hr_1;
                      })->hr_1;
  if (last.margin - first.margin > 10 * noticeable && best - first.hr_1 < error) {
    alarms.push_back(
        {AlarmKind::NoGain, last.step,
         fmt::format("The margin has grown by {:.1f} nats, but HR@1 has not followed ({:.2f}, at the start "
                     "{:.2f}).",
                     last.margin - first.margin, last.hr_1, first.hr_1),
         "The rejected may be too easy. Take harder negatives or more of them, or look at the examples "
         "that lost most."});
  }
  return alarms;
}

}  // namespace prefscope
