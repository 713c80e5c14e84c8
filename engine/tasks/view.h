// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/data_sets.h"
#include "engine/store/views.h"

namespace prefscope {

/// A change of a view, or none, to look at it.
struct ViewOptions {
  std::filesystem::path workspace;
  std::string data_set, name;
  std::vector<std::string> add;  ///< steps, behind those there are; what was undone is forgotten then
  int undo = 0, redo = 0;        ///< so many steps back or forth again
};

struct ViewResult {
  DataView view;
  std::vector<ViewEffect> effects;
};

/// Changes the view, made where there is none of the name and steps are added, and says what each of its steps leaves.
/// Nothing is changed where a step is wrong or there is nothing to undo: BadInput.
ViewResult change_view(const ViewOptions& options, const TaskContext& context);

}  // namespace prefscope
