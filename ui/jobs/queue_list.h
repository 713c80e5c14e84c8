// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <map>

#include "ui/jobs/job_queue.h"

class QLabel;
class QProgressBar;
class QVBoxLayout;

namespace prefscope {

/// The jobs of the device: what runs, how far it is, and what waits, each with a button to stop it.
class QueueList : public QWidget {
  Q_OBJECT
 public:
  explicit QueueList(JobQueue& queue, QWidget* parent = nullptr);

 private:
  struct Row {
    QWidget* widget;
    QLabel* state;
    QProgressBar* bar;
  };

  void add(const Job& job);
  void update(const Job& job);
  void remove(const Job& job);

  JobQueue& m_queue;
  std::map<qint64, Row> m_rows;
  QVBoxLayout* m_layout;
  QLabel* m_empty;
};

}  // namespace prefscope
