// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/plane_plot.h"

#include <QEvent>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <functional>
#include <unordered_set>

#include "ui/theme.h"
#include "ui/widgets/picture_menu.h"
#include "ui/widgets/plot_theme.h"
#include "ui/widgets/qcustomplot_header.h"

namespace prefscope {
namespace {

constexpr size_t fewMarks = 40;        // so many are always shown all
constexpr double leftOutside = 0.025;  // share of marks on each side that the first view may leave outside
constexpr int readableMarks = 2000;    // in view
constexpr double tickPixels = 48;      // least distance of two numbers on an axis

/// What is painted by hand within the axes, on a layer of the plot.
class Painted : public QCPLayerable {
 public:
  Painted(QCustomPlot* plot, const QString& layer, std::function<void(QPainter&)> paint)
      : QCPLayerable(plot, layer), m_paint(std::move(paint)) {}

 protected:
  QRect clipRect() const override { return mParentPlot->axisRect()->rect(); }
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override { painter->setAntialiasing(true); }
  void draw(QCPPainter* painter) override { m_paint(*painter); }

 private:
  std::function<void(QPainter&)> m_paint;
};

/// The lowest and the highest value, without the farthest ones where there are many.
std::pair<double, double> mainRange(std::vector<double> values, bool all) {
  if (values.empty()) return {0, 0};
  const auto cut = all || values.size() <= fewMarks
                       ? size_t{0}
                       : static_cast<size_t>(std::ceil(leftOutside * static_cast<double>(values.size())));
  const auto at = [&](size_t n) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n), values.end());
    return values[n];
  };
  return {at(cut), at(values.size() - 1 - cut)};
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below a length.
double roundStep(double length) {
  const double power = std::pow(10, std::floor(std::log10(length))), part = length / power;
  return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
}

}  // namespace

PlanePlot::PlanePlot(QWidget* parent) : QWidget(parent), m_binsAbove(readableMarks) {
  m_plot = new QCustomPlot(this);
  m_plot->setMouseTracking(true);
  m_plot->setFocusPolicy(Qt::StrongFocus);
  setFocusProxy(m_plot);
  m_plot->installEventFilter(this);
  m_plot->setMinimumSize(160, 160);
  m_plot->axisRect()->setMinimumMargins(QMargins(0, 4, 8, 0));
  m_plot->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
  m_plot->addLayer(QStringLiteral("above"), m_plot->layer(QStringLiteral("axes")), QCustomPlot::limAbove);
  m_above = m_plot->layer(QStringLiteral("above"));
  m_above->setMode(QCPLayer::lmBuffered);  // what follows the pointer is painted without the marks
  m_ticks = QSharedPointer<QCPAxisTickerFixed>::create();
  connect(m_plot, &QCustomPlot::beforeReplot, this,
          [this] { m_ticks->setTickStep(roundStep(tickPixels * natsPerPixel())); });
  new Painted(m_plot, QStringLiteral("main"), [this](QPainter& p) { paintBelow(p); });
  new Painted(m_plot, QStringLiteral("main"), [this](QPainter& p) { paintMarks(p); });
  new Painted(m_plot, QStringLiteral("above"), [this](QPainter& p) { paintAbove(p); });
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
  arrange();
}

QString PlanePlot::csv() const {
  QString text = QStringLiteral("user,reference,policy,ratio_chosen,ratio_rejected,chosen_first,rejected\n");
  for (const MarginPoint& p : m_points) {
    const Margin m = margin_of(p, m_hardest);
    text += csvLine({QString::fromStdString(p.user_key), exact(m.reference), exact(m.policy), exact(m.ratio_chosen),
                     exact(m.ratio_rejected), p.chosen_first ? QStringLiteral("1") : QStringLiteral("0"),
                     m_hardest ? QStringLiteral("hardest") : QStringLiteral("mean")});
  }
  return text;
}

void PlanePlot::setPlane(Plane plane) {
  m_plane = plane;
  m_showAll = false;
  arrange();
}

void PlanePlot::setPoints(const std::vector<MarginPoint>& points, qint64 marked) {
  m_points = points;
  m_marked = marked;
  arrange();
}

void PlanePlot::setHardest(bool hardest) {
  if (hardest == m_hardest) return;
  m_hardest = hardest;
  arrange();
}

void PlanePlot::setLasso(bool on) {
  m_lassoOn = on;
  m_plot->setCursor(on ? Qt::CrossCursor : Qt::ArrowCursor);
}

void PlanePlot::setSelected(const std::vector<qint64>& examples) {
  m_selected = examples;
  m_isSelected.clear();
  if (!examples.empty()) {
    const std::unordered_set<int64_t> wanted(examples.begin(), examples.end());
    for (const MarginPoint& p : m_points) m_isSelected.push_back(wanted.contains(p.example) ? 1 : 0);
  }
  m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void PlanePlot::setHovered(qint64 example) {
  const auto found =
      std::find_if(m_points.begin(), m_points.end(), [&](const MarginPoint& p) { return p.example == example; });
  const int point = found == m_points.end() ? -1 : static_cast<int>(found - m_points.begin());
  m_hoveredHere = false;
  if (point == m_hoveredPoint) return;
  m_hoveredPoint = point;
  m_above->replot();
}

void PlanePlot::setBinsAbove(int marks) {
  m_binsAbove = marks;
  draw();
}

void PlanePlot::showAll() {
  m_showAll = true;
  fitScales();
}

/// The marks anew from the points.
void PlanePlot::arrange() {
  m_places.clear();
  m_places.reserve(m_points.size());
  m_markedPoint = m_hoveredPoint = -1;
  for (size_t i = 0; i < m_points.size(); ++i) {
    const Margin m = margin_of(m_points[i], m_hardest);
    m_places.push_back(m_plane == Plane::Margin ? QPointF(m.reference, m.policy)
                                                : QPointF(m.ratio_rejected, m.ratio_chosen));
    if (m_points[i].example == m_marked) m_markedPoint = static_cast<int>(i);
  }
  m_nearest = NearestPoint(m_places);
  m_bins = {};
  setSelected(std::vector<qint64>(m_selected));
  draw();
}

void PlanePlot::draw() {
  const Theme& t = theme();
  paintAxes(*m_plot, 5);
  m_plot->xAxis->setTicker(m_ticks);
  m_plot->yAxis->setTicker(m_ticks);
  for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) axis->grid()->setZeroLinePen(QPen(t.muted, 0.8));
  if (m_plane == Plane::Margin) {
    m_plot->xAxis->setLabel(m_hardest ? tr("reference: chosen − hardest rejected, nats")
                                      : tr("reference: chosen − mean rejected, nats"));
    m_plot->yAxis->setLabel(tr("after training, nats"));
  } else {
    m_plot->xAxis->setLabel(m_hardest ? tr("log-ratio of the hardest rejected, nats")
                                      : tr("mean log-ratio of the rejected, nats"));
    m_plot->yAxis->setLabel(tr("log-ratio of the chosen, nats"));
  }
  fitScales();
}

void PlanePlot::fitScales() {
  std::vector<double> xs, ys;
  for (const QPointF& place : m_places) {
    xs.push_back(place.x());
    ys.push_back(place.y());
  }
  auto [xLow, xHigh] = mainRange(std::move(xs), m_showAll);
  auto [yLow, yHigh] = mainRange(std::move(ys), m_showAll);
  // Zero is always there, and so is the case itself.
  const auto include = [&](const QPointF& place) {
    xLow = std::min(xLow, place.x());
    xHigh = std::max(xHigh, place.x());
    yLow = std::min(yLow, place.y());
    yHigh = std::max(yHigh, place.y());
  };
  include({0, 0});
  if (m_markedPoint >= 0) include(m_places[static_cast<size_t>(m_markedPoint)]);
  const double xRoom = 0.08 * (xHigh - xLow) + 1e-3, yRoom = 0.08 * (yHigh - yLow) + 1e-3;
  m_plot->xAxis->setRange(xLow - xRoom, xHigh + xRoom);
  m_plot->yAxis->setRange(yLow - yRoom, yHigh + yRoom);
  m_measuring = true;  // nothing is painted: only the axis rectangle gets its size
  m_plot->replot(QCustomPlot::rpQueuedRefresh);
  m_measuring = false;
  // Equal scales: the axis with more nats a pixel sets the other's range.
  const double w = m_plot->axisRect()->width(), h = m_plot->axisRect()->height();
  if (w < 10 || h < 10) return;
  if (m_plot->xAxis->range().size() / w > m_plot->yAxis->range().size() / h) {
    m_plot->yAxis->setScaleRatio(m_plot->xAxis, 1);
  } else {
    m_plot->xAxis->setScaleRatio(m_plot->yAxis, 1);
  }
  m_plot->replot(QCustomPlot::rpQueuedReplot);
  Q_EMIT viewChanged();
}

QPointF PlanePlot::pixelOf(const QPointF& place) const {
  return {m_plot->xAxis->coordToPixel(place.x()), m_plot->yAxis->coordToPixel(place.y())};
}

QPointF PlanePlot::placeOf(const QPointF& pixel) const {
  return {m_plot->xAxis->pixelToCoord(pixel.x()), m_plot->yAxis->pixelToCoord(pixel.y())};
}

double PlanePlot::natsPerPixel() const {
  return m_plot->xAxis->range().size() / std::max(1, m_plot->axisRect()->width());
}

bool PlanePlot::inView(const QPointF& place) const {
  return m_plot->xAxis->range().contains(place.x()) && m_plot->yAxis->range().contains(place.y());
}

int PlanePlot::marksOutside() const {
  return static_cast<int>(
      std::count_if(m_places.begin(), m_places.end(), [&](const QPointF& place) { return !inView(place); }));
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
