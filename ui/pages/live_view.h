// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <array>
#include <vector>

#include "ui/models/panel_example_model.h"
#include "ui/models/run_history.h"

class QComboBox;
class QGridLayout;
class QLabel;
class QStackedWidget;
class QTableView;

namespace prefscope {

class BandPlot;
class Card;
class CurveCard;
class Workbench;

/// A training, live: how the panel's log-ratios spread, small charts of the steps and of the panel, the examples that
/// lost most. Other runs lie in grey below. Draws what it is given and reads nothing.
class LiveView : public QWidget {
  Q_OBJECT
 public:
  explicit LiveView(Workbench& workbench, QWidget* parent = nullptr);

  /// Draws a run and, in grey, others. They must live until the next call.
  void show(const RunHistory* history, const std::vector<const RunHistory*>& others);
  void clearBrush();
  BandPlot* bandPlot() const { return m_bands; }

 Q_SIGNALS:
  void caseWanted(qint64 example);
  /// A part of the band plot was marked.
  void brushed(const prefscope::PanelRange& range);
  void brushCleared();

 protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  /// What a small chart can show, in the order of its list.
  enum class Figure { Loss, Margin, Hr1, Ndcg5, Accuracy, LearningRate, GradientNorm, Speed };
  static constexpr size_t cells = 7;

  void buildMain();
  void buildLost();
  void arrange();
  void drawMain();
  void drawBandReadout(int evaluation);
  void drawCell(size_t cell);
  void drawLost();

  Workbench& m_workbench;
  const RunHistory* m_history = nullptr;
  std::vector<const RunHistory*> m_others;
  QStackedWidget* m_main;
  Card* m_bandCard;
  BandPlot* m_bands;
  QLabel* m_bandReadout;
  CurveCard* m_rewards;  // where there is no panel
  QGridLayout* m_grid;
  std::array<CurveCard*, cells> m_cells;
  std::array<QComboBox*, cells> m_figures;
  Card* m_lostCard;
  QComboBox* m_lostBy;
  QTableView* m_lostTable;
  QLabel* m_lostEmpty;
  PanelExampleModel* m_lost;
  bool m_tall = false;
};

/// The examples of a history at its last evaluation, with names.
std::vector<PanelExample> namedExamples(const RunHistory& history);

}  // namespace prefscope
