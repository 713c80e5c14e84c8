// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>
#include <QSettings>
#include <QString>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "engine/store/data_sets.h"
#include "engine/store/preparations.h"
#include "engine/store/runs.h"
#include "engine/store/workspace.h"
#include "ui/jobs/job_queue.h"

namespace prefscope {

struct ImportOptions;
struct PrepareOptions;

/// What the pages share: the open workspace, the jobs, and what is looked at: data set, preparation, run. Lives on the
/// window's thread; a job opens a Workspace of its own with workspaceFolder().
class Workbench : public QObject {
  Q_OBJECT
 public:
  /// Opens (or makes) the workspace. Throws Error as Workspace does.
  explicit Workbench(const std::filesystem::path& folder, QObject* parent = nullptr);
  ~Workbench() override;

  const std::filesystem::path& workspaceFolder() const { return m_folder; }
  /// The window's own connection, for quick reads only.
  Workspace& workspace() { return *m_workspace; }
  JobQueue& jobs() { return *m_jobs; }
  /// Kept in the workspace's folder: layout and what was looked at last.
  QSettings& settings() { return *m_settings; }

  /// The data set looked at; nothing where the workspace has none.
  const std::optional<DataSet>& dataSet() const { return m_dataSet; }
  void setDataSet(int64_t id);
  /// The preparation looked at: the one chosen, else the newest of the data set; 0: none.
  int64_t preparation() const { return m_preparation; }
  void setPreparation(int64_t id);
  /// The protocol of the preparation in a few words: "Protocol: open · 20 candidates · 200 held-out users".
  QString protocolText();
  /// The run looked at, of the current data set; 0: none.
  int64_t run() const { return m_run; }
  void setRun(int64_t id);

  /// The base model where a page asks for none: that of the finished run looked at, else the one chosen for the data
  /// set, else the small model trained on it, else the bundled starter. As the engine takes it: a folder, or "starter".
  std::string baseModel();
  /// Chooses the base model of the data set looked at; remembered. A folder whose model cannot be opened is refused in
  /// a banner that says why.
  void chooseModel(const std::string& model);
  /// Whether the data set looked at has items whose titles no model here knows: it is not the starter's own world, no
  /// model was chosen or trained for it, and no run brings one.
  bool lacksModel();
  /// models/dataset-<id> of the workspace: the small model trained from scratch on a data set.
  std::filesystem::path smallModelFolder(int64_t dataSet) const;
  /// Base models to choose from: the bundled starter, those of the workspace's models folder, those added by hand
  /// (known_models.h), and those of runs.
  std::vector<std::string> baseModels();
  /// A base model in a few words: "starter", "the small model" of the data set looked at, or its folder's name.
  QString modelTitle(const std::string& model);

  /// Queue an import or a preparation, and look at what it made. A preparation's job is returned.
  void importData(const ImportOptions& options, std::function<void(const DataSet&)> done = {});
  qint64 prepareData(const PrepareOptions& options, std::function<void(const Preparation&)> done = {});
  /// Does it at once, or after a preparation with the usual settings where the data set looked at has none.
  void whenPrepared(std::function<void()> then);
  /// Queues the training of a small model from scratch on the training users of the data set looked at, prepared first
  /// where it is not. A training that was stopped goes on from its checkpoint; one that ends is the model chosen.
  void trainSmallModel(double minutes);
  /// Whether that waits or runs.
  bool isTrainingSmallModel(int64_t dataSet) const { return m_smallModelJobs.contains(dataSet); }
  /// Deletes a data set and all that was made from it, in the background.
  void deleteDataSet(int64_t id, const std::string& name);
  /// What comes after a training. Show: the run is looked at, and its held-out users are scored next, under the run and
  /// its reference, so that its margin plane is there. Nothing: another run builds on it at once.
  enum class AfterTraining { Show, Nothing };
  /// Queues the training of a run that create_run made, or resumes a stopped one.
  void trainRun(int64_t run, AfterTraining after = AfterTraining::Show);
  void scoreHeldOut(int64_t run);
  /// Whether that waits or runs.
  bool isScoring(int64_t run) const { return m_scoringJobs.contains(run); }
  /// Ends a run that trains after the step at hand and keeps what it has learned.
  void finishRun(int64_t run);
  /// Runs, of all data sets, that wait or were stopped by closing or by a kill, in the order in which they were to run.
  /// Those that the person stopped or set aside are left out.
  std::vector<Run> unfinishedRuns();
  /// Whether a run is offered again when the window opens next.
  void setAside(int64_t run, bool aside);
  /// Stops all jobs, since the window closes; the runs among them are offered when it opens next.
  void stopForClosing();
  void deleteRun(int64_t run);
  /// The job that trains this run, waiting or running; 0: none.
  qint64 jobOfRun(int64_t run) const;

  /// Opens the Evaluate page and judges the classic models on the data set looked at, without a language model.
  void evaluateClassicModels();
  /// Opens the Case page on an example, under a run (0: the base model).
  void requestCase(int64_t example, int64_t run) { Q_EMIT caseRequested(example, run); }
  /// Shown as a banner. title: what failed; message: why, and what to do.
  void reportError(const QString& title, const QString& message) { Q_EMIT errorHappened(title, message); }
  /// Runs a quick read or write on the window's thread and reports its Error as a banner. False when there was one.
  bool attempt(const QString& title, const std::function<void()>& work);

 Q_SIGNALS:
  void dataSetsChanged();
  /// Files that were to be imported are of no known format: someone may say which column is what.
  void formatUnknown(const std::vector<std::filesystem::path>& paths);
  /// An import is done, and its data set is the one looked at.
  void imported(qint64 dataSet);
  void currentDataSetChanged();
  void preparationsChanged();
  void currentPreparationChanged();
  void runsChanged();
  void currentRunChanged();
  /// Held-out users of the run (0: the base model) were scored.
  void scoresChanged(qint64 run);
  void evaluationsChanged();
  /// The training of a small model began or ended; done: it is there now.
  void smallModelChanged(qint64 dataSet, bool done);
  /// The base model of the data set looked at was chosen.
  void modelChosen(const QString& model);
  void classicModelsRequested();
  void caseRequested(qint64 example, qint64 run);
  /// data, train, evaluate or case.
  void pageRequested(const QString& name);
  void errorHappened(const QString& title, const QString& message);
  /// A short note that passes: "Imported MovieLens in 1.2 s".
  void noticed(const QString& message);

 private:
  void refreshDataSet();
  void chooseDefaults();
  /// Of window.ini: the model chosen for a data set.
  static QString chosenModelKey(int64_t dataSet);
  /// The model chosen for the data set looked at, else the small one trained on it; empty: neither is there.
  std::string chosenModel();
  void rememberQueue();

  std::filesystem::path m_folder;
  std::unique_ptr<Workspace> m_workspace;
  std::unique_ptr<QSettings> m_settings;
  std::optional<DataSet> m_dataSet;
  int64_t m_preparation = 0, m_run = 0;
  std::vector<std::pair<int64_t, qint64>> m_runJobs;  // run, job
  std::map<int64_t, qint64> m_scoringJobs;            // run, job
  std::map<int64_t, qint64> m_smallModelJobs;         // data set, job
  qint64 m_usualPreparation = 0;                      // job of whenPrepared
  bool m_closing = false;
  JobQueue* m_jobs;
};

/// Whether a set is the bundled sample world, whose titles the bundled starter knows.
bool isSampleWorld(const DataSet& set);

/// UTF-8 text of the engine as Qt's, and back.
inline QString toQt(const std::string& text) {
  return QString::fromStdString(text);
}
std::filesystem::path toPath(const QString& path);
QString toQt(const std::filesystem::path& path);

}  // namespace prefscope
