// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <vector>

#include "engine/tasks/case_chain.h"
#include "engine/tasks/open_case.h"
#include "ui/widgets/card.h"

class QButtonGroup;
class QPushButton;
class QStackedWidget;

namespace prefscope {

class ChangesView;
class ElidedLabel;
class RankSlope;
class ScoreWaterfall;
class TokenStrips;
class Workbench;

/// The target beside a rival, and what each model of the run's chain did to them: token by token, part by part, and
/// rank by rank.
class PartsCard : public Card {
  Q_OBJECT
 public:
  explicit PartsCard(Workbench& workbench, QWidget* parent = nullptr);
  /// options: of the ranking, as it was asked for.
  void setCase(const CaseChain& chain, const RankOptions& options);
  /// Models whose ranks stand beside those of the chain; those without ranks are left out.
  void setBeside(const std::vector<BesideModel>& models);
  /// The candidate that the target is held against.
  void setRival(qint64 item);
  /// The candidate that the pointer is on in another picture; 0: none.
  void setHovered(qint64 item);
  /// What would change the ranking; nothing where it was not looked for.
  std::optional<Counterfactual> changes() const;

 Q_SIGNALS:
  void candidateChosen(qint64 item);
  /// 0: the pointer is on none.
  void candidateHovered(qint64 item);
  /// A change of the history that puts another candidate first.
  void editChosen(const prefscope::CaseEdit& edit, const std::vector<prefscope::ItemText>& added, const QString& what);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void draw();
  void chooseView(int view);

  Workbench& m_workbench;
  QButtonGroup* m_views;
  QStackedWidget* m_stack;
  ElidedLabel* m_title;
  TokenStrips* m_strips;
  ScoreWaterfall* m_waterfall;
  RankSlope* m_slope;
  ChangesView* m_changes;
  QPushButton* m_film;
  RankOptions m_options;
  CaseChain m_chain;
  std::vector<BesideModel> m_beside;
  qint64 m_rival = 0;
};

}  // namespace prefscope
