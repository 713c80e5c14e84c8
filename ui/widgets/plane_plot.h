// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QPointF>
#include <QPolygonF>
#include <QSharedPointer>
#include <QWidget>
#include <vector>

#include "engine/store/scores.h"
#include "ui/widgets/plane_points.h"

class QCPAxisTickerFixed;
class QCPLayer;
class QCustomPlot;
class QMouseEvent;
class QPainter;

namespace prefscope {

/// A mark for each held-out user, in one of two planes; a click on a mark chooses its user. Where more are in view than
/// can be read, hexagons count them; a user alone in a hexagon keeps the mark. The wheel zooms, dragging moves,
/// dragging with Shift (or after setLasso) goes round users; a few far marks are left outside at first, and a double
/// click shows all. With the focus: + and - zoom, the arrows move, 0 shows all. Margin: the reference's margin against
/// the model's; the height above the diagonal is what training changed. Displacement: the log-ratio of the rejected
/// against that of the chosen; where both fell is shaded.
class PlanePlot : public QWidget {
  Q_OBJECT
 public:
  enum class Plane { Margin, Displacement };

  explicit PlanePlot(QWidget* parent = nullptr);
  void setPlane(Plane plane);
  /// marked: the example drawn in the target's colour; 0: none.
  void setPoints(const std::vector<MarginPoint>& points, qint64 marked);
  /// The rejected side: the mean of the rejected, or the hardest.
  void setHardest(bool hardest);
  /// Dragging goes round users instead of moving the view.
  void setLasso(bool on);
  /// Examples that stand out.
  void setSelected(const std::vector<qint64>& examples);
  /// The example that the pointer is on in another picture; 0: none.
  void setHovered(qint64 example);
  /// More marks in view than this are counted in hexagons.
  void setBinsAbove(int marks);
  void showAll();

  Plane plane() const { return m_plane; }
  /// Where the marks are, in nats, by point.
  const std::vector<QPointF>& places() const { return m_places; }
  const std::vector<qint64>& selected() const { return m_selected; }
  /// Of the view as it was painted last; no bins: the marks are drawn one by one.
  const HexBins& bins() const { return m_bins; }
  /// Marks that lie outside of what is shown.
  int marksOutside() const;
  QCustomPlot* plot() const { return m_plot; }
  /// user,reference,policy,ratio_chosen,ratio_rejected,chosen_first,rejected: one line a mark.
  QString csv() const;

 Q_SIGNALS:
  void exampleChosen(qint64 example);
  /// A lasso went round these examples, or a click was on their hexagon.
  void examplesChosen(const std::vector<qint64>& examples);
  /// The mark that the pointer is on; 0: none.
  void exampleHovered(qint64 example);
  /// Other marks lie outside now.
  void viewChanged();

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void arrange();
  void draw();
  void fitScales();
  void paintBelow(QPainter& painter);
  void paintMarks(QPainter& painter);
  void paintAbove(QPainter& painter);
  void paintLegend(QPainter& painter);
  void paintMark(QPainter& painter, size_t point, double size) const;
  template <typename Passes>
  void paintEach(QPainter& painter, Passes passes, double size) const;
  void paintName(QPainter& painter, size_t point, const QColor& color) const;
  void hover(QMouseEvent* event);
  void click(const QPointF& position);
  void finishLasso();
  bool key(int key);
  QPointF pixelOf(const QPointF& place) const;
  QPointF placeOf(const QPointF& pixel) const;
  double natsPerPixel() const;
  bool inView(const QPointF& place) const;
  QPolygonF hexagon(const QPointF& middle) const;
  int pointAt(const QPointF& position) const;
  /// The hexagon of several users at a position; -1: none.
  int binAt(const QPointF& position) const;
  std::vector<qint64> examplesOf(int bin) const;

  QCustomPlot* m_plot = nullptr;
  QSharedPointer<QCPAxisTickerFixed> m_ticks;  // of both axes
  QCPLayer* m_above = nullptr;                 // painted again by itself
  Plane m_plane = Plane::Margin;
  std::vector<MarginPoint> m_points;
  std::vector<QPointF> m_places;
  NearestPoint m_nearest;
  HexBins m_bins;
  std::vector<qint64> m_selected;
  std::vector<char> m_isSelected;  // by point; empty: none is
  int m_markedPoint = -1, m_hoveredPoint = -1;
  int m_binsAbove;
  qint64 m_marked = 0;
  bool m_hardest = false, m_lassoOn = false, m_showAll = false, m_measuring = false, m_hoveredHere = false;
  QPointF m_pressed;  // a drag moves the view, a click chooses
  QPolygonF m_lasso;  // while it is drawn, in pixels
};

}  // namespace prefscope
