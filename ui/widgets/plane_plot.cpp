// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/plane_plot.h"

#include <QApplication>
#include <QEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/picture_menu.h"
#include "ui/widgets/plot_theme.h"
#include "ui/widgets/qcustomplot_header.h"

namespace prefscope {
namespace {

constexpr double reachPixels = 8;
constexpr double labelDistance = 9;    // pixels from the middle of the mark
constexpr size_t fewMarks = 40;        // so many are always shown all
constexpr double leftOutside = 0.025;  // share of marks on each side that the first view may leave outside

/// The lowest and the highest value, without the farthest ones where there are many.
std::pair<double, double> mainRange(std::vector<double> values, bool all) {
  if (values.empty()) return {0, 0};
  std::sort(values.begin(), values.end());
  const auto cut = all || values.size() <= fewMarks
                       ? size_t{0}
                       : static_cast<size_t>(std::ceil(leftOutside * static_cast<double>(values.size())));
  return {values[cut], values[values.size() - 1 - cut]};
}

}  // namespace

PlanePlot::PlanePlot(QWidget* parent) : QWidget(parent) {
  m_plot = new QCustomPlot(this);
  m_plot->setMouseTracking(true);
  m_plot->installEventFilter(this);
  m_plot->setMinimumSize(160, 160);
  m_plot->axisRect()->setMinimumMargins(QMargins(0, 4, 8, 0));
  m_plot->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
  for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis})
    connect(axis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this, &PlanePlot::placeLabel);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(m_plot);
  addPictureMenu(  // on the plot: it passes no mouse events on
      m_plot, QStringLiteral("plane"), [this] { return csv(); },
      [this](QPaintDevice* device) {
        QCPPainter painter;
        if (!painter.begin(device)) return false;
        painter.setMode(QCPPainter::pmVectorized);
        m_plot->toPainter(&painter, m_plot->width(), m_plot->height());
        return painter.end();
      });
  draw();
}

QString PlanePlot::csv() const {
  QString text = QStringLiteral("user,reference,policy,ratio_chosen,ratio_rejected,chosen_first\n");
  for (const MarginPoint& p : m_points)
    text += csvLine({QString::fromStdString(p.user_key), exact(p.reference), exact(p.policy), exact(p.ratio_chosen),
                     exact(p.ratio_rejected), p.chosen_first ? QStringLiteral("1") : QStringLiteral("0")});
  return text;
}

void PlanePlot::setPlane(Plane plane) {
  m_plane = plane;
  m_showAll = false;
  draw();
}

void PlanePlot::setPoints(const std::vector<MarginPoint>& points, qint64 marked) {
  m_points = points;
  m_marked = marked;
  draw();
}

std::pair<double, double> PlanePlot::place(const MarginPoint& point) const {
  return m_plane == Plane::Margin ? std::pair(point.reference, point.policy)
                                  : std::pair(point.ratio_rejected, point.ratio_chosen);
}

void PlanePlot::draw() {
  const Theme& t = theme();
  m_plot->clearItems();
  m_label = nullptr;
  m_plot->clearPlottables();
  paintAxes(*m_plot, 5);
  for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) axis->grid()->setZeroLinePen(QPen(t.muted, 0.8));
  const bool margin = m_plane == Plane::Margin;
  m_plot->xAxis->setLabel(margin ? tr("reference: chosen - mean rejected, nats")
                                 : tr("mean log-ratio of the rejected, nats"));
  m_plot->yAxis->setLabel(margin ? tr("after training, nats") : tr("log-ratio of the chosen, nats"));

  if (margin) {
    auto* diagonal = new QCPItemStraightLine(m_plot);
    diagonal->setPen(QPen(t.muted, 1, Qt::DashLine));
    diagonal->point1->setCoords(0, 0);
    diagonal->point2->setCoords(1, 1);
  } else {
    auto* fell = new QCPItemRect(m_plot);
    fell->topLeft->setCoords(-1e6, 0);
    fell->bottomRight->setCoords(0, -1e6);
    QColor shade = t.negative;
    shade.setAlphaF(0.10F);
    fell->setBrush(shade);
    fell->setPen(Qt::NoPen);
  }

  // Filled: the chosen ranks first. The colour says whether training raised the margin.
  QVector<double> xs[4], ys[4];
  const MarginPoint* marked = nullptr;
  for (const MarginPoint& point : m_points) {
    if (point.example == m_marked) {
      marked = &point;
      continue;
    }
    const auto [x, y] = place(point);
    const int group = (point.policy < point.reference ? 2 : 0) + (point.chosen_first ? 1 : 0);
    xs[group].append(x);
    ys[group].append(y);
  }
  const auto scatter = [&](const QVector<double>& x, const QVector<double>& y, QColor color, bool filled, double size) {
    auto* graph = m_plot->addGraph();
    graph->setLineStyle(QCPGraph::lsNone);
    QColor fill = color;
    fill.setAlphaF(0.75F);
    graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(color, 1.2),
                                           filled ? QBrush(fill) : QBrush(Qt::NoBrush), size));
    graph->setData(x, y);
  };
  for (int group = 0; group < 4; ++group)
    scatter(xs[group], ys[group], group < 2 ? t.dmpo : t.rejected, group % 2 == 1, 6.5);
  if (marked) {
    const auto [x, y] = place(*marked);
    scatter({x}, {y}, t.target, true, 12);
    m_label = new QCPItemText(m_plot);
    m_labelled = {x, y};
    m_label->setText(tr("user %1").arg(QString::fromStdString(marked->user_key)));
    m_label->setColor(t.target);
    QColor behind = t.field;
    behind.setAlphaF(0.8F);  // readable above other marks
    m_label->setBrush(behind);
    QFont font = smallFont();
    font.setWeight(QFont::DemiBold);
    m_label->setFont(font);
  }
  fitScales();
}

void PlanePlot::fitScales() {
  std::vector<double> xs, ys;
  for (const MarginPoint& point : m_points) {
    const auto [x, y] = place(point);
    xs.push_back(x);
    ys.push_back(y);
  }
  auto [xLow, xHigh] = mainRange(xs, m_showAll);
  auto [yLow, yHigh] = mainRange(ys, m_showAll);
  // Zero is always there, and so is the case itself.
  for (const MarginPoint& point : m_points) {
    if (point.example != m_marked) continue;
    const auto [x, y] = place(point);
    xLow = std::min(xLow, x);
    xHigh = std::max(xHigh, x);
    yLow = std::min(yLow, y);
    yHigh = std::max(yHigh, y);
  }
  xLow = std::min(xLow, 0.0);
  xHigh = std::max(xHigh, 0.0);
  yLow = std::min(yLow, 0.0);
  yHigh = std::max(yHigh, 0.0);
  const double xRoom = 0.08 * (xHigh - xLow) + 1e-3, yRoom = 0.08 * (yHigh - yLow) + 1e-3;
  m_plot->xAxis->setRange(xLow - xRoom, xHigh + xRoom);
  m_plot->yAxis->setRange(yLow - yRoom, yHigh + yRoom);
  m_plot->replot(QCustomPlot::rpImmediateRefresh);  // the axis rectangle has its size from here
  // Equal scales: the axis with more nats a pixel sets the other's range.
  const double w = m_plot->axisRect()->width(), h = m_plot->axisRect()->height();
  if (w < 10 || h < 10) return;
  if (m_plot->xAxis->range().size() / w > m_plot->yAxis->range().size() / h) {
    m_plot->yAxis->setScaleRatio(m_plot->xAxis, 1);
  } else {
    m_plot->xAxis->setScaleRatio(m_plot->yAxis, 1);
  }
  placeLabel();
  m_plot->replot(QCustomPlot::rpQueuedReplot);
  Q_EMIT viewChanged();
}

void PlanePlot::placeLabel() {
  if (!m_label) return;
  // Beside the mark, to the side that has room for it.
  const QCPRange& range = m_plot->xAxis->range();
  const bool left = m_labelled.x() > range.lower + 0.7 * range.size();
  const double x = m_plot->xAxis->coordToPixel(m_labelled.x()) + (left ? -labelDistance : labelDistance);
  m_label->position->setCoords(m_plot->xAxis->pixelToCoord(x), m_labelled.y());
  m_label->setPositionAlignment((left ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  m_label->setPadding(QMargins(2, 1, 2, 1));
}

int PlanePlot::marksOutside() const {
  const QCPRange x = m_plot->xAxis->range(), y = m_plot->yAxis->range();
  return static_cast<int>(std::count_if(m_points.begin(), m_points.end(), [&](const MarginPoint& point) {
    const auto [px, py] = place(point);
    return !x.contains(px) || !y.contains(py);
  }));
}

const MarginPoint* PlanePlot::pointAt(const QPointF& position) const {
  const MarginPoint* best = nullptr;
  double least = reachPixels * reachPixels;
  for (const MarginPoint& point : m_points) {
    const auto [x, y] = place(point);
    const double dx = m_plot->xAxis->coordToPixel(x) - position.x(), dy = m_plot->yAxis->coordToPixel(y) - position.y();
    if (dx * dx + dy * dy >= least) continue;
    least = dx * dx + dy * dy;
    best = &point;
  }
  return best;
}

bool PlanePlot::eventFilter(QObject* watched, QEvent* event) {
  if (watched == m_plot && event->type() == QEvent::MouseMove) {
    auto* mouse = static_cast<QMouseEvent*>(event);
    const MarginPoint* point = pointAt(mouse->position());
    m_plot->setCursor(point ? Qt::PointingHandCursor : Qt::ArrowCursor);
    if (point) {
      QToolTip::showText(
          mouse->globalPosition().toPoint(),
          tr("<p><b>User %1</b><br>reference %2, after training %3 nats<br>log-ratio of chosen %4, of rejected "
             "%5<br>%6</p>")
              .arg(QString::fromStdString(point->user_key).toHtmlEscaped())
              .arg(point->reference, 0, 'f', 3)
              .arg(point->policy, 0, 'f', 3)
              .arg(point->ratio_chosen, 0, 'f', 3)
              .arg(point->ratio_rejected, 0, 'f', 3)
              .arg(point->chosen_first ? tr("the chosen ranks first") : tr("the chosen does not rank first")),
          m_plot);
    } else {
      QToolTip::hideText();
    }
  } else if (watched == m_plot && event->type() == QEvent::MouseButtonPress) {
    m_pressed = static_cast<QMouseEvent*>(event)->position();
  } else if (watched == m_plot && event->type() == QEvent::MouseButtonRelease &&
             static_cast<QMouseEvent*>(event)->button() == Qt::LeftButton) {
    const QPointF released = static_cast<QMouseEvent*>(event)->position();
    const MarginPoint* point = pointAt(released);
    if ((released - m_pressed).manhattanLength() < QApplication::startDragDistance()) {
      if (point) Q_EMIT exampleChosen(point->example);
    } else {
      Q_EMIT viewChanged();
    }
  } else if (watched == m_plot && event->type() == QEvent::MouseButtonDblClick) {
    m_showAll = true;
    fitScales();
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

void PlanePlot::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  QMetaObject::invokeMethod(
      this, [this] { fitScales(); }, Qt::QueuedConnection);
}

void PlanePlot::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange && m_plot) draw();
  QWidget::changeEvent(event);
}

}  // namespace prefscope
