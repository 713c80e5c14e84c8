// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "engine/store/preparations.h"
#include "engine/store/scores.h"
#include "engine/tasks/explain.h"

namespace prefscope {

/// Which model a person asked for, and on which preparation.
struct ChosenModel {
  Preparation preparation;
  Policy policy;
  std::string name;  ///< the run's, else "base"
};

/// run: a finished one, with its preparation unless another is given. Without one: the base model, on the preparation
/// given, else on the newest of the data set. Throws BadInput where the run is not done, or neither run nor data set is
/// named.
ChosenModel find_chosen_model(Workspace& workspace, std::optional<int64_t> run, const std::string& model,
                              const std::string& data_set, std::optional<int64_t> preparation);

/// A user's example under the model asked for.
struct ChosenCase {
  ChosenModel model;
  Example example;
};

/// The example that the options name, by id or else by user. Throws BadInput as find_chosen_model does, and where there
/// is no such example.
ChosenCase find_chosen_case(Workspace& workspace, const RankOptions& options);

}  // namespace prefscope
