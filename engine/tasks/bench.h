// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "engine/base/progress.h"

namespace prefscope {

/// The reference workload: a random Llama of 34.1M parameters (bench_model.h), LoRA r = 16 on all linear layers, random
/// ids. Or one of 1.24B in the shape of Llama 3.2 1B.
struct PreferenceStepOptions {
  std::string model = "34m";          ///< 34m or 1b
  int k = 5;                          ///< rejected responses of a record, 1 .. 64
  int prompt = 300;                   ///< tokens
  int response = 16;                  ///< tokens
  int records = 8;                    ///< timed, one optimizer step each
  bool precompute_reference = false;  ///< leave the reference's log-probs out of the timed step
  std::string device = "cpu";         ///< cpu or cuda
  bool bfloat16 = false;              ///< weights and activations; adapters, optimizer and log-probs stay float32
  bool checkpoint_gradients = false;
  /// Token ids to train on instead of random ones: JSON [[[prompt ids, chosen ids, rejected ids], ...], ...], a list of
  /// pairs for each record. k, prompt, response and records are then those of the file.
  std::filesystem::path examples;
};

struct PreferenceStepResult {
  double median_s = 0, min_s = 0;  ///< seconds per record
  double peak_rss_gib = 0;         ///< of the process
  std::optional<double> peak_cuda_gib;
  double tokens = 0;              ///< packed, per record, mean
  double gflop = 0;               ///< of the frozen linear layers, a record: reference, policy, backward
  double gflop_per_s = 0;         ///< gflop / median_s: what the step as a whole reaches
  double matmul_gflop_per_s = 0;  ///< what one matrix product of the model's type and size reaches on this device
};

/// Times the training loop's own DMPO step, one record a step. Throws BadInput for sizes out of range and for a file of
/// another form.
PreferenceStepResult bench_preference_step(const PreferenceStepOptions& options, const TaskContext& context);

}  // namespace prefscope
