// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QElapsedTimer>
#include <QObject>
#include <QPointer>
#include <QString>
#include <QTimer>
#include <functional>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/base/progress.h"

namespace prefscope {

/// Device: heavy work, one at a time in the order of submission. Light: reading, or scoring one user; starts at once.
enum class JobKind { Device, Light };
enum class JobState { Waiting, Running, Stopping, Done, Failed, Cancelled };

/// A job as the window shows it.
struct Job {
  qint64 id = 0;
  QString title;
  JobKind kind = JobKind::Light;
  JobState state = JobState::Waiting;
  Progress progress;
  QString message;  ///< why it failed
};

/// The one bridge between the engine's blocking calls and the window: each job runs on a thread of its own, its result
/// crosses as a value, and every callback and signal comes on the thread of the queue (the window's). No event loop is
/// nested and the window never waits, but in the destructor, which stops all jobs and joins them.
class JobQueue : public QObject {
  Q_OBJECT
 public:
  using Failed = std::function<void(const QString&)>;

  explicit JobQueue(QObject* parent = nullptr);
  ~JobQueue() override;

  /// Runs work(const TaskContext&) -> R on its own thread, then done(R) (done() for void) here. A throw calls
  /// failed(message) instead, or jobFailed where there is none; Cancelled calls neither. When `receiver` is gone,
  /// nothing is called.
  template <typename Work, typename Done>
  qint64 submit(JobKind kind, const QString& title, Work work, QObject* receiver, Done done, Failed failed = {}) {
    auto run = [work = std::move(work),
                done = std::move(done)](const TaskContext& context) mutable -> std::function<void()> {
      using Result = std::invoke_result_t<Work&, const TaskContext&>;
      if constexpr (std::is_void_v<Result>) {
        work(context);
        return [done] { done(); };
      } else {
        auto result = std::make_shared<Result>(work(context));
        return [done, result] { done(std::move(*result)); };
      }
    };
    return enqueue(kind, title, std::move(run), receiver, std::move(failed));
  }

  /// A waiting job is taken away; a running one is asked to stop, which takes up to 200 ms.
  void cancel(qint64 id);
  void cancelAll();
  /// Moves a waiting device job by so many places among those that wait: -1 is one earlier. At an end it stays there.
  void move(qint64 id, int places);

  /// Jobs that wait or run, in the order of submission.
  std::vector<Job> jobs() const;
  bool isIdle() const { return m_entries.empty(); }

 Q_SIGNALS:
  void jobAdded(const prefscope::Job& job);
  /// Waiting jobs have another order.
  void jobsReordered();
  /// State or progress changed; at most ten times a second for each job.
  void jobChanged(const prefscope::Job& job);
  /// Done, Failed or Cancelled; after done() and failed().
  void jobFinished(const prefscope::Job& job);
  /// A job failed that was submitted without `failed`.
  void jobFailed(const QString& title, const QString& message);

 private:
  using Run = std::function<std::function<void()>(const TaskContext&)>;
  struct Entry;

  qint64 enqueue(JobKind kind, const QString& title, Run run, QObject* receiver, Failed failed);
  void startWaiting();
  void start(Entry& entry);
  void finish(qint64 id);
  void pollProgress();
  Entry* find(qint64 id) const;

  std::vector<std::unique_ptr<Entry>> m_entries;
  QTimer m_poll;
  qint64 m_nextId = 1;
};

}  // namespace prefscope
