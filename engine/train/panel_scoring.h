// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "engine/evaluate/panel.h"
#include "engine/train/reference_values.h"

namespace prefscope {

/// The first `count` examples of a preparation that a training watches, in saved order: its panel examples, or the held
/// out ones where it has none (`held_out` says so). Plain: one group, the target first, then the other candidates in
/// saved order, below the prompt in saved order. Given pairs: one group a pair, chosen then rejected; records without a
/// rejected response are left out. Throws BadInput, naming the example, where one exceeds the model's positions.
TrainingExamples panel_examples(Workspace& workspace, const Preparation& preparation, const LanguageModel& model,
                                int count, const TaskContext& context);

/// Scores the panel under the policy and the reference, without gradients and without a random number. step: of the
/// scores. New log-probs of the reference enter `known` and `fresh`. Polls the stop before each pass of about
/// pass_tokens. Throws BadInput where a log-prob is not finite.
std::vector<PanelScore> score_panel(const LoadedPolicy& reference, LoraStack policy, const TrainingExamples& panel,
                                    int64_t step, int64_t pass_tokens, KnownLogProbs& known,
                                    std::vector<ReferenceLogProb>& fresh, const TaskContext& context);

/// What a run may stop by: ndcg@5, hr@1, mrr, margin.
const std::vector<std::string>& panel_metrics();
/// A panel's mean of one of them.
double panel_metric(const PanelSummary& summary, const std::string& name);

}  // namespace prefscope
