// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/views.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/store/interaction_rows.h"

namespace prefscope {

std::string texts_json(const std::vector<std::string>& texts) {
  return nlohmann::json(texts).dump();
}

std::vector<std::string> texts_of(const std::string& json) {
  const auto list = nlohmann::json::parse(json, nullptr, false);
  std::vector<std::string> texts;
  for (const auto& entry : list) {
    if (!list.is_array() || !entry.is_string())
      throw Error(ErrorKind::BadFile, "workspace.db: expected a list of texts for a view's steps; the file is damaged");
    texts.push_back(entry.get<std::string>());
  }
  return texts;
}

std::vector<DataView> list_views(Workspace& workspace, int64_t data_set) {
  SQLite::Statement query(workspace.db(),
                          "SELECT id, name, steps, undone FROM data_view WHERE data_set = ? ORDER BY id");
  query.bind(1, data_set);
  std::vector<DataView> views;
  while (query.executeStep())
    views.push_back({query.getColumn(0).getInt64(), data_set, query.getColumn(1).getString(),
                     texts_of(query.getColumn(2).getString()), texts_of(query.getColumn(3).getString())});
  return views;
}

DataView find_view(Workspace& workspace, int64_t data_set, const std::string& name) {
  std::string known;
  for (DataView& view : list_views(workspace, data_set)) {
    if (view.name == name) return std::move(view);
    known += (known.empty() ? "" : ", ") + view.name;
  }
  throw Error(ErrorKind::BadInput, fmt::format("there is no view \"{}\" of this data set; {}", name,
                                               known.empty() ? "make one first" : "there are: " + known));
}

void save_view(Workspace& workspace, const DataView& view) {
  SQLite::Statement insert(workspace.db(),
                           "INSERT INTO data_view(data_set, name, steps, undone) VALUES (?1, ?2, ?3, ?4) "
                           "ON CONFLICT(data_set, name) DO UPDATE SET steps = ?3, undone = ?4");
  insert.bind(1, view.data_set);
  insert.bind(2, view.name);
  insert.bind(3, texts_json(view.steps));
  insert.bind(4, texts_json(view.undone));
  insert.exec();
}

void delete_view(Workspace& workspace, int64_t view) {
  SQLite::Statement query(workspace.db(), "DELETE FROM data_view WHERE id = ?");
  query.bind(1, view);
  query.exec();
}

UserRows rows_under(Workspace& workspace, int64_t data_set, const std::vector<std::string>& steps,
                    std::vector<ViewEffect>* effects, const TaskContext& context) {
  for (const std::string& step : steps) parse_step(step);  // a wrong one is said before the work
  return apply_steps(workspace, data_set, read_user_rows(workspace, data_set, context), steps, effects, context);
}

UserRows apply_steps(Workspace& workspace, int64_t data_set, UserRows rows, const std::vector<std::string>& steps,
                     std::vector<ViewEffect>* effects, const TaskContext& context) {
  std::vector<ViewStep> parsed;
  for (const std::string& step : steps) parsed.push_back(parse_step(step));
  const std::vector<ItemText> items = steps.empty() ? std::vector<ItemText>() : read_item_texts(workspace, data_set);
  if (effects) effects->push_back({"", counts_of(rows)});
  for (size_t n = 0; n < parsed.size(); ++n) {
    context.report({fmt::format("Step {} of {}: {}", n + 1, parsed.size(), steps[n]), -1, -1, ""});
    rows = apply_step(rows, parsed[n], items, context);
    if (effects) effects->push_back({step_text(parsed[n]), counts_of(rows)});
  }
  return rows;
}

}  // namespace prefscope
