// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "engine/store/scores.h"
#include "ui/widgets/card.h"

class QLabel;
class QStackedWidget;

namespace prefscope {

class EmptyState;
class PlanePlot;

/// Where a case lies among all held-out users, in the margin or the displacement plane, with the wins and losses in
/// words; or, without a reference, how to come to one.
class PlaneCard : public Card {
  Q_OBJECT
 public:
  explicit PlaneCard(QWidget* parent = nullptr);
  /// For a base model, which has no reference to compare with.
  void showNoReference();
  /// marked: the case's example. heldOut: users that are held out, of whom some may not be scored yet.
  void showPoints(const std::vector<MarginPoint>& points, qint64 marked, int64_t heldOut);

 Q_SIGNALS:
  void exampleChosen(qint64 example);
  void trainRequested();

 private:
  void writeNote();

  PlanePlot* m_plot;
  QLabel* m_note;
  QStackedWidget* m_stack;  // the plane, or what stands there without one
  EmptyState* m_empty;
  std::vector<MarginPoint> m_points;
  int64_t m_heldOut = 0;
};

}  // namespace prefscope
