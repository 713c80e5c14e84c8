// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

class QPushButton;

namespace prefscope {

class ChangeCounts;
class ElidedLabel;
class Workbench;

/// What a run changed for all held-out users, losses as plainly as wins: "31 users improved, 9 worsened, 60 unchanged".
/// Each number opens the list of its users. Until all are scored it says how many are, and shows no tally.
class TallyLine : public QWidget {
  Q_OBJECT
 public:
  explicit TallyLine(Workbench& workbench, QWidget* parent = nullptr);
  /// score: what candidates are ranked by, sum, mean or ratio. run 0: a base model, which has nothing to be measured
  /// against; then nothing is shown.
  void setRun(int64_t preparation, int64_t run, const QString& score);
  /// Reads again what is scored.
  void refresh();

 Q_SIGNALS:
  /// More users are scored than when it was read before.
  void scored();

 private:
  struct Tally;

  void show(Tally tally);

  Workbench& m_workbench;
  ChangeCounts* m_counts;
  ElidedLabel* m_text;
  QPushButton* m_score;
  QTimer m_poll;  // while users are scored
  QElapsedTimer m_reading;
  int64_t m_scored = 0;  // under both
  int64_t m_preparation = 0, m_run = 0;
  QString m_how;
  qint64 m_job = 0;
};

}  // namespace prefscope
