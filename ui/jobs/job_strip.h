// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QFrame>
#include <QTimer>

#include "ui/jobs/job_queue.h"

class QLabel;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;

namespace prefscope {

/// The line at the bottom of the window: the job that runs, how far it is, what waits, and a button to stop it. Hidden
/// when idle; a job shorter than a moment never shows. Above it, on demand, a log of what was done.
class JobStrip : public QFrame {
  Q_OBJECT
 public:
  explicit JobStrip(JobQueue& queue, QWidget* parent = nullptr);
  /// A note that passes, such as what an import brought.
  void showNotice(const QString& text);
  void setLogVisible(bool visible);
  bool isLogVisible() const;

 Q_SIGNALS:
  void logVisibleChanged(bool visible);

 private:
  void refresh();
  void onFinished(const Job& job);
  void append(const QString& line);

  JobQueue& m_queue;
  QTimer m_appear;  // runs while a job is too young to be shown
  QTimer m_notice;  // runs while a notice is shown
  QString m_noticeText;
  qint64 m_shown = 0;  // the job on the strip
  QWidget* m_line;
  QLabel* m_title;
  QLabel* m_detail;
  QLabel* m_left;
  QLabel* m_waiting;
  QProgressBar* m_bar;
  QPushButton* m_stop;
  QPushButton* m_logButton;
  QPlainTextEdit* m_log;
};

/// "41 s left", "3 min left", "2 h 10 min left"; empty while unknown.
QString timeLeftText(double seconds);

}  // namespace prefscope
