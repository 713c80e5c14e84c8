// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <filesystem>
#include <map>
#include <vector>

#include "engine/store/runs.h"

namespace prefscope {

/// Who a panel example is of, in words.
struct ExampleName {
  QString user, target;
};

/// What is known of a training so far. Read in parts, each adding what came after the last.
struct RunHistory {
  Run run;
  std::vector<StepMetric> metrics;
  std::vector<PanelScore> scores;
  std::vector<PanelSummary> panel;  ///< of the scores
  std::map<int64_t, ExampleName> names;
  bool read = false;  ///< at least once
  bool ended =
      false;  ///< it did not run any more when it was read last: the panel's last evaluation comes after the steps

  /// Whether a run that does not run any more has been read to its end.
  bool isComplete() const { return ended && std::ssize(metrics) >= run.steps_done; }
};

/// What a job read of a run after what was known.
struct RunNews {
  Run run;
  std::vector<StepMetric> metrics;
  std::vector<PanelScore> scores;
  std::map<int64_t, ExampleName> names;
};

/// What to read next of a run, so that a job needs no history.
struct RunRequest {
  int64_t run = 0, afterStep = 0, afterEvaluation = -1;
  bool names = true;
};

RunRequest nextRequest(int64_t run, const RunHistory& known);
/// Reads from the workspace; for a job's thread.
RunNews readNews(Workspace& workspace, const RunRequest& request);
/// Adds news. A run that went on from an older checkpoint takes steps again: then all is forgotten, to be read anew.
/// False when there was nothing new to draw.
bool addNews(RunHistory& history, RunNews news);

}  // namespace prefscope
