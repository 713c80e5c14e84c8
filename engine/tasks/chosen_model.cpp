// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/chosen_model.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/llm/policy.h"
#include "engine/store/data_sets.h"
#include "engine/store/runs.h"

namespace prefscope {

ChosenModel find_chosen_model(Workspace& workspace, std::optional<int64_t> run_id, const std::string& model,
                              const std::string& data_set, std::optional<int64_t> preparation) {
  if (run_id) {
    const Run run = read_run(workspace, *run_id);
    if (run.status != RunStatus::Done)
      throw Error(ErrorKind::BadInput, fmt::format("run {} is {}; finish it first", run.id, status_name(run.status)));
    return {read_preparation(workspace, preparation.value_or(run.preparation)), {run.model, run.id}, run.name};
  }
  if (!preparation && data_set.empty())
    throw Error(ErrorKind::BadInput, "expected a run or a data set: give --run or --dataset");
  return {preparation ? read_preparation(workspace, *preparation)
                      : latest_preparation(workspace, find_data_set(workspace, data_set).id),
          {model_row(workspace, model), std::nullopt},
          "base"};
}

ChosenCase find_chosen_case(Workspace& workspace, const RankOptions& options) {
  ChosenCase chosen{find_chosen_model(workspace, options.run, options.model, options.data_set, options.preparation),
                    {}};
  chosen.example = options.example ? read_example(workspace, *options.example)
                                   : find_example(workspace, chosen.model.preparation.id, options.user);
  return chosen;
}

}  // namespace prefscope
