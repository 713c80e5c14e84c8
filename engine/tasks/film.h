// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/explain/case.h"
#include "engine/tasks/explain.h"

namespace prefscope {

/// A case at one moment of the training.
struct FilmFrame {
  std::string model;           ///< "base", or the run's name
  std::optional<int64_t> run;  ///< absent: the base model
  int64_t step = 0;            ///< of the run; its last one: the adapter that the run ended with
  std::vector<double> scores;  ///< log-probs by saved position, nats, means over prompt orders
  std::vector<int> ranks;      ///< from 1, by saved position; ties by saved order
  double margin = 0;           ///< the target's log-prob less the mean of the other candidates', nats
  std::string rationale;       ///< for the first candidate of the moment; empty where none was asked for
};

/// A case from the base model to the end of a run: every adapter that its chain of runs has kept.
struct Film {
  Example example;
  std::vector<ItemText> candidates;  ///< by saved position
  std::vector<FilmFrame> frames;     ///< in order of training
  std::string note;                  ///< how rationales were made; empty without
  std::string missing;               ///< why there is nothing between the runs' ends; empty where there is
};

/// Measures it and keeps it in the workspace, so that the same question is answered at once later. rationales: let each
/// moment write one, greedy, with titles held to the history. Where none of the chain has kept an adapter on the way,
/// it has the base model and each run's end. Throws BadInput without a run.
Film film(const RankOptions& options, bool rationales, const TaskContext& context);

}  // namespace prefscope
