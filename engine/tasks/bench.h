// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>

#include "engine/base/progress.h"

namespace prefscope {

/// The reference workload: a random Llama of 34.1M parameters (hidden 512, 8 layers, 8 heads, MLP 1408, vocabulary
/// 8192), LoRA r = 16 on all linear layers, float32, random ids.
struct PreferenceStepOptions {
  int k = 5;                          ///< rejected responses of a record, 1 .. 64
  int prompt = 300;                   ///< tokens
  int response = 16;                  ///< tokens
  int records = 8;                    ///< timed, one optimizer step each
  bool precompute_reference = false;  ///< leave the reference's log-probs out of the timed step
  std::string device = "cpu";         ///< cpu or cuda
};

struct PreferenceStepResult {
  double median_s = 0, min_s = 0;  ///< seconds per record
  double peak_rss_gib = 0;         ///< of the process
};

/// Times the training loop's own DMPO step, one record a step. Throws BadInput for sizes out of range.
PreferenceStepResult bench_preference_step(const PreferenceStepOptions& options, const TaskContext& context);

}  // namespace prefscope
