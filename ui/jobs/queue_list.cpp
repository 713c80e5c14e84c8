// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/jobs/queue_list.h"

#include <QEvent>
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
  connect(&queue, &JobQueue::jobsReordered, this, &QueueList::arrange);
}

void QueueList::add(const Job& job) {
  if (job.kind != JobKind::Device || m_rows.contains(job.id)) return;
  auto* widget = new QWidget(this);
  auto* title = new ElidedLabel(job.title, widget);
  QLabel* state = makeLabel(tr("waiting"), "small", widget);
  const auto mover = [&](int places, const QString& spoken) {
    auto* button = new QToolButton(widget);
    button->setProperty("flat", true);
    button->setAccessibleName(spoken);
    button->setToolTip(places < 0 ? tr("Earlier") : tr("Later"));
    connect(button, &QToolButton::clicked, this, [this, id = job.id, places] { m_queue.move(id, places); });
    return button;
  };
  QToolButton* up = mover(-1, tr("Move %1 up").arg(job.title));
  QToolButton* down = mover(1, tr("Move %1 down").arg(job.title));
  auto* stop = new QToolButton(widget);
  stop->setText(tr("Stop"));
  stop->setToolTip(tr("Takes a waiting job away; a training that runs stops with a checkpoint"));
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
  line->setSpacing(2);
  line->addWidget(state);
  line->addWidget(up);
  line->addWidget(down);
  line->addWidget(stop);
  auto* layout = new QVBoxLayout(widget);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(2);
  layout->addLayout(line);
  layout->addWidget(bar);
  m_layout->insertWidget(m_layout->count() - 1, widget);
  m_rows[job.id] = {widget, state, bar, up, down};
  drawArrows(m_rows[job.id]);
  m_empty->hide();
  update(job);
  arrange();
}

void QueueList::drawArrows(const Row& row) {
  // The same arrows as the fields' in the style sheet.
  const QString look = theme().dark ? QStringLiteral("dark") : QStringLiteral("light");
  row.up->setIcon(QIcon(QStringLiteral(":/icons/up-%1.svg").arg(look)));
  row.down->setIcon(QIcon(QStringLiteral(":/icons/down-%1.svg").arg(look)));
  for (QToolButton* button : {row.up, row.down}) button->setIconSize({8, 8});
}

void QueueList::arrange() {
  std::vector<const Row*> waiting;
  int place = 1;  // below the text for an empty queue
  for (const Job& job : m_queue.jobs()) {
    const auto row = m_rows.find(job.id);
    if (row == m_rows.end()) continue;
    if (m_layout->indexOf(row->second.widget) != place) {
      m_layout->removeWidget(row->second.widget);
      m_layout->insertWidget(place, row->second.widget);
    }
    ++place;
    const bool waits = job.state == JobState::Waiting;
    row->second.up->setVisible(waits);
    row->second.down->setVisible(waits);
    if (waits) waiting.push_back(&row->second);
  }
  for (size_t i = 0; i < waiting.size(); ++i) {
    waiting[i]->up->setEnabled(i > 0);
    waiting[i]->down->setEnabled(i + 1 < waiting.size());
  }
}

void QueueList::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange) {
    for (const auto& [id, row] : m_rows) drawArrows(row);
  }
  QWidget::changeEvent(event);
}

void QueueList::update(const Job& job) {
  const auto row = m_rows.find(job.id);
  if (row == m_rows.end()) return;
  if (job.state != JobState::Waiting && !row->second.up->isHidden()) arrange();  // it has begun
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
  arrange();
}

}  // namespace prefscope
