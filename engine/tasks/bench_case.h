// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "engine/base/progress.h"

namespace prefscope {

/// A case under a random Llama of 34.1M parameters (bench_model.h), with random titles of the starter's tokenizer.
struct CaseBenchOptions {
  int history = 30;     ///< items, 1 .. 100
  int candidates = 20;  ///< 2 .. 100
  int prompt = 300;     ///< tokens, shared out among the history's titles; at least three a title
  int response = 16;    ///< tokens of a candidate, EOS included; 2 .. 100
  int rounds = 3;       ///< of each measurement, 1 .. 100
};

/// Medians over the rounds, seconds.
struct CaseBenchResult {
  double occlusion_s = 0;         ///< variant_scores of the whole history and of each item's deletion
  double full_s = 0;              ///< the same log-probs with a whole sequence for each variant and candidate
  double what_if_s = 0;           ///< one changed history, all candidates, with an adapter: until ranks move
  double what_if_complete_s = 0;  ///< and with the reference: until the log-ratios stand
  double times_as_fast = 0;       ///< full_s / occlusion_s, median of the rounds' ratios
  double least = 0, most = 0;     ///< of these
  double largest_difference = 0;  ///< of a log-prob between both, nats
  int64_t full_tokens = 0;        ///< that pass through the model with whole sequences
};

/// Times what the evidence of a case costs beside full sequences, in turns. Throws BadInput for sizes out of range.
CaseBenchResult bench_case(const CaseBenchOptions& options, const TaskContext& context);

}  // namespace prefscope
