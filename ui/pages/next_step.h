// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <optional>

#include "engine/store/runs.h"
#include "ui/jobs/job_queue.h"

class QLabel;
class QPushButton;

namespace prefscope {

class Workbench;

/// What to do next on the sample world: "Train it yourself". Trains SFT and then DMPO from it on the preparation looked
/// at, and says where that stands. The two runs are remembered in window.ini: after a stop, a failure or a closed
/// window the button goes on where it ended. Hidden on other data sets, and when both are done.
class NextStep : public QWidget {
  Q_OBJECT
 public:
  explicit NextStep(Workbench& workbench, QWidget* parent = nullptr);

 Q_SIGNALS:
  /// DMPO is done.
  void trained(qint64 run);

 private:
  void refresh();
  void showProgress(const Job& job);
  void press();
  /// sft: the run that DMPO starts from; absent: SFT is next.
  void queueRun(std::optional<int64_t> sft);
  /// The run remembered as this stage, where it is still there.
  std::optional<Run> remembered(const char* stage) const;
  /// The one of the two that is not done, or DMPO: where it stands.
  std::optional<Run> next() const;
  void offer(const QString& line, const QString& button);

  Workbench& m_workbench;
  QLabel* m_line;
  QPushButton* m_button;
  QPushButton* m_train;
  std::optional<Run> m_run;  // next() as it was read last
  QString m_time;            // "about 90 s" of the two runs; empty: unknown
  bool m_queueing = false;   // a run is not in the workspace yet
  bool m_going = false;      // what was started here goes on by itself
};

}  // namespace prefscope
