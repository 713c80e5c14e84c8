// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/data/view.h"
#include "engine/store/workspace.h"

namespace prefscope {

/// A row of data_view: steps over a set's rows, as text (engine/data/view.h reads it).
struct DataView {
  int64_t id = 0, data_set = 0;
  std::string name;
  std::vector<std::string> steps;   ///< in order
  std::vector<std::string> undone;  ///< taken back; the last is redone first
};

std::vector<DataView> list_views(Workspace& workspace, int64_t data_set);
/// Throws BadInput, naming the views there are, when there is none of that name.
DataView find_view(Workspace& workspace, int64_t data_set, const std::string& name);
/// Makes the view, or gives the one of that name these steps.
void save_view(Workspace& workspace, const DataView& view);
/// Preparations that were made of it keep the steps as they were.
void delete_view(Workspace& workspace, int64_t view);

/// What is left after a step of a view.
struct ViewEffect {
  std::string step;  ///< empty: the untouched import
  ViewCounts left;
};

/// The rows of a set under steps of a view; with effects also what each step leaves, the import first.
UserRows rows_under(Workspace& workspace, int64_t data_set, const std::vector<std::string>& steps,
                    std::vector<ViewEffect>* effects, const TaskContext& context);

/// The same of rows that were read before.
UserRows apply_steps(Workspace& workspace, int64_t data_set, UserRows rows, const std::vector<std::string>& steps,
                     std::vector<ViewEffect>* effects, const TaskContext& context);

/// A list of texts as it is stored, and back. Throws BadFile for anything else.
std::string texts_json(const std::vector<std::string>& texts);
std::vector<std::string> texts_of(const std::string& json);

}  // namespace prefscope
