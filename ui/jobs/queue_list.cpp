// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/jobs/queue_list.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>
#include <algorithm>

#include "ui/jobs/job_strip.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/elided_label.h"

namespace prefscope {

QueueList::QueueList(JobQueue& queue, QWidget* parent) : QWidget(parent), m_queue(queue) {
  m_layout = new QVBoxLayout(this);
  m_layout->setContentsMargins(0, 0, 0, 0);
  m_layout->setSpacing(6);
  m_empty = makeLabel(tr("Nothing runs and nothing waits."), "small", this);
  m_layout->addWidget(m_empty);
  m_layout->addStretch(1);
  for (const Job& job : queue.jobs()) add(job);
  connect(&queue, &JobQueue::jobAdded, this, &QueueList::add);
  connect(&queue, &JobQueue::jobChanged, this, &QueueList::update);
  connect(&queue, &JobQueue::jobFinished, this, &QueueList::remove);
}

void QueueList::add(const Job& job) {
  if (job.kind != JobKind::Device || m_rows.contains(job.id)) return;
  auto* widget = new QWidget(this);
  auto* title = new ElidedLabel(job.title, widget);
  QLabel* state = makeLabel(tr("waiting"), "small", widget);
  auto* stop = new QToolButton(widget);
  stop->setText(tr("Stop"));
  stop->setProperty("flat", true);
  stop->setAccessibleName(tr("Stop %1").arg(job.title));
  connect(stop, &QToolButton::clicked, this, [this, id = job.id] { m_queue.cancel(id); });
  auto* bar = new QProgressBar(widget);
  bar->setTextVisible(false);
  bar->setRange(0, 1000);
  bar->setFixedHeight(6);
  auto* line = new QHBoxLayout;
  line->setContentsMargins(0, 0, 0, 0);
  line->addWidget(title, 1);
  line->addWidget(state);
  line->addWidget(stop);
  auto* layout = new QVBoxLayout(widget);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(2);
  layout->addLayout(line);
  layout->addWidget(bar);
  m_layout->insertWidget(m_layout->count() - 1, widget);
  m_rows[job.id] = {widget, state, bar};
  m_empty->hide();
  update(job);
}

void QueueList::update(const Job& job) {
  const auto row = m_rows.find(job.id);
  if (row == m_rows.end()) return;
  const QString left = timeLeftText(job.progress.seconds_left);
  row->second.state->setText(job.state == JobState::Waiting    ? tr("waiting")
                             : job.state == JobState::Stopping ? tr("stopping")
                             : left.isEmpty()                  ? tr("running")
                                                               : left);
  row->second.bar->setValue(static_cast<int>(std::clamp(job.progress.fraction, 0.0, 1.0) * 1000));
}

void QueueList::remove(const Job& job) {
  const auto row = m_rows.find(job.id);
  if (row == m_rows.end()) return;
  row->second.widget->deleteLater();
  row->second.widget->hide();
  m_rows.erase(row);
  m_empty->setVisible(m_rows.empty());
}

}  // namespace prefscope
