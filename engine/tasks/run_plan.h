// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>

#include "engine/store/data_sets.h"
#include "engine/store/preparations.h"
#include "engine/store/runs.h"
#include "engine/tasks/train.h"

namespace prefscope {

/// What a training would be, after all its settings were checked: the row of a run before it is written.
struct RunPlan {
  DataSet data_set;
  Preparation preparation;
  int64_t model = 0;
  std::optional<int64_t> parent;
  bool paired = false;
  std::string objective;  ///< "paired-" and the objective's name where prompts differ within an example
  TrainOptions options;   ///< as given, with k set; 0 for sft
};

/// Checks the options against the workspace. Throws BadInput, naming the setting, what was expected and what was found.
RunPlan plan_run(Workspace& workspace, const TrainOptions& options);

/// Throws BadInput where passes cannot have this size.
void check_pass_tokens(int pass_tokens);
}  // namespace prefscope
