// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/workbench.h"

#include <QFile>
#include <algorithm>

#include "engine/store/close_behind.h"
#include "engine/store/scores.h"
#include "engine/tasks/first_run.h"
#include "engine/tasks/import.h"
#include "engine/tasks/prepare.h"
#include "engine/tasks/scoring.h"
#include "engine/tasks/train.h"

namespace prefscope {

std::filesystem::path toPath(const QString& path) {
  return QFile::encodeName(path).toStdString();
}

QString toQt(const std::filesystem::path& path) {
  return QFile::decodeName(QByteArray::fromStdString(path.string()));
}

bool isSampleWorld(const DataSet& set) {
  return is_sample_world(set);
}

Workbench::Workbench(const std::filesystem::path& folder, QObject* parent)
    : QObject(parent),
      m_folder(std::filesystem::absolute(folder)),
      m_workspace(std::make_unique<Workspace>(m_folder)),
      m_settings(std::make_unique<QSettings>(toQt(m_folder / "window.ini"), QSettings::IniFormat)),
      m_jobs(new JobQueue(this)) {
  connect(m_jobs, &JobQueue::jobFailed, this, [this](const QString& title, const QString& message) {
    reportError(title.isEmpty() ? tr("Something could not be read") : tr("%1: did not finish").arg(title), message);
  });
  connect(m_jobs, &JobQueue::jobsReordered, this, &Workbench::rememberQueue);
  connect(m_jobs, &JobQueue::jobFinished, this, [this](const Job& job) {
    std::erase_if(m_scoringJobs, [&](const auto& scoring) { return scoring.second == job.id; });
  });
  mark_interrupted_runs(*m_workspace);
  chooseDefaults();
}

Workbench::~Workbench() {
  delete m_jobs;  // joins the jobs while the rest is still there
}

void Workbench::chooseDefaults() {
  const std::vector<DataSet> sets = list_data_sets(*m_workspace);
  m_dataSet.reset();
  const std::string last = m_settings->value(QStringLiteral("current/dataSet")).toString().toStdString();
  for (const DataSet& set : sets) {
    if (!m_dataSet || set.name == last) m_dataSet = set;
  }
  refreshDataSet();
  if (!m_dataSet) return;
  // What was looked at last, where it is still there.
  const qint64 preparation = m_settings->value(QStringLiteral("current/preparation")).toLongLong();
  for (const Preparation& p : list_preparations(*m_workspace, m_dataSet->id)) {
    if (p.id == preparation) m_preparation = p.id;
  }
  const qint64 run = m_settings->value(QStringLiteral("current/run")).toLongLong();
  for (const Run& r : list_runs(*m_workspace, m_dataSet->id)) {
    if (r.id == run) m_run = r.id;
  }
}

void Workbench::refreshDataSet() {
  m_preparation = 0;
  m_run = 0;
  if (!m_dataSet) return;
  if (const auto preparations = list_preparations(*m_workspace, m_dataSet->id); !preparations.empty())
    m_preparation = std::max_element(preparations.begin(), preparations.end(), [](const auto& a, const auto& b) {
                      return a.id < b.id;
                    })->id;
  // The newest finished run, else the newest.
  for (const Run& run : list_runs(*m_workspace, m_dataSet->id)) {
    if (run.status == RunStatus::Done || m_run == 0) m_run = run.id;
  }
}

void Workbench::setDataSet(int64_t id) {
  if (m_dataSet && m_dataSet->id == id) return;
  const std::vector<DataSet> sets = list_data_sets(*m_workspace);
  const auto found = std::find_if(sets.begin(), sets.end(), [id](const DataSet& s) { return s.id == id; });
  m_dataSet.reset();
  if (found != sets.end()) {
    m_dataSet = *found;
  } else if (!sets.empty()) {
    m_dataSet = sets.front();
  }
  if (m_dataSet) m_settings->setValue(QStringLiteral("current/dataSet"), toQt(m_dataSet->name));
  refreshDataSet();
  Q_EMIT currentDataSetChanged();
  Q_EMIT currentPreparationChanged();
  Q_EMIT currentRunChanged();
}

void Workbench::setPreparation(int64_t id) {
  if (m_preparation == id) return;
  m_preparation = id;
  m_settings->setValue(QStringLiteral("current/preparation"), static_cast<qlonglong>(id));
  Q_EMIT currentPreparationChanged();
}

QString Workbench::protocolText() {
  QString text;
  if (m_preparation == 0) return text;
  attempt(tr("The preparation could not be read"), [&] {
    const Preparation p = read_preparation(*m_workspace, m_preparation);
    text = p.prompt == "given" ? tr("Protocol: pairs as given · %1 held-out examples").arg(p.held_out_examples)
                               : tr("Protocol: %1 · %2 candidates · %3 held-out users")
                                     .arg(toQt(p.prompt))
                                     .arg(p.candidates)
                                     .arg(p.held_out_examples);
  });
  return text;
}

void Workbench::setRun(int64_t id) {
  if (m_run == id) return;
  m_run = id;
  m_settings->setValue(QStringLiteral("current/run"), static_cast<qlonglong>(id));
  Q_EMIT currentRunChanged();
}

void Workbench::importData(const ImportOptions& options, std::function<void(const DataSet&)> done) {
  const QString title =
      tr("Importing %1").arg(options.paths.empty() ? QString() : toQt(options.paths.front().filename()));
  m_jobs->submit(
      JobKind::Device, title, [options](const TaskContext& context) { return import_data(options, context); }, this,
      [this, done = std::move(done)](const ImportResult& result) {
        Q_EMIT dataSetsChanged();
        setDataSet(result.data_set.id);
        Q_EMIT imported(result.data_set.id);
        Q_EMIT noticed(tr("Imported %1 in %2 s").arg(toQt(result.data_set.name)).arg(result.seconds, 0, 'f', 1));
        if (done) done(result.data_set);
      },
      [this, title, paths = options.paths, mapped = !options.map.empty()](const QString& message) {
        if (!mapped && message.startsWith(QStringLiteral("unknown format")))
          Q_EMIT formatUnknown(paths);
        else
          reportError(title, message);
      });
}

void Workbench::whenPrepared(std::function<void()> then) {
  if (!m_dataSet) return;
  if (m_preparation != 0) return then();
  const std::vector<Job> jobs = m_jobs->jobs();
  if (std::any_of(jobs.begin(), jobs.end(), [this](const Job& job) { return job.id == m_usualPreparation; })) return;
  PrepareOptions options;
  options.workspace = m_folder;
  options.data_set = m_dataSet->name;
  m_usualPreparation = prepareData(options, [this, then = std::move(then)](const Preparation& made) {
    if (made.id == m_preparation) then();  // another set may be looked at by now
  });
}

void Workbench::evaluateClassicModels() {
  whenPrepared([this] {
    Q_EMIT pageRequested(QStringLiteral("evaluate"));
    Q_EMIT classicModelsRequested();
  });
}

qint64 Workbench::prepareData(const PrepareOptions& options, std::function<void(const Preparation&)> done) {
  return m_jobs->submit(
      JobKind::Device, tr("Preparing %1").arg(toQt(options.data_set)),
      [options](const TaskContext& context) { return prepare(options, context); }, this,
      [this, done = std::move(done)](const PrepareResult& result) {
        Q_EMIT preparationsChanged();
        if (m_dataSet && m_dataSet->id == result.preparation.data_set) setPreparation(result.preparation.id);
        if (done) done(result.preparation);
      });
}

void Workbench::deleteDataSet(int64_t id, const std::string& name) {
  m_jobs->submit(
      JobKind::Device, tr("Deleting %1").arg(toQt(name)),
      [folder = m_folder, small = smallModelFolder(id), id](const TaskContext& context) {
        const std::shared_ptr<Workspace> opened = open_to_write_much(folder);
        Workspace& workspace = *opened;
        delete_data_set(workspace, id, context);
        // Its small model goes too, or a later set of the same number would take it for its own.
        const std::vector<Run> runs = list_runs(workspace);
        if (std::none_of(runs.begin(), runs.end(),
                         [&](const Run& run) { return read_model(workspace, run.model).path == small.string(); }))
          std::filesystem::remove_all(small);
      },
      this,
      [this, id] {
        m_settings->remove(chosenModelKey(id));
        if (m_dataSet && m_dataSet->id == id) setDataSet(0);
        Q_EMIT dataSetsChanged();
      });
}

void Workbench::trainRun(int64_t run, AfterTraining after) {
  if (jobOfRun(run) != 0) return;
  const Run row = read_run(*m_workspace, run);
  const qint64 job = m_jobs->submit(
      JobKind::Device, toQt(row.name),
      [folder = m_folder, run](const TaskContext& context) { return train_run(folder, run, context); }, this,
      [this, run, after](const TrainResult&) {
        if (after == AfterTraining::Nothing) return;
        setRun(run);
        scoreHeldOut(run);
      });
  m_runJobs.emplace_back(run, job);
  connect(m_jobs, &JobQueue::jobFinished, this, [this, job, run](const Job& finished) {
    if (finished.id != job) return;
    std::erase_if(m_runJobs, [run](const auto& pair) { return pair.first == run; });
    if (finished.state == JobState::Cancelled && !m_closing) setAside(run, true);
    Q_EMIT runsChanged();
  });
  setAside(run, false);
  rememberQueue();
  Q_EMIT runsChanged();
}

void Workbench::finishRun(int64_t run) {
  // The write may wait for the training's own: not on this thread.
  m_jobs->submit(
      JobKind::Light, {},
      [folder = m_folder, run](const TaskContext&) {
        Workspace workspace(folder);
        ask_to_finish(workspace, run);
      },
      this, [this] { Q_EMIT noticed(tr("The run ends after this step and keeps what it has learned")); });
}

void Workbench::rememberQueue() {
  QStringList order;
  for (const Job& job : m_jobs->jobs()) {
    for (const auto& [run, id] : m_runJobs) {
      if (id == job.id) order << QString::number(run);
    }
  }
  m_settings->setValue(QStringLiteral("queue/order"), order);
  m_settings->sync();  // a kill must not lose it
}

void Workbench::setAside(int64_t run, bool aside) {
  QStringList runs = m_settings->value(QStringLiteral("queue/aside")).toStringList();
  const QString name = QString::number(run);
  if (runs.contains(name) == aside) return;
  if (aside) {
    runs << name;
  } else {
    runs.removeAll(name);
  }
  m_settings->setValue(QStringLiteral("queue/aside"), runs);
}

std::vector<Run> Workbench::unfinishedRuns() {
  const QStringList order = m_settings->value(QStringLiteral("queue/order")).toStringList();
  const QStringList aside = m_settings->value(QStringLiteral("queue/aside")).toStringList();
  std::vector<Run> runs = list_runs(*m_workspace);
  std::erase_if(runs, [&](const Run& run) {
    return (run.status != RunStatus::Queued && run.status != RunStatus::Stopped) ||
           aside.contains(QString::number(run.id)) || jobOfRun(run.id) != 0;
  });
  const auto place = [&](const Run& run) {
    const auto at = order.indexOf(QString::number(run.id));
    return at < 0 ? order.size() : at;
  };
  std::stable_sort(runs.begin(), runs.end(), [&](const Run& a, const Run& b) { return place(a) < place(b); });
  return runs;
}

void Workbench::stopForClosing() {
  m_closing = true;
  m_jobs->cancelAll();
}

void Workbench::scoreHeldOut(int64_t run) {
  if (isScoring(run)) return;
  const Run row = read_run(*m_workspace, run);
  m_scoringJobs[run] = m_jobs->submit(
      JobKind::Device, tr("Scoring under %1").arg(toQt(row.name)),
      [folder = m_folder, row](const TaskContext& context) {
        Workspace workspace(folder);
        const Preparation preparation = read_preparation(workspace, row.preparation);
        for (const Policy& policy : {reference_of(workspace, row.id), Policy{row.model, row.id}}) {
          const auto examples = unscored_examples(workspace, preparation.id, Role::HeldOut, policy);
          score_examples(workspace, preparation, examples, policy, "auto", context);
        }
      },
      this,
      [this, run] {
        m_scoringJobs.erase(run);
        Q_EMIT scoresChanged(run);
      });
}

void Workbench::deleteRun(int64_t run) {
  m_jobs->submit(
      JobKind::Device, tr("Deleting run %1").arg(run),
      [folder = m_folder, run](const TaskContext&) {
        Workspace workspace(folder);
        delete_run(workspace, run);
      },
      this,
      [this, run] {
        if (m_run == run) {
          const int64_t preparation = m_preparation;
          refreshDataSet();  // looks for another run
          m_preparation = preparation;
          Q_EMIT currentRunChanged();
        }
        Q_EMIT runsChanged();
      });
}

qint64 Workbench::jobOfRun(int64_t run) const {
  for (const auto& [id, job] : m_runJobs) {
    if (id == run) return job;
  }
  return 0;
}

bool Workbench::attempt(const QString& title, const std::function<void()>& work) {
  try {
    work();
    return true;
  } catch (const std::exception& error) {
    reportError(title, QString::fromUtf8(error.what()));
    return false;
  }
}

}  // namespace prefscope
