// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/models/panel_example_model.h"
#include "ui/models/run_model.h"
#include "ui/widgets/card.h"

class QPushButton;
class QStackedWidget;
class QTabBar;
class QTableView;

namespace prefscope {

/// The runs of the past and the panel's examples of the run looked at, in two tabs.
class RunsCard : public Card {
  Q_OBJECT
 public:
  explicit RunsCard(QWidget* parent = nullptr);

  RunModel& runs() const { return *m_runs; }
  /// Reads the rows anew; what is selected stays selected and nothing is emitted.
  void setRuns(std::vector<Run> runs);
  void selectRun(int64_t run);
  /// busy: the run selected is in the queue of this window.
  void setBusy(bool busy);
  /// note: of which part they are; empty: all, else there is a button that shows all.
  void setExamples(std::vector<PanelExample> examples, const QString& note);
  void showExamplesTab();

 Q_SIGNALS:
  void runSelected(qint64 run);
  void checkedChanged();
  void caseWanted(qint64 example);
  void allWanted();
  void copyWanted();
  void compareWanted();
  void deleteWanted();

 private:
  void buildRuns();
  void buildExamples();
  void showTab(int tab);

  QTabBar* m_tabs;
  QStackedWidget* m_stack;
  RunModel* m_runs;
  QTableView* m_runTable;
  PanelExampleModel* m_examples;
  QTableView* m_exampleTable;
  QLabel* m_note;
  QPushButton* m_all;
  QPushButton* m_copy;
  QPushButton* m_compare;
  QPushButton* m_delete;
  bool m_some = false;  // there is a run selected
  bool m_busy = false;
};

}  // namespace prefscope
