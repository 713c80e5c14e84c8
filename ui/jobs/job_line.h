// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;

namespace prefscope {

struct Job;
class JobQueue;

/// What one job does, where its result will stand: a sentence, a bar and a button that stops it. Hidden while there is
/// none.
class JobLine : public QWidget {
  Q_OBJECT
 public:
  explicit JobLine(JobQueue& queue, QWidget* parent = nullptr);
  /// Shows a job that was submitted just now. what: "Counting…", until it says more.
  void follow(qint64 job, const QString& what);
  /// Stops the job that is shown, without a word.
  void drop();
  bool isFollowing() const { return m_job != 0; }

 Q_SIGNALS:
  /// The job was stopped by the person, here or elsewhere.
  void stopped();

 private:
  void onChanged(const Job& job);

  JobQueue& m_queue;
  QLabel* m_what;
  QProgressBar* m_bar;
  QPushButton* m_stop;
  qint64 m_job = 0;
};

}  // namespace prefscope
