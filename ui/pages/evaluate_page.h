// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "engine/store/results.h"
#include "ui/page.h"

class QCheckBox;
class QButtonGroup;
class QComboBox;
class QLabel;
class QPushButton;
class QSpinBox;
class QStackedWidget;
class QTableView;
class QVBoxLayout;

namespace prefscope {

class Card;
class IntervalChart;
class UserResultModel;

/// Models judged on the same saved candidate lists of held-out users: means with intervals, and user by user.
class EvaluatePage : public Page {
  Q_OBJECT
 public:
  explicit EvaluatePage(Workbench& workbench, QWidget* parent = nullptr);
  void activate() override;
  QString subheading() const override;
  QAction* primaryAction() const override { return m_export; }

 private:
  QWidget* buildForm();
  QWidget* buildResults();
  void refreshRuns();
  void refreshEvaluations(int64_t show = 0);
  void showEvaluation();
  void showMetric();
  void showComparison();
  void start();
  void askExport();

  QAction* m_export;
  QStackedWidget* m_stack;
  QVBoxLayout* m_runList;
  std::vector<std::pair<int64_t, QCheckBox*>> m_runBoxes;
  std::vector<std::pair<QString, QCheckBox*>> m_baselines;
  QCheckBox* m_base;
  QComboBox* m_score;
  QSpinBox* m_users;
  QPushButton* m_start;
  QLabel* m_hint;
  QComboBox* m_made;
  Card* m_chartCard;
  QButtonGroup* m_metrics;
  IntervalChart* m_chart;
  QLabel* m_protocol;
  QComboBox* m_before;
  QComboBox* m_after;
  QLabel* m_summary;
  UserResultModel* m_results;
  QTableView* m_table;
  std::vector<Evaluation> m_evaluations;
  Evaluation m_shown;
  int m_generation = 0;  // a comparison no longer asked for is dropped
};

/// An evaluation as CSV: a line a model, with the protocol in a comment line at the top.
std::string evaluationCsv(const Evaluation& evaluation);

}  // namespace prefscope
