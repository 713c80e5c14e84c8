// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTimer>
#include <array>
#include <vector>

#include "engine/store/runs.h"
#include "ui/page.h"

class QPushButton;
class QStackedWidget;
class QTableView;

namespace prefscope {

class Card;
class CurveCard;
class EmptyState;
class RunModel;
class TrainForm;

/// Starting runs, their live curves, and the runs of the past.
class TrainPage : public Page {
  Q_OBJECT
 public:
  explicit TrainPage(Workbench& workbench, QWidget* parent = nullptr);
  void activate() override;
  void deactivate() override;
  QString subheading() const override;

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QWidget* buildCurves();
  QWidget* buildRuns();
  void refreshRuns();
  void showNothing();
  void doNext();
  void showRun(int64_t run);
  void poll();
  void drawCurves();
  void resume();
  void askDelete();

  TrainForm* m_form;
  QStackedWidget* m_stack;
  EmptyState* m_empty;
  CurveCard* m_main = nullptr;
  std::array<CurveCard*, 3> m_small;
  Card* m_runsCard;
  RunModel* m_runs;
  QTableView* m_table;
  QPushButton* m_resume;
  QPushButton* m_stop;
  QPushButton* m_delete;
  QTimer m_poll;
  int64_t m_run = 0;  // whose curves are shown
  std::vector<StepMetric> m_metrics;
  bool m_reading = false, m_read = false;  // m_read: the run was read at least once
  int m_generation = 0;                    // metrics of a run no longer shown are dropped
};

}  // namespace prefscope
