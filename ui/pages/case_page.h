// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <vector>

#include "engine/explain/case.h"
#include "ui/page.h"
#include "ui/widgets/plane_plot.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QTextEdit;

namespace prefscope {

class CandidateChart;
class Card;
class EmptyState;
class RationaleCard;

/// One user under one model: history, ranked candidates, where the case lies among all held-out users, and a rationale.
class CasePage : public Page {
  Q_OBJECT
 public:
  explicit CasePage(Workbench& workbench, QWidget* parent = nullptr);
  void activate() override;
  QString heading() const override;
  QString subheading() const override;
  QAction* primaryAction() const override { return m_export; }

 private:
  /// What a case is made of; crosses from the job as a value.
  struct CaseData {
    RankResult rank;
    std::vector<MarginPoint> points;
  };

  QWidget* buildBar();
  QWidget* buildContent();
  void refreshModels();
  void refreshSaved();
  void chooseFirst();
  void open(int64_t example, int64_t run);
  void show(CaseData data);
  void showHistory();
  void step(bool forward);
  void findUser();
  void saveCase();
  void askExport();
  QString modelName() const;

  QAction* m_export;
  QStackedWidget* m_stack;
  EmptyState* m_empty;
  QLineEdit* m_user;
  QComboBox* m_model;
  QComboBox* m_score;
  QComboBox* m_saved;
  QPushButton* m_save;
  QLabel* m_headline;
  QLabel* m_subline;
  QTextEdit* m_history = nullptr;
  CandidateChart* m_candidates;
  Card* m_candidateCard;
  Card* m_planeCard;
  PlanePlot* m_plane;
  QLabel* m_planeNote;
  QStackedWidget* m_planeStack;  // the plane, or what stands there without one
  EmptyState* m_noPlane;
  RationaleCard* m_rationale;

  int64_t m_preparation = 0, m_example = 0, m_run = 0;  // m_run 0: the base model
  std::optional<CaseData> m_case;
  int64_t m_seenRun = 0;  // a newer one is shown when the page is opened next
  qint64 m_job = 0;
  int m_generation = 0;

 protected:
  void changeEvent(QEvent* event) override;
};

}  // namespace prefscope
