// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/next_step.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <algorithm>
#include <cmath>

#include "engine/tasks/first_run.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr const char *sftStage = "sft", *dmpoStage = "dmpo";

QString stageKey(const char* stage) {
  return QStringLiteral("sampleTraining/%1").arg(QLatin1String(stage));
}

/// In window.ini. A number is given again when its run is deleted, so the time stands with it.
QStringList rememberedAs(const Run& run) {
  return {QString::number(run.id), toQt(run.created_at)};
}

/// run: the one that trains, SFT or DMPO from it; absent: it is being queued.
QString trainingText(const std::optional<Run>& run) {
  return run && run->parent ? NextStep::tr("Training: DMPO, after SFT…") : NextStep::tr("Training: SFT, then DMPO…");
}

}  // namespace

NextStep::NextStep(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench) {
  auto* line = new QHBoxLayout(this);
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(gridUnit);
  m_line = makeLabel({}, "muted", this);
  m_line->setObjectName(QStringLiteral("nextStepLine"));
  m_button = new QPushButton(this);
  m_button->setObjectName(QStringLiteral("trainItYourself"));
  m_button->setProperty("primary", true);
  m_button->setToolTip(
      tr("SFT, which teaches the form of an answer, and then DMPO from it, which teaches what the users prefer"));
  m_train = new QPushButton(tr("Go to Train"), this);
  m_train->setObjectName(QStringLiteral("nextStepTrain"));
  m_train->setToolTip(tr("The live curves of the run"));
  line->addWidget(m_line);
  line->addWidget(m_button);
  line->addWidget(m_train);
  connect(m_button, &QPushButton::clicked, this, &NextStep::press);
  connect(m_train, &QPushButton::clicked, this, [this] {
    if (m_run) m_workbench.setRun(m_run->id);
    Q_EMIT m_workbench.pageRequested(QStringLiteral("train"));
  });
  connect(&workbench, &Workbench::runsChanged, this, &NextStep::refresh);
  connect(&workbench, &Workbench::currentDataSetChanged, this, &NextStep::refresh);
  connect(&workbench, &Workbench::currentPreparationChanged, this, &NextStep::refresh);
  connect(&workbench.jobs(), &JobQueue::jobChanged, this, &NextStep::showProgress);
  if (const double seconds = sample_training_seconds(); seconds > 0)
    m_time = tr("about %1 s").arg(std::max(10, 10 * static_cast<int>(std::lround(seconds / 10))));
  refresh();
}

std::optional<Run> NextStep::remembered(const char* stage) const {
  const QStringList known = m_workbench.settings().value(stageKey(stage)).toStringList();
  std::optional<Run> found;
  if (known.isEmpty()) return found;
  m_workbench.attempt(tr("The runs could not be read"), [&] {
    for (const Run& run : list_runs(m_workbench.workspace())) {
      if (rememberedAs(run) == known) found = run;
    }
  });
  return found;
}

std::optional<Run> NextStep::next() const {
  const auto sft = remembered(sftStage);
  const auto dmpo = sft ? remembered(dmpoStage) : std::nullopt;  // that of an SFT run deleted since is none
  return dmpo ? dmpo : sft;
}

void NextStep::offer(const QString& line, const QString& button) {
  m_line->setText(line);
  m_line->setVisible(!line.isEmpty());
  m_button->setText(button);
  m_button->setVisible(!button.isEmpty());
  m_train->setVisible(!line.isEmpty());
}

void NextStep::refresh() {
  const std::optional<Run> run = m_run = next();
  const bool isDmpo = run && run->parent.has_value();
  const bool works = run && m_workbench.jobOfRun(run->id) != 0;
  // Another data set may be looked at meanwhile: what was begun goes on.
  if (works) m_going = true;
  if (m_going && run && !works && !m_queueing) {
    const bool done = run->status == RunStatus::Done;
    if (done && !isDmpo) return queueRun(run->id);
    m_going = false;
    if (done) Q_EMIT trained(run->id);
  }
  const auto& set = m_workbench.dataSet();
  setVisible(set && isSampleWorld(*set) && m_workbench.preparation() != 0 &&
             !(isDmpo && run->status == RunStatus::Done));
  if (!isVisibleTo(parentWidget())) return;
  if (works || m_queueing) {
    offer(trainingText(run), {});
    for (const Job& job : m_workbench.jobs().jobs()) showProgress(job);
  } else if (!run) {
    bool fewShot = false;  // what the time is known for
    m_workbench.attempt(tr("The preparation could not be read"), [&] {
      fewShot = read_preparation(m_workbench.workspace(), m_workbench.preparation()).train_users == sample_train_users;
    });
    offer({}, fewShot && !m_time.isEmpty() ? tr("Train it yourself (%1)").arg(m_time) : tr("Train it yourself"));
  } else if (run->status == RunStatus::Running) {
    offer(tr("%1 trains in another program.").arg(toQt(run->name)), {});
  } else if (run->status == RunStatus::Failed) {
    offer(tr("%1 failed.").arg(toQt(run->name)), tr("Train it anew"));
  } else if (run->status == RunStatus::Done) {
    offer(tr("%1 is done; DMPO is next.").arg(toQt(run->name)), tr("Go on with DMPO"));
  } else {
    offer(run->steps_done > 0
              ? tr("%1 stopped at step %2 of %3.").arg(toQt(run->name)).arg(run->steps_done).arg(run->steps_total)
              : tr("%1 has not begun.").arg(toQt(run->name)),
          tr("Go on training"));
  }
}

void NextStep::showProgress(const Job& job) {
  if (!m_going || !isVisible()) return;
  if (!m_run || m_workbench.jobOfRun(m_run->id) != job.id) return;
  QString text = trainingText(m_run);
  if (job.state == JobState::Waiting) {
    text += tr(" waits for its turn");
  } else if (job.progress.fraction >= 0) {
    text += tr(" %1 %").arg(static_cast<int>(100 * job.progress.fraction));  // the job strip has the time left
  }
  m_line->setText(text);
}

void NextStep::press() {
  const std::optional<Run> run = next();
  if (!run || run->status == RunStatus::Failed) {
    queueRun(run ? run->parent : std::nullopt);  // a failed DMPO run starts anew from its SFT run
  } else if (run->status == RunStatus::Done) {
    queueRun(run->id);
  } else {
    m_workbench.attempt(tr("The run could not be started"), [&] {
      m_workbench.trainRun(run->id, run->parent ? Workbench::AfterTraining::Show : Workbench::AfterTraining::Nothing);
    });
  }
}

void NextStep::queueRun(std::optional<int64_t> sft) {
  if (m_queueing) return;
  m_queueing = true;
  int64_t preparation = m_workbench.preparation();
  std::string name;
  if (!m_workbench.attempt(tr("The run could not be queued"), [&] {
        if (sft) preparation = read_run(m_workbench.workspace(), *sft).preparation;
        const int64_t set = read_preparation(m_workbench.workspace(), preparation).data_set;
        for (const DataSet& known : list_data_sets(m_workbench.workspace())) {
          if (known.id == set) name = known.name;
        }
      })) {
    m_queueing = false;
    return;
  }
  if (!sft) m_workbench.settings().remove(stageKey(sftStage));
  m_workbench.settings().remove(stageKey(dmpoStage));
  m_workbench.jobs().submit(
      JobKind::Light, {},
      [folder = m_workbench.workspaceFolder(), name, preparation, sft](const TaskContext&) {
        TrainOptions options = sample_training(folder, name, preparation, sft ? dmpoStage : sftStage);
        options.from_run = sft;
        return create_run(options);
      },
      this,
      [this, sft](int64_t run) {
        m_queueing = false;
        m_workbench.settings().setValue(stageKey(sft ? dmpoStage : sftStage),
                                        rememberedAs(read_run(m_workbench.workspace(), run)));
        m_workbench.settings().sync();  // a kill must not lose it
        // DMPO follows at once, and its scoring takes the SFT run in as the reference.
        m_workbench.trainRun(run, sft ? Workbench::AfterTraining::Show : Workbench::AfterTraining::Nothing);
        m_workbench.setRun(run);
      },
      [this](const QString& message) {
        m_queueing = m_going = false;
        m_workbench.reportError(tr("The run could not be queued"), message);
        refresh();
      });
  refresh();
}

}  // namespace prefscope
