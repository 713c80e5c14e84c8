// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/known_models.h"

#include <QSettings>
#include <algorithm>

#include "engine/base/error.h"
#include "engine/tasks/inspect_model.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;

// Of window.ini. An adapter is kept as two lines of a list: its folder, then the model that it is on.
QString modelsKey() {
  return QStringLiteral("models/folders");
}
QString adaptersKey() {
  return QStringLiteral("models/adapters");
}

/// Whether two paths, of which either may be a name such as "starter", lead to the same folder.
bool isSame(const std::string& a, const std::string& b) {
  std::error_code code;
  return a == b || (fs::exists(a, code) && fs::exists(b, code) && fs::equivalent(a, b, code));
}

QString originOf(Workbench& workbench, const std::string& model, bool added) {
  if (model == "starter") return Workbench::tr("bundled");
  if (added) return Workbench::tr("added");
  const fs::path models = workbench.workspaceFolder() / "models";
  return fs::path(model).parent_path() == models ? Workbench::tr("trained here") : Workbench::tr("of runs");
}

void addAdaptersOfRuns(Workbench& workbench, std::vector<KnownModel>& models) {
  Workspace& workspace = workbench.workspace();
  for (const Run& run : list_runs(workspace)) {
    if (run.status != RunStatus::Done) continue;
    const std::string base = read_model(workspace, run.model).path;
    const auto model = std::find_if(models.begin(), models.end(), [&](const KnownModel& m) { return m.model == base; });
    if (model == models.end()) continue;
    KnownAdapter adapter{toQt(run.name), run.id, {}, false};
    for (const Run& each : run_chain(workspace, run.id))
      adapter.stack.push_back(workspace.run_folder(each.id) / "adapter");
    model->adapters.push_back(std::move(adapter));
  }
}

void addAdaptersByHand(Workbench& workbench, std::vector<KnownModel>& models) {
  const QStringList lines = workbench.settings().value(adaptersKey()).toStringList();
  for (qsizetype i = 0; i + 1 < lines.size(); i += 2) {
    const fs::path folder = toPath(lines[i]);
    const std::string base = toPath(lines[i + 1]).string();
    const auto model = std::find_if(models.begin(), models.end(), [&](const KnownModel& m) { return m.model == base; });
    if (model == models.end() || !holds_adapter(folder)) continue;
    model->adapters.push_back({toQt(folder.filename()), std::nullopt, {folder}, true});
  }
}

/// The known model that an adapter says it belongs to; nullptr: none.
const KnownModel* baseOf(const std::string& name, const std::vector<KnownModel>& models) {
  if (name.empty()) return nullptr;
  for (const KnownModel& model : models) {
    if (isSame(model.model, name) || toPath(model.title).string() == name) return &model;
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> addedModels(Workbench& workbench) {
  std::vector<std::string> models;
  for (const QString& folder : workbench.settings().value(modelsKey()).toStringList()) {
    if (holds_model(toPath(folder))) models.push_back(toPath(folder).string());
  }
  return models;
}

std::vector<KnownModel> knownModels(Workbench& workbench, const std::vector<CachedModel>& cached) {
  std::vector<KnownModel> models;
  const std::vector<std::string> added = addedModels(workbench);
  for (const std::string& model : workbench.baseModels()) {
    const bool byHand = std::find(added.begin(), added.end(), model) != added.end();
    models.push_back({workbench.modelTitle(model), model, originOf(workbench, model, byHand), byHand, {}});
  }
  for (const CachedModel& found : cached) {
    const bool listed = std::any_of(models.begin(), models.end(),
                                    [&](const KnownModel& m) { return isSame(m.model, found.folder.string()); });
    if (found.weights && !listed)
      models.push_back({toQt(found.name), found.folder.string(), Workbench::tr("in the cache"), false, {}});
  }
  addAdaptersOfRuns(workbench, models);
  addAdaptersByHand(workbench, models);
  return models;
}

AddedModel readModelFolder(const fs::path& path, const std::string& chosen, const std::vector<KnownModel>& models) {
  const fs::path folder = fs::absolute(folder_meant(path)).lexically_normal();
  if (!holds_adapter(folder)) {
    describe_model(folder.string());  // throws where it is none, with the reason
    return {folder.string(), {}};
  }
  const KnownModel* base = baseOf(base_of_adapter(folder), models);
  const std::string model = base ? base->model : chosen;
  if (model.empty()) {
    throw Error(ErrorKind::BadInput,
                folder.string() +
                    ": is an adapter, and its base model is not on the list; add that first, choose it, "
                    "and then add the adapter");
  }
  describe_adapter(folder, model);  // throws where it does not fit
  return {model, folder};
}

void rememberModel(Workbench& workbench, const AddedModel& added) {
  QSettings& settings = workbench.settings();
  if (added.adapter.empty()) {
    QStringList folders = settings.value(modelsKey()).toStringList();
    const QString folder = toQt(fs::path(added.model));
    if (!folders.contains(folder)) settings.setValue(modelsKey(), folders << folder);
    return;
  }
  forgetAdapter(workbench, added.adapter);
  settings.setValue(adaptersKey(), settings.value(adaptersKey()).toStringList()
                                       << toQt(added.adapter) << toQt(fs::path(added.model)));
}

void forgetModel(Workbench& workbench, const std::string& model) {
  QStringList folders = workbench.settings().value(modelsKey()).toStringList();
  folders.removeAll(toQt(fs::path(model)));
  workbench.settings().setValue(modelsKey(), folders);
}

void forgetAdapter(Workbench& workbench, const fs::path& adapter) {
  QStringList lines = workbench.settings().value(adaptersKey()).toStringList();
  for (qsizetype i = lines.size() - 2; i >= 0; i -= 2) {
    if (toPath(lines[i]) == adapter) lines.remove(i, 2);
  }
  workbench.settings().setValue(adaptersKey(), lines);
}

}  // namespace prefscope
