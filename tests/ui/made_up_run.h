// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cmath>
#include <string>
#include <vector>

#include "engine/store/preparations.h"
#include "engine/store/runs.h"
#include "engine/tasks/train.h"

namespace prefscope {

/// What a made-up training looks like.
struct MadeUpRun {
  int64_t steps = 200, total = 240;
  int evaluations = 10;  ///< beside the one before the first step
  double rise = 2;       ///< nats that the chosen gains up to the peak
  double peak = 0.5;     ///< share of the steps after which it falls again
  double fall = 3;       ///< nats a whole run that it falls from there on
};

/// Writes steps and panel scores of a training that never took place into a run that create_run made, whose panel is
/// the first `examples`. The chosen's log-ratio rises to a peak and falls again, the rejected's falls, both spread over
/// the examples: the i-th lies (i / n - 1/2) nats times the share of steps away from the middle.
inline void writeMadeUpRun(Workspace& workspace, int64_t run, const std::vector<int64_t>& examples,
                           const MadeUpRun& shape, RunStatus status = RunStatus::Done) {
  begin_steps(workspace, run, shape.total, 0);
  const bool sft = read_run(workspace, run).objective == "sft";
  const auto evaluate = [&](int64_t step) {
    const double share = static_cast<double>(step) / static_cast<double>(shape.total);
    const double chosen =
        shape.rise * std::min(share, shape.peak) / shape.peak - shape.fall * std::max(0.0, share - shape.peak);
    std::vector<PanelScore> scores;
    for (size_t i = 0; i < examples.size(); ++i) {
      const double place = (static_cast<double>(i) / static_cast<double>(examples.size()) - 0.5) * 4 * share;
      const auto rank = static_cast<double>(1 + (i * 7 + static_cast<size_t>(step) / 40) % 6);
      scores.push_back({step, examples[i], chosen + place, -3 * share + place, rank});
    }
    save_panel_scores(workspace, run, scores);
  };
  if (!examples.empty()) evaluate(0);
  const int64_t every = std::max<int64_t>(1, shape.total / std::max(1, shape.evaluations));
  SQLite::Transaction transaction(workspace.db());
  for (int64_t step = 1; step <= shape.steps; ++step) {
    StepMetric m;
    const double share = static_cast<double>(step) / static_cast<double>(shape.total);
    const double noise = std::sin(static_cast<double>(step) * 12.9898) * 0.1;
    m.step = step;
    m.epoch = 2 * share;
    m.loss = 0.7 - 0.4 * share + noise;
    if (!sft) {
      m.reward_chosen = share + noise;
      m.reward_rejected = -2 * share + noise;
      m.margin = 3 * share;
      m.accuracy = std::min(1.0, 0.5 + 0.4 * share + noise);
    }
    m.learning_rate = 3e-4 * 0.5 * (1 + std::cos(3.14159265 * share));
    m.gradient_norm = 1 - 0.5 * share + noise;
    m.tokens = 1000;
    m.seconds = 0.2;
    SQLite::Statement insert(workspace.db(), "INSERT INTO step_metric VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, run);
    insert.bind(2, m.step);
    insert.bind(3, m.epoch);
    insert.bind(4, m.loss);
    if (m.reward_chosen) insert.bind(5, *m.reward_chosen);
    if (m.reward_rejected) insert.bind(6, *m.reward_rejected);
    if (m.margin) insert.bind(7, *m.margin);
    if (m.accuracy) insert.bind(8, *m.accuracy);
    insert.bind(9, m.learning_rate);
    insert.bind(10, m.gradient_norm);
    insert.bind(11, m.tokens);
    insert.bind(12, m.seconds);
    insert.exec();
  }
  SQLite::Statement count(workspace.db(), "UPDATE run SET steps_done = ?, seconds = ? WHERE id = ?");
  count.bind(1, shape.steps);
  count.bind(2, 0.2 * static_cast<double>(shape.steps));
  count.bind(3, run);
  count.exec();
  transaction.commit();
  for (int64_t step = every; step <= shape.steps && !examples.empty(); step += every) evaluate(step);
  set_run_status(workspace, run, status);
}

}  // namespace prefscope
