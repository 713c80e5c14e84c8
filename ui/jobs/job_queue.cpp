// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/jobs/job_queue.h"

#ifdef __linux__
#include <sys/resource.h>
#endif

#include <algorithm>
#include <exception>
#include <mutex>
#include <new>

namespace prefscope {
namespace {

constexpr int pollMs = 100;  // ten updates a second

/// Lets the window have the processor first: the thread that calls, and those it starts for its sums, stand back a
/// little. Where the system knows no such thing for a single thread nothing happens.
void standBack() {
#ifdef __linux__
  setpriority(PRIO_PROCESS, 0, 5);
#endif
}

}  // namespace

struct JobQueue::Entry {
  Job job;
  Run run;
  QPointer<QObject> receiver;
  Failed failed;

  // Written by the job's thread, read by the queue's.
  std::mutex mutex;
  Progress progress;
  bool progressed = false;
  // Written by the job's thread before it posts its end.
  std::function<void()> complete;
  QString error;
  bool cancelled = false;

  std::jthread thread;  // last: joined before what it uses goes
};

JobQueue::JobQueue(QObject* parent) : QObject(parent) {
  m_poll.setInterval(pollMs);
  connect(&m_poll, &QTimer::timeout, this, &JobQueue::pollProgress);
}

JobQueue::~JobQueue() {
  for (const auto& entry : m_entries) entry->thread.request_stop();
  m_entries.clear();  // joins
}

qint64 JobQueue::enqueue(JobKind kind, const QString& title, Run run, QObject* receiver, Failed failed) {
  auto entry = std::make_unique<Entry>();
  entry->job.id = m_nextId++;
  entry->job.title = title;
  entry->job.kind = kind;
  entry->run = std::move(run);
  entry->receiver = receiver;
  entry->failed = std::move(failed);
  const Job added = entry->job;
  m_entries.push_back(std::move(entry));
  Q_EMIT jobAdded(added);
  startWaiting();
  return added.id;
}

void JobQueue::startWaiting() {
  bool deviceBusy = std::any_of(m_entries.begin(), m_entries.end(), [](const auto& e) {
    return e->job.kind == JobKind::Device && e->job.state != JobState::Waiting;
  });
  std::vector<Job> started;
  for (const auto& entry : m_entries) {
    if (entry->job.state != JobState::Waiting) continue;
    if (entry->job.kind == JobKind::Device) {
      if (deviceBusy) continue;
      deviceBusy = true;
    }
    start(*entry);
    started.push_back(entry->job);
  }
  if (!m_entries.empty() && !m_poll.isActive()) m_poll.start();
  for (const Job& job : started) Q_EMIT jobChanged(job);  // last: a slot may submit or cancel
}

void JobQueue::start(Entry& entry) {
  entry.job.state = JobState::Running;
  Entry* e = &entry;
  entry.thread = std::jthread([this, e, id = entry.job.id,
                               heavy = entry.job.kind == JobKind::Device](const std::stop_token& stop) {
    if (heavy) standBack();
    TaskContext context;
    context.stop = stop;
    context.progress = [e](const Progress& progress) {
      const std::lock_guard lock(e->mutex);
      e->progress = progress;
      e->progressed = true;
    };
    try {
      e->complete = e->run(context);
    } catch (const Cancelled&) {
      e->cancelled = true;
    } catch (const std::bad_alloc&) {
      e->error = tr("There was not enough memory. Close other programs, or choose fewer tokens a step or fewer users.");
    } catch (const std::exception& error) {
      e->error = QString::fromUtf8(error.what());
      if (e->error.isEmpty()) e->error = tr("The work failed and gave no reason.");
    } catch (...) {
      e->error = tr("The work failed and gave no reason.");
    }
    QMetaObject::invokeMethod(
        this, [this, id] { finish(id); }, Qt::QueuedConnection);
  });
}

void JobQueue::finish(qint64 id) {
  const auto at = std::find_if(m_entries.begin(), m_entries.end(), [id](const auto& e) { return e->job.id == id; });
  if (at == m_entries.end()) return;
  const std::unique_ptr<Entry> entry = std::move(*at);
  m_entries.erase(at);
  entry->thread.join();  // it has posted its end already
  Job job = entry->job;
  job.progress = entry->progress;
  job.message = entry->error;
  job.state = entry->cancelled ? JobState::Cancelled : entry->error.isEmpty() ? JobState::Done : JobState::Failed;
  startWaiting();
  if (m_entries.empty()) m_poll.stop();
  if (job.state == JobState::Failed && !entry->failed) {
    Q_EMIT jobFailed(job.title, job.message);
  } else if (entry->receiver) {
    try {
      if (job.state == JobState::Failed) entry->failed(job.message);
      if (job.state == JobState::Done) entry->complete();
    } catch (const std::exception& error) {  // a callback that reads the workspace may meet trouble of its own
      Q_EMIT jobFailed(job.title, QString::fromUtf8(error.what()));
    }
  }
  Q_EMIT jobFinished(job);
}

void JobQueue::pollProgress() {
  std::vector<Job> changed;
  for (const auto& entry : m_entries) {
    const std::lock_guard lock(entry->mutex);
    if (!std::exchange(entry->progressed, false)) continue;
    entry->job.progress = entry->progress;
    changed.push_back(entry->job);
  }
  for (const Job& job : changed) Q_EMIT jobChanged(job);
}

void JobQueue::cancel(qint64 id) {
  Entry* entry = find(id);
  if (!entry) return;
  if (entry->job.state == JobState::Waiting) {
    Job job = entry->job;
    job.state = JobState::Cancelled;
    std::erase_if(m_entries, [id](const auto& e) { return e->job.id == id; });
    if (m_entries.empty()) m_poll.stop();
    Q_EMIT jobFinished(job);
    return;
  }
  entry->thread.request_stop();
  entry->job.state = JobState::Stopping;
  Q_EMIT jobChanged(entry->job);
}

void JobQueue::cancelAll() {
  for (const Job& job : jobs()) cancel(job.id);
}

void JobQueue::move(qint64 id, int places) {
  std::vector<size_t> waiting;  // places of the waiting jobs in the whole list
  size_t from = 0;
  bool found = false;
  for (size_t i = 0; i < m_entries.size(); ++i) {
    const Job& job = m_entries[i]->job;
    if (job.kind != JobKind::Device || job.state != JobState::Waiting) continue;
    if (job.id == id) {
      from = waiting.size();
      found = true;
    }
    waiting.push_back(i);
  }
  if (!found) return;
  const auto last = static_cast<ptrdiff_t>(waiting.size()) - 1;
  const auto to = static_cast<size_t>(std::clamp<ptrdiff_t>(static_cast<ptrdiff_t>(from) + places, 0, last));
  if (to == from) return;
  for (size_t at = from; at != to; at += to > from ? 1 : -1)
    std::swap(m_entries[waiting[at]], m_entries[waiting[to > from ? at + 1 : at - 1]]);
  Q_EMIT jobsReordered();
}

std::vector<Job> JobQueue::jobs() const {
  std::vector<Job> all;
  for (const auto& entry : m_entries) all.push_back(entry->job);
  return all;
}

JobQueue::Entry* JobQueue::find(qint64 id) const {
  for (const auto& entry : m_entries) {
    if (entry->job.id == id) return entry.get();
  }
  return nullptr;
}

}  // namespace prefscope
