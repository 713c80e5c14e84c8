// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <map>

#include "ui/jobs/job_queue.h"

class QLabel;
class QProgressBar;
class QToolButton;
class QVBoxLayout;

namespace prefscope {

/// The jobs of the device: what runs, how far it is, and what waits, each with a button to stop it; those that wait can
/// be moved up and down.
class QueueList : public QWidget {
  Q_OBJECT
 public:
  explicit QueueList(JobQueue& queue, QWidget* parent = nullptr);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  struct Row {
    QWidget* widget;
    QLabel* state;
    QProgressBar* bar;
    QToolButton* up;
    QToolButton* down;
  };

  void add(const Job& job);
  void update(const Job& job);
  void remove(const Job& job);
  /// Brings the rows into the queue's order, and offers only moves that there are.
  void arrange();
  void drawArrows(const Row& row);

  JobQueue& m_queue;
  std::map<qint64, Row> m_rows;
  QVBoxLayout* m_layout;
  QLabel* m_empty;
};

}  // namespace prefscope
