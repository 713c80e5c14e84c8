// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the workbench that knows which base models there are, and which one a data set is looked at with.
#include <algorithm>

#include "engine/tasks/starter.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

bool isModel(const std::filesystem::path& folder) {
  std::error_code absent;
  for (const char* file : {"config.json", "model.safetensors", "tokenizer.json"}) {
    if (folder.empty() || !std::filesystem::exists(folder / file, absent)) return false;
  }
  return true;
}

}  // namespace

QString Workbench::chosenModelKey(int64_t dataSet) {
  return QStringLiteral("model/%1").arg(dataSet);
}

std::filesystem::path Workbench::smallModelFolder(int64_t dataSet) const {
  return small_model_folder(m_folder, dataSet);
}

std::string Workbench::chosenModel() {
  if (!m_dataSet) return {};
  const auto chosen = toPath(m_settings->value(chosenModelKey(m_dataSet->id)).toString());
  for (const auto& folder : {chosen, smallModelFolder(m_dataSet->id)}) {
    if (isModel(folder)) return folder.string();
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

void Workbench::chooseModel(const std::string& folder) {
  if (!m_dataSet) return;
  if (!isModel(folder)) {
    return reportError(tr("This folder holds no model"),
                       tr("%1: expected config.json, model.safetensors and tokenizer.json, as a Hugging Face model has "
                          "them. Choose the folder that holds them.")
                           .arg(toQt(std::filesystem::path(folder))));
  }
  m_settings->setValue(chosenModelKey(m_dataSet->id), toQt(std::filesystem::path(folder)));
  Q_EMIT modelChosen(toQt(std::filesystem::path(folder)));
}

bool Workbench::lacksModel() {
  bool lacks = false;
  attempt(tr("The models could not be read"), [&] {
    if (!m_dataSet || m_dataSet->interactions == 0 || isSampleWorld(*m_dataSet) || !chosenModel().empty()) return;
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
    if (std::filesystem::exists(entry.path() / "model.safetensors", absent)) add(entry.path().string());
  }
  std::sort(models.begin() + 1, models.end());
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
  return toQt(std::filesystem::path(model).filename());
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
