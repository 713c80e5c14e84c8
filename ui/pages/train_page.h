// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTimer>
#include <map>
#include <optional>
#include <vector>

#include "ui/models/panel_example_model.h"
#include "ui/models/run_history.h"
#include "ui/page.h"

class QStackedWidget;

namespace prefscope {

class EmptyState;
class LiveView;
class RunBar;
class RunsCard;
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
  void resizeEvent(QResizeEvent* event) override;

 private:
  void refreshRuns();
  void showNothing();
  void doNext();
  void showRun(int64_t run);
  void showOthers();
  /// Whether the curves of a run still grow or are not read to their end.
  bool wantsReading(int64_t run) const;
  void poll();
  void take(std::vector<RunNews> news);
  void draw();
  void listExamples();
  void resume();
  void copyCommand();
  void compareSettings();
  void askDelete();

  TrainForm* m_form;
  QStackedWidget* m_stack;
  EmptyState* m_empty;
  LiveView* m_live;
  RunBar* m_bar;
  RunsCard* m_runsCard;
  QTimer m_poll;
  int64_t m_run = 0;                        // whose curves are shown
  std::map<int64_t, RunHistory> m_history;  // of that run and of those checked
  std::optional<PanelRange> m_brush;
  bool m_reading = false;
};

}  // namespace prefscope
