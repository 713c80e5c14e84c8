// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "engine/base/progress.h"
#include "engine/explain/case_variant.h"
#include "engine/llm/policy.h"

namespace prefscope {

/// Log-probs of the candidates of each variant, nats, summed over tokens: [variants][candidates].
struct VariantScores {
  std::vector<std::vector<double>> mean;    ///< over the prompt orders of the preparation
  std::vector<std::vector<double>> spread;  ///< standard deviation over them; 0 with one
};

/// Scores each variant under a policy. Variants share the beginning of their prompts, so those that begin alike belong
/// side by side. Stops between passes of some thousand tokens. Throws BadInput where a prompt exceeds the model's
/// positions or a log-prob is no number, naming the user.
/// example: whose case it is; only its position (the seed of the orders) and user are read.
VariantScores variant_scores(const LoadedPolicy& policy, const Preparation& preparation, const Example& example,
                             const std::vector<CaseVariant>& variants, const TaskContext& context);

}  // namespace prefscope
