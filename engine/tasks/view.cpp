// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/view.h"

#include <fmt/format.h>

#include <algorithm>

namespace prefscope {
namespace {

/// Takes the last step away, or brings the one that was taken away last back.
void move_step(std::vector<std::string>& from, std::vector<std::string>& to, const char* what) {
  if (from.empty()) throw Error(ErrorKind::BadInput, fmt::format("there is no step to {}", what));
  to.push_back(std::move(from.back()));
  from.pop_back();
}

DataView view_of(Workspace& workspace, int64_t data_set, const ViewOptions& options) {
  const std::vector<DataView> known = list_views(workspace, data_set);
  const bool there =
      std::any_of(known.begin(), known.end(), [&](const DataView& view) { return view.name == options.name; });
  if (there || options.add.empty()) return find_view(workspace, data_set, options.name);
  if (options.name.empty()) throw Error(ErrorKind::BadInput, "--name: a view needs a name");
  return {0, data_set, options.name, {}, {}};
}

}  // namespace

ViewResult change_view(const ViewOptions& options, const TaskContext& context) {
  Workspace workspace(options.workspace);
  const DataSet data_set = find_data_set(workspace, options.data_set);
  ViewResult result{view_of(workspace, data_set.id, options), {}};
  DataView& view = result.view;
  if (options.undo < 0 || options.redo < 0)
    throw Error(ErrorKind::BadInput, fmt::format("expected a number of steps from 0 on to undo or redo, found {}",
                                                 std::min(options.undo, options.redo)));
  for (int n = 0; n < options.undo; ++n) move_step(view.steps, view.undone, "undo");
  for (int n = 0; n < options.redo; ++n) move_step(view.undone, view.steps, "redo");
  for (const std::string& step : options.add) {
    view.steps.push_back(step_text(parse_step(step)));
    view.undone.clear();
  }
  rows_under(workspace, data_set.id, view.steps, &result.effects, context);
  if (options.undo > 0 || options.redo > 0 || !options.add.empty()) save_view(workspace, view);
  return result;
}

}  // namespace prefscope
