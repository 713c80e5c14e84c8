// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "engine/tasks/train.h"
#include "engine/train/cost.h"
#include "engine/train/preference_training.h"

namespace prefscope {

inline const std::string paired_prefix = "paired-";

/// What decides a run's result beside its data, model and objective, as its row keeps it: JSON.
std::string stored_options(const TrainOptions& options);

/// What a run's options mean for the training loop, beside its panel, memory and callbacks.
TrainingOptions training_options(const TrainOptions& options);
/// What they mean for its examples.
SourceOptions source_options(const TrainOptions& options);

/// What memory and time follow from.
TrainingShape training_shape(const TrainOptions& options, const std::string& device, int64_t frozen_adapters,
                             const std::vector<PlannedStep>& steps, const std::vector<TokenizedExample>& examples,
                             const std::vector<TokenizedExample>& panel);

/// Peak in bytes of this process (device cpu), which holds `resident` bytes before, or of the GPU.
int64_t expected_peak(const ModelConfig& config, const TrainingShape& shape, const std::string& device,
                      int64_t resident);

/// Measured by expected peak of the last done run of this model with the same device, type of numbers and gradient
/// checkpointing, within 0.5 .. 2; 0 where there is none.
double past_peak_ratio(Workspace& workspace, int64_t model, const TrainOptions& options);

}  // namespace prefscope
