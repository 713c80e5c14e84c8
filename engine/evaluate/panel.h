// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace prefscope {

/// One panel example at one evaluation of a training.
struct PanelScore {
  int64_t step = 0;  ///< 0: before the first
  int64_t example = 0;
  double ratio_chosen = 0;    ///< log pi - log pi_ref of the target, nats
  double ratio_rejected = 0;  ///< its mean over the other candidates
  double target_rank = 1;     ///< from 1; ties count half
};

/// Quantiles of a sample, linear between its values (numpy's default).
struct Quantiles {
  double p5 = 0, p25 = 0, p50 = 0, p75 = 0, p95 = 0;
};
/// Throws BadInput for an empty sample.
Quantiles quantiles(std::vector<double> values);

/// A panel at one evaluation: means over its examples.
struct PanelSummary {
  int64_t step = 0, examples = 0;
  Quantiles chosen, rejected;                               ///< of the log-ratios, nats
  double ratio_chosen = 0, ratio_rejected = 0, margin = 0;  ///< means; margin: their difference, not times beta
  double hr_1 = 0, ndcg_5 = 0, mrr = 0;                     ///< of the target's rank
};

/// By step. scores are sorted by step.
std::vector<PanelSummary> summarize_panel(const std::vector<PanelScore>& scores);

enum class AlarmKind {
  LikelihoodDecline,  ///< the chosen log-prob falls while the margin grows
  Saturation,         ///< margins are so large that the gradient is next to nothing
  NoGain              ///< the margin grows and HR@1 does not
};
struct Alarm {
  AlarmKind kind;
  int64_t step = 0;    ///< since which
  std::string text;    ///< a sentence that says what happens
  std::string advice;  ///< a sentence that says what to do
};

/// What is worth a warning in a training so far, each kind once at most. beta: of the run.
std::vector<Alarm> find_alarms(const std::vector<PanelSummary>& panel, double beta);

}  // namespace prefscope
