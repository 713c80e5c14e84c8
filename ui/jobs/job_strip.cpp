// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/jobs/job_strip.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QTime>
#include <algorithm>

#include "ui/theme.h"
#include "ui/widgets/card.h"

namespace prefscope {
namespace {

constexpr int appearMs = 300;
constexpr int noticeMs = 6000;
constexpr int barSteps = 1000;

}  // namespace

QString timeLeftText(double seconds) {
  if (seconds < 0) return {};
  const auto s = static_cast<qint64>(seconds + 0.5);
  if (s < 90) return JobStrip::tr("%1 s left").arg(s);
  if (s < 5400) return JobStrip::tr("%1 min left").arg((s + 30) / 60);
  return JobStrip::tr("%1 h %2 min left").arg(s / 3600).arg(s % 3600 / 60);
}

JobStrip::JobStrip(JobQueue& queue, QWidget* parent) : QFrame(parent), m_queue(queue) {
  setObjectName(QStringLiteral("jobStrip"));
  setAccessibleName(tr("Jobs"));

  m_log = new QPlainTextEdit(this);
  m_log->setObjectName(QStringLiteral("jobLog"));
  m_log->setAccessibleName(tr("Log of jobs"));
  m_log->setReadOnly(true);
  m_log->setMaximumBlockCount(2000);
  m_log->setFixedHeight(140);
  m_log->setPlaceholderText(tr("What is imported, prepared, trained and scored is listed here."));
  m_log->hide();

  m_line = new QWidget(this);
  m_title = makeLabel({}, "strong", m_line);
  m_detail = makeLabel({}, "muted", m_line);
  m_left = makeLabel({}, "muted", m_line);
  m_waiting = makeLabel({}, "muted", m_line);
  m_bar = new QProgressBar(m_line);
  m_bar->setTextVisible(false);
  m_bar->setFixedWidth(160);
  m_bar->setAccessibleName(tr("Progress of the job"));
  m_stop = new QPushButton(tr("Stop"), m_line);
  m_stop->setObjectName(QStringLiteral("stopJob"));
  m_stop->setProperty("flat", true);
  m_stop->setToolTip(tr("Stop this job. A training keeps its last checkpoint and can go on later."));
  m_logButton = new QPushButton(tr("Log"), m_line);
  m_logButton->setProperty("flat", true);
  m_logButton->setCheckable(true);

  auto* line = new QHBoxLayout(m_line);
  line->setContentsMargins(12, 2, gridUnit, 2);
  line->setSpacing(12);
  line->addWidget(m_title);
  line->addWidget(m_bar);
  line->addWidget(m_left);
  line->addWidget(m_detail, 1);
  line->addWidget(m_waiting);
  line->addWidget(m_stop);
  line->addWidget(m_logButton);
  m_detail->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);

  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(m_log);
  layout->addWidget(m_line);

  m_appear.setSingleShot(true);
  m_appear.setInterval(appearMs);
  m_notice.setSingleShot(true);
  m_notice.setInterval(noticeMs);
  connect(&m_appear, &QTimer::timeout, this, &JobStrip::refresh);
  connect(&m_notice, &QTimer::timeout, this, &JobStrip::refresh);
  connect(m_stop, &QPushButton::clicked, this, [this] { m_queue.cancel(m_shown); });
  connect(m_logButton, &QPushButton::toggled, this, &JobStrip::setLogVisible);
  connect(&queue, &JobQueue::jobAdded, this, [this](const Job& job) {
    if (job.title.isEmpty()) return;
    if (!m_line->isVisible()) m_appear.start();
    refresh();
  });
  connect(&queue, &JobQueue::jobChanged, this, [this](const Job& job) {
    if (!job.title.isEmpty()) refresh();
  });
  connect(&queue, &JobQueue::jobFinished, this, &JobStrip::onFinished);
  refresh();
}

void JobStrip::refresh() {
  std::vector<Job> jobs = m_queue.jobs();
  std::erase_if(jobs, [](const Job& job) { return job.title.isEmpty(); });
  const auto shown = std::find_if(jobs.begin(), jobs.end(), [](const Job& j) { return j.state != JobState::Waiting; });
  const bool running = shown != jobs.end() && !m_appear.isActive();
  const bool noticing = !running && m_notice.isActive();

  m_line->setVisible(running || noticing || m_log->isVisibleTo(this));
  setVisible(m_line->isVisibleTo(this));
  m_bar->setVisible(running);
  m_stop->setVisible(running);
  m_shown = running ? shown->id : 0;
  if (!running) {
    m_title->setText(noticing ? m_noticeText : tr("Idle"));
    m_detail->clear();
    m_left->clear();
    m_waiting->clear();
    return;
  }
  const Progress& progress = shown->progress;
  const bool stopping = shown->state == JobState::Stopping;
  m_title->setText(shown->title);
  m_bar->setRange(0, progress.fraction < 0 ? 0 : barSteps);
  if (progress.fraction >= 0) m_bar->setValue(static_cast<int>(std::min(progress.fraction, 1.0) * barSteps));
  m_left->setText(stopping ? tr("stopping") : timeLeftText(progress.seconds_left));
  QString detail = QString::fromStdString(progress.stage);
  if (!progress.detail.empty()) {
    if (!detail.isEmpty()) detail += QStringLiteral(" · ");
    detail += QString::fromStdString(progress.detail);
  }
  m_detail->setText(detail);
  m_stop->setEnabled(!stopping);
  m_waiting->setText(jobs.size() > 1 ? tr("%n more", nullptr, static_cast<int>(jobs.size()) - 1) : QString());
}

void JobStrip::onFinished(const Job& job) {
  if (job.title.isEmpty()) return;
  append(job.state == JobState::Done        ? tr("%1: done").arg(job.title)
         : job.state == JobState::Cancelled ? tr("%1: stopped").arg(job.title)
                                            : tr("%1: failed. %2").arg(job.title, job.message));
  refresh();
}

void JobStrip::showNotice(const QString& text) {
  m_noticeText = text;
  append(text);
  m_notice.start();
  refresh();
}

void JobStrip::append(const QString& line) {
  m_log->appendPlainText(QTime::currentTime().toString(QStringLiteral("HH:mm:ss  ")) + line);
}

bool JobStrip::isLogVisible() const {
  return m_log->isVisibleTo(this);
}

void JobStrip::setLogVisible(bool visible) {
  if (visible == isLogVisible() && visible == m_logButton->isChecked()) return;
  m_log->setVisible(visible);
  m_logButton->setChecked(visible);
  refresh();
  Q_EMIT logVisibleChanged(visible);
}

}  // namespace prefscope
