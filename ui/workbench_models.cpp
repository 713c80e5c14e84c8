// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the workbench that knows which base models there are, and which one a data set is looked at with.
#include <algorithm>

#include "engine/llm/model_files.h"
#include "engine/tasks/inspect_model.h"
#include "engine/tasks/starter.h"
#include "ui/known_models.h"
#include "ui/workbench.h"

namespace prefscope {
QString Workbench::chosenModelKey(int64_t dataSet) {
  return QStringLiteral("model/%1").arg(dataSet);
}

std::filesystem::path Workbench::smallModelFolder(int64_t dataSet) const {
  return small_model_folder(m_folder, dataSet);
}

std::string Workbench::chosenModel() {
  if (!m_dataSet) return {};
  const auto chosen = toPath(m_settings->value(chosenModelKey(m_dataSet->id)).toString());
  if (chosen == "starter") return "starter";
  for (const auto& folder : {chosen, smallModelFolder(m_dataSet->id)}) {
    if (holds_model(folder)) return folder.string();
  }
  return {};
}

std::string Workbench::baseModel() {
  std::string model;
  attempt(tr("The model could not be read"), [&] {
    const auto ofRun = [&](const Run& run) { return read_model(*m_workspace, run.model).path; };
    const std::optional<Run> run = m_run != 0 ? std::optional(read_run(*m_workspace, m_run)) : std::nullopt;
    if (run && run->status == RunStatus::Done) model = ofRun(*run);
    if (model.empty()) model = chosenModel();
    if (model.empty() && run) model = ofRun(*run);
  });
  return model.empty() ? "starter" : model;
}

void Workbench::chooseModel(const std::string& model) {
  if (!m_dataSet) return;
  QString chosen;
  if (!attempt(tr("This folder holds no model that can be used"), [&] {
        const std::filesystem::path folder = model == "starter" ? std::filesystem::path(model) : folder_meant(model);
        describe_model(folder.string());
        chosen = toQt(folder);
      }))
    return;
  m_settings->setValue(chosenModelKey(m_dataSet->id), chosen);
  Q_EMIT modelChosen(chosen);
}

bool Workbench::lacksModel() {
  bool lacks = false;
  attempt(tr("The models could not be read"), [&] {
    if (!m_dataSet || m_dataSet->interactions == 0 || isSampleWorld(*m_dataSet)) return;
    if (const std::string chosen = chosenModel(); !chosen.empty() && chosen != "starter") return;
    lacks = true;  // unless a run brings a model
    for (const Run& run : list_runs(*m_workspace, m_dataSet->id))
      lacks = lacks && read_model(*m_workspace, run.model).path == "starter";
  });
  return lacks;
}

std::vector<std::string> Workbench::baseModels() {
  std::vector<std::string> models = {"starter"};
  const auto add = [&](const std::string& model) {
    if (std::find(models.begin(), models.end(), model) == models.end()) models.push_back(model);
  };
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator(m_folder / "models", absent)) {
    if (holds_model(entry.path())) add(entry.path().string());
  }
  std::sort(models.begin() + 1, models.end());
  for (const std::string& added : addedModels(*this)) add(added);
  if (const std::string chosen = chosenModel(); !chosen.empty()) add(chosen);
  for (const ModelRow& row : list_models(*m_workspace)) {
    if (std::filesystem::exists(row.path, absent)) add(row.path);
  }
  return models;
}

QString Workbench::modelTitle(const std::string& model) {
  if (model == "starter") return tr("starter");
  for (const DataSet& set : list_data_sets(*m_workspace)) {
    if (model != smallModelFolder(set.id).string()) continue;
    return m_dataSet && m_dataSet->id == set.id ? tr("the small model") : tr("small, %1").arg(toQt(set.name));
  }
  return toQt(model_name(model));
}

void Workbench::trainSmallModel(double minutes) {
  if (!m_dataSet || isTrainingSmallModel(m_dataSet->id)) return;
  if (m_preparation == 0) return whenPrepared([this, minutes] { trainSmallModel(minutes); });
  StarterOptions options;
  options.workspace = m_folder;
  options.data_set = m_dataSet->name;
  options.out = smallModelFolder(m_dataSet->id);
  options.minutes = minutes;
  const int64_t set = m_dataSet->id;
  const qint64 job = m_jobs->submit(
      JobKind::Device, tr("Small model of %1").arg(toQt(m_dataSet->name)),
      [options](const TaskContext& context) { return build_starter(options, context); }, this,
      [this, set](const StarterResult& result) {
        m_smallModelJobs.erase(set);
        m_settings->setValue(chosenModelKey(set), toQt(smallModelFolder(set)));
        Q_EMIT smallModelChanged(set, true);
        if (m_dataSet && m_dataSet->id == set) Q_EMIT modelChosen(toQt(smallModelFolder(set)));
        Q_EMIT noticed(tr("The small model is trained: %1 steps, loss %2 nats a token")
                           .arg(result.steps)
                           .arg(result.loss, 0, 'f', 2));
      });
  m_smallModelJobs[set] = job;
  connect(m_jobs, &JobQueue::jobFinished, this, [this, job, set](const Job& finished) {
    if (finished.id == job && m_smallModelJobs.erase(set) > 0) Q_EMIT smallModelChanged(set, false);
  });
  Q_EMIT smallModelChanged(set, false);
}

}  // namespace prefscope
