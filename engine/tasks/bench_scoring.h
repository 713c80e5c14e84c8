// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/progress.h"

namespace prefscope {

/// Scoring of responses below one prompt, with any model, to be timed beside another program that has the same ids.
struct ScoringBenchOptions {
  std::string model = "starter";   ///< a Hugging Face folder, or starter
  std::filesystem::path examples;  ///< JSON {"prompt": [ids], "responses": [[ids], ...]}
  int rounds = 5;                  ///< timed, after one that is not
  std::string device = "cpu";      ///< auto, cpu, cuda
  std::string dtype = "float32";   ///< of weights and activations: float32, bfloat16, float16
};

struct ScoringBenchResult {
  std::vector<double> seconds;    ///< of each round: ids in, log-probs out, loading not
  std::vector<double> log_probs;  ///< nats, summed over the tokens of each response
};

/// Scores as ranking does: the prompt's keys and values are computed once. Throws BadInput for rounds out of range and
/// for what does not fit the model, BadFile for a file of another form.
ScoringBenchResult bench_scoring(const ScoringBenchOptions& options, const TaskContext& context);

}  // namespace prefscope
