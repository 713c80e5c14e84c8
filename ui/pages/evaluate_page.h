// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "engine/store/results.h"
#include "ui/page.h"

class QButtonGroup;
class QComboBox;
class QLabel;
class QStackedWidget;

namespace prefscope {

class Card;
class ChangeCounts;
class EmptyState;
class EvaluateForm;
class IntervalChart;
class UserResultTable;

/// Models judged on the same saved candidate lists of held-out users: means with intervals, and user by user.
class EvaluatePage : public Page {
  Q_OBJECT
 public:
  explicit EvaluatePage(Workbench& workbench, QWidget* parent = nullptr);
  void activate() override;
  QString subheading() const override;
  QAction* primaryAction() const override { return m_export; }

 Q_SIGNALS:
  /// Other models are compared, or none.
  void comparisonChanged();

 private:
  QWidget* buildForm();
  QWidget* buildResults();
  void refreshRuns();
  void refreshEvaluations(int64_t show = 0);
  void showEvaluation();
  void showMetric();
  void showComparison();
  void openUser(qint64 example);
  void start();
  void askExport();

  QAction* m_export;
  QStackedWidget* m_stack;
  EmptyState* m_empty;
  EvaluateForm* m_form;
  QComboBox* m_made;
  Card* m_chartCard;
  QButtonGroup* m_metrics;
  IntervalChart* m_chart;
  QLabel* m_protocol;
  QComboBox* m_before;
  QComboBox* m_after;
  ChangeCounts* m_counts;
  QLabel* m_summary;
  UserResultTable* m_table;
  std::vector<Evaluation> m_evaluations;
  Evaluation m_shown;
  QStringList m_titles;  // of its rows
  int m_generation = 0;  // a comparison no longer asked for is dropped
};

/// How a row is called on the screen: the run's own name, "base model", "EASE".
QString modelTitle(Workspace& workspace, const EvaluationRow& row);
/// An evaluation as CSV: a line a model, with the protocol in a comment line at the top.
std::string evaluationCsv(const Evaluation& evaluation);

}  // namespace prefscope
