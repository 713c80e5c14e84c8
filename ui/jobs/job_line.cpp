// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/jobs/job_line.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <algorithm>
#include <utility>

#include "ui/jobs/job_queue.h"
#include "ui/jobs/job_strip.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"

namespace prefscope {
namespace {

constexpr int barWidth = 160, leastBarWidth = 40, barSteps = 1000;

}  // namespace

JobLine::JobLine(JobQueue& queue, QWidget* parent) : QWidget(parent), m_queue(queue) {
  m_what = makeLabel({}, "muted", this);
  m_bar = new QProgressBar(this);
  m_bar->setTextVisible(false);
  m_bar->setMinimumWidth(leastBarWidth);
  m_bar->setMaximumWidth(barWidth);
  m_bar->setAccessibleName(tr("Progress"));
  m_stop = new QPushButton(tr("Stop"), this);
  m_stop->setObjectName(QStringLiteral("stopHere"));
  m_stop->setAutoDefault(false);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(12);
  layout->addWidget(m_what);
  layout->addWidget(m_bar);
  layout->addWidget(m_stop);
  layout->addStretch(1);
  connect(m_stop, &QPushButton::clicked, this, [this] { m_queue.cancel(m_job); });
  connect(&queue, &JobQueue::jobChanged, this, &JobLine::onChanged);
  connect(&queue, &JobQueue::jobFinished, this, [this](const Job& job) {
    if (job.id != m_job) return;
    m_job = 0;
    hide();
    if (job.state == JobState::Cancelled) Q_EMIT stopped();
  });
  hide();
}

void JobLine::follow(qint64 job, const QString& what) {
  drop();
  m_job = job;
  m_what->setText(what);
  m_bar->setRange(0, 0);
  m_stop->setEnabled(true);
  show();
}

void JobLine::drop() {
  m_queue.cancel(std::exchange(m_job, 0));
  hide();
}

void JobLine::onChanged(const Job& job) {
  if (job.id != m_job || m_job == 0) return;
  const bool known = job.progress.fraction >= 0;
  m_bar->setRange(0, known ? barSteps : 0);
  if (known) m_bar->setValue(static_cast<int>(std::min(job.progress.fraction, 1.0) * barSteps));
  if (!job.progress.stage.empty())
    m_what->setText(QString::fromStdString(job.progress.stage) + QStringLiteral("… ") +
                    timeLeftText(job.progress.seconds_left));
  m_stop->setEnabled(job.state != JobState::Stopping);
}

}  // namespace prefscope
