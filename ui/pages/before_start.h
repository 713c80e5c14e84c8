// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>
#include <optional>

#include "engine/tasks/estimate.h"

class QLabel;

namespace prefscope {

class Workbench;

/// What a run will need, before it starts: memory, time and steps, the longest prompt. Estimated beside the window, a
/// moment after the last change, while the widget is seen.
class BeforeStart : public QWidget {
  Q_OBJECT
 public:
  explicit BeforeStart(Workbench& workbench, QWidget* parent = nullptr);
  /// Nothing: there is no run to speak of, and `instead` is shown.
  void setOptions(const std::optional<TrainOptions>& options, const QString& instead = {});

 Q_SIGNALS:
  /// A new estimate is shown; enough: it fits into memory.
  void estimated(bool enough);

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void estimate();
  void show(const TrainEstimate& estimate);
  void say(QLabel* line, const QString& text, bool warning = false);

  Workbench& m_workbench;
  QTimer m_later;
  std::optional<TrainOptions> m_options;
  QElapsedTimer m_known;  // since an estimate of these options is shown
  qint64 m_job = 0;       // estimates now; 0: none
  int m_generation = 0;   // an estimate of older options is dropped
  QLabel* m_memory;
  QLabel* m_time;
  QLabel* m_prompts;
};

/// "1.1 GiB", "640 MiB".
QString bytesText(int64_t bytes);

}  // namespace prefscope
