// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/evaluate/metrics.h"
#include "engine/evaluate/panel.h"
#include "engine/store/results.h"
#include "engine/store/runs.h"
#include "engine/tasks/demo.h"
#include "engine/tasks/estimate.h"
#include "engine/tasks/explain.h"
#include "engine/tasks/import.h"
#include "engine/tasks/negatives.h"
#include "engine/tasks/prepare.h"
#include "engine/tasks/rationale_check.h"
#include "engine/tasks/starter.h"
#include "engine/tasks/train.h"

namespace prefscope {

/// What a command found out: as one JSON object for scripts and as text for people.
struct Answer {
  nlohmann::ordered_json json;
  std::string text;
};

/// Text from outside without control characters, so that a title cannot steer the terminal.
std::string onOneLine(const std::string& text);

/// To standard error, as far as it can be written: losing the log stops nothing.
void log(const std::string& text);

Answer answerOf(const ImportResult& result);
Answer answerOf(const std::vector<DataSet>& dataSets);
Answer answerOf(const PrepareResult& result, const std::string& dataSet);
/// panel: its evaluations, in order.
Answer answerOf(const TrainResult& result, const Run& run, const std::vector<PanelSummary>& panel);
Answer answerOf(const TrainEstimate& estimate);
Answer answerOf(const std::vector<NegativePreview>& previews, const TrainOptions& options);
/// dataSets: those that the runs belong to.
Answer answerOf(const std::vector<Run>& runs, const std::vector<DataSet>& dataSets);
Answer answerOf(const Evaluation& evaluation);
Answer answerOf(const RankResult& rank);
Answer answerOf(const StarterResult& result);
Answer answerOf(const DemoResult& result);
Answer answerOf(const RationaleReport& report);

}  // namespace prefscope
