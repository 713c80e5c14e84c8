// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QPointF>
#include <QWidget>
#include <vector>

#include "engine/store/scores.h"

class QCPItemText;
class QCustomPlot;

namespace prefscope {

/// A mark for each held-out user, in one of two planes; a click on a mark chooses its user. The wheel zooms, dragging
/// moves; a few far marks are left outside at first, and a double click shows all.
/// Margin: the reference's margin against the model's; the height above the diagonal is what training changed.
/// Displacement: the mean log-ratio of the rejected against that of the chosen; where both fell is shaded.
class PlanePlot : public QWidget {
  Q_OBJECT
 public:
  enum class Plane { Margin, Displacement };

  explicit PlanePlot(QWidget* parent = nullptr);
  void setPlane(Plane plane);
  /// marked: the example drawn in the target's colour; 0: none.
  void setPoints(const std::vector<MarginPoint>& points, qint64 marked);
  Plane plane() const { return m_plane; }
  /// Marks that lie outside of what is shown.
  int marksOutside() const;
  QCustomPlot* plot() const { return m_plot; }
  /// user,reference,policy,ratio_chosen,ratio_rejected,chosen_first: one line a mark.
  QString csv() const;

 Q_SIGNALS:
  void exampleChosen(qint64 example);
  /// Other marks lie outside now.
  void viewChanged();

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void draw();
  void fitScales();
  void placeLabel();
  const MarginPoint* pointAt(const QPointF& position) const;
  std::pair<double, double> place(const MarginPoint& point) const;

  QCustomPlot* m_plot = nullptr;
  Plane m_plane = Plane::Margin;
  std::vector<MarginPoint> m_points;
  qint64 m_marked = 0;
  bool m_showAll = false;
  QPointF m_pressed;               // a drag moves the view, a click chooses
  QPointF m_labelled;              // where its mark is, in nats
  QCPItemText* m_label = nullptr;  // of the marked user; owned by the plot
};

}  // namespace prefscope
