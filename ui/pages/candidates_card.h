// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "engine/tasks/explain.h"
#include "ui/widgets/card.h"

namespace prefscope {

class BesideButton;
class CandidateChart;
class Workbench;

/// The case's candidates in rank order, and their ranks under the models that are chosen beside it.
class CandidatesCard : public Card {
  Q_OBJECT
 public:
  explicit CandidatesCard(Workbench& workbench, QWidget* parent = nullptr);

  /// options: the ranking as it was asked for; model: its name.
  void setCase(const RankResult& rank, const RankOptions& options, const QString& model);
  CandidateChart* chart() const { return m_chart; }
  /// The models beside it that have ranked the list.
  std::vector<BesideModel> beside() const;

 Q_SIGNALS:
  /// beside() is another.
  void besideChanged();

 private:
  Workbench& m_workbench;
  CandidateChart* m_chart;
  QLabel* m_legend;
  BesideButton* m_button;
  qint64 m_example = 0;
  std::vector<BesideModel> m_beside;
};

}  // namespace prefscope
