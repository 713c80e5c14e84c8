// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QPointer>
#include <array>
#include <vector>

#include "engine/store/scores.h"
#include "ui/pages/user_rules.h"
#include "ui/widgets/card.h"

class QBoxLayout;
class QLabel;
class QPushButton;
class QStackedWidget;

namespace prefscope {

class EmptyState;
class PlanePlot;
class UsersWindow;

/// Where a case lies among all held-out users, in the margin or the displacement plane (in both where there is room),
/// with the wins and losses in words; or, without a reference, how to come to one. Users are listed by a lasso or by a
/// rule; a user marked in one plane is marked in the other.
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

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  enum Side { MarginSide, DisplacementSide, Sides };
  /// One plane at a time, or both where there is room.
  enum class Arrangement { One, Beside, Stacked };

  QWidget* buildPills();
  QWidget* buildTools();
  UsersWindow* usersWindow();
  void setHardest(bool hardest);
  Arrangement arrangement() const;
  void showSides();
  void clearSelection();
  void writeNote();

  std::array<PlanePlot*, Sides> m_plots;
  QBoxLayout* m_planes;
  QWidget *m_pills, *m_tools;
  QPushButton *m_lasso, *m_hardestButton;
  QLabel* m_note;
  QStackedWidget* m_stack;  // the planes, or what stands there without them
  EmptyState* m_empty;
  QPointer<UsersWindow> m_users;
  std::vector<MarginPoint> m_points;
  int64_t m_heldOut = 0;
  int m_side = MarginSide;  // shown where there is room for one alone
  Arrangement m_arrangement = Arrangement::One;
  bool m_hardest = false;
};

}  // namespace prefscope
