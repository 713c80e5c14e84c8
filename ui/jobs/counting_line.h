// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <functional>
#include <utility>

#include "ui/jobs/job_line.h"
#include "ui/jobs/job_queue.h"

class QLabel;
class QPushButton;

namespace prefscope {

/// Stands where figures will stand while a job counts them: what it does, a way to stop it, and, where it was stopped
/// or failed, why there are none and a way to count again. Hidden else.
class CountingLine : public QWidget {
  Q_OBJECT
 public:
  explicit CountingLine(JobQueue& queue, QWidget* parent = nullptr);

  /// Runs work(const TaskContext&) -> R on a job's thread and brings its value to done(R) here. What was counted before
  /// is dropped.
  template <typename Work, typename Done>
  void count(const QString& what, Work work, Done done) {
    m_begin = [this, what, work, done] {
      const int generation = restart();
      m_line->follow(m_queue.submit(
                         JobKind::Light, {}, work, this,
                         [this, generation, done](auto value) {
                           if (generation != m_generation) return;
                           hide();
                           done(std::move(value));
                         },
                         [this, generation](const QString& message) {
                           if (generation == m_generation) say(message);
                         }),
                     what);
    };
    m_begin();
  }
  /// Stops what is counted, without a word.
  void drop();
  bool isCounting() const { return m_line->isFollowing(); }

 private:
  int restart();
  void say(const QString& trouble);

  JobQueue& m_queue;
  JobLine* m_line;
  QLabel* m_trouble;
  QPushButton* m_again;
  std::function<void()> m_begin;
  int m_generation = 0;  // what was counted before is dropped
};

}  // namespace prefscope
