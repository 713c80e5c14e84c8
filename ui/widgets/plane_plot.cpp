// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/plane_plot.h"

#include <QApplication>
#include <QEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <unordered_map>

#include "ui/theme.h"
#include "ui/widgets/picture_menu.h"
#include "ui/widgets/plot_theme.h"
#include "ui/widgets/qcustomplot_header.h"

namespace prefscope {
namespace {

constexpr double reachPixels = 8;
constexpr double markSize = 6.5, alone = 5;  // pixels, of a mark and of one between hexagons
constexpr double nameDistance = 9;           // pixels from the middle of the mark
constexpr size_t fewMarks = 40;              // so many are always shown all
constexpr double leftOutside = 0.025;        // share of marks on each side that the first view may leave outside
constexpr int readableMarks = 2000;          // in view
constexpr double binPixels = 6;              // least radius of a hexagon
constexpr double lassoStep = 3;              // pixels between its corners
constexpr double legendWidth = 92, legendHeight = 8, legendMargin = 10;
constexpr double zoomStep = 0.8, moveStep = 0.1;

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

QColor mixed(const QColor& a, const QColor& b, double share) {
  const auto part = [share](int x, int y) { return static_cast<int>(std::lround(x + (y - x) * share)); };
  return QColor(part(a.red(), b.red()), part(a.green(), b.green()), part(a.blue(), b.blue()));
}

/// The colour of a count: one hue that moves away from the background, so that it is told by its lightness alone.
QColor countColor(int count, int largest) {
  const Theme& t = theme();
  const double share = largest > 1 ? std::log(count) / std::log(largest) : 1;
  const QColor low = mixed(t.field, t.dmpo, t.dark ? 0.35 : 0.22), high = mixed(t.dmpo, t.text, t.dark ? 0.85 : 0.6);
  return share < 0.6 ? mixed(low, t.dmpo, share / 0.6) : mixed(t.dmpo, high, (share - 0.6) / 0.4);
}

QString signedNats(double value) {
  return (value > 0 ? QStringLiteral("+") : QString()) + QString::number(value, 'f', 3);
}

}  // namespace

PlanePlot::PlanePlot(QWidget* parent) : QWidget(parent), m_binsAbove(readableMarks) {
  m_plot = new QCustomPlot(this);
  m_plot->setMouseTracking(true);
  m_plot->setFocusPolicy(Qt::StrongFocus);
  m_plot->installEventFilter(this);
  m_plot->setMinimumSize(160, 160);
  m_plot->axisRect()->setMinimumMargins(QMargins(0, 4, 8, 0));
  m_plot->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
  m_plot->addLayer(QStringLiteral("above"), m_plot->layer(QStringLiteral("axes")), QCustomPlot::limAbove);
  m_above = m_plot->layer(QStringLiteral("above"));
  m_above->setMode(QCPLayer::lmBuffered);  // what follows the pointer is painted without the marks
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
  m_selectedPoints.clear();
  if (!examples.empty()) {
    std::unordered_map<int64_t, size_t> pointOf;
    for (size_t i = 0; i < m_points.size(); ++i) pointOf.emplace(m_points[i].example, i);
    for (const qint64 example : examples) {
      if (const auto found = pointOf.find(example); found != pointOf.end()) m_selectedPoints.push_back(found->second);
    }
  }
  m_above->replot();
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

QPolygonF PlanePlot::hexagon(const QPointF& middle) const {
  const double radius = m_bins.radius() / natsPerPixel();
  const QPointF at = pixelOf(middle);
  QPolygonF corners;
  for (int i = 0; i < 6; ++i) {
    const double angle = std::numbers::pi / 6 * (2 * i + 1);
    corners << at + radius * QPointF(std::cos(angle), std::sin(angle));
  }
  return corners;
}

void PlanePlot::paintBelow(QPainter& p) {
  if (m_measuring) return;
  const Theme& t = theme();
  const QRectF area = m_plot->axisRect()->rect();
  const QPointF zero = pixelOf({0, 0});
  if (m_plane == Plane::Displacement) {
    QColor shade = t.negative;
    shade.setAlphaF(0.10F);
    p.fillRect(area & QRectF(area.left(), zero.y(), zero.x() - area.left(), area.bottom() - zero.y()), shade);
  }
  const double far = m_plot->xAxis->range().size() + m_plot->yAxis->range().size() +
                     std::abs(m_plot->xAxis->range().center()) + std::abs(m_plot->yAxis->range().center());
  p.setPen(QPen(t.muted, 1, Qt::DashLine));
  p.drawLine(pixelOf({-far, -far}), pixelOf({far, far}));
}

void PlanePlot::paintMark(QPainter& p, size_t point, double size) const {
  // Filled: the chosen ranks first. The colour says whether training raised the margin.
  const Theme& t = theme();
  const Margin m = margin_of(m_points[point], m_hardest);
  const QColor color = m.policy < m.reference ? t.rejected : t.dmpo;
  QColor fill = color;
  fill.setAlphaF(0.75F);
  p.setPen(QPen(color, 1.2));
  p.setBrush(m_points[point].chosen_first ? QBrush(fill) : QBrush(Qt::NoBrush));
  p.drawEllipse(pixelOf(m_places[point]), size / 2, size / 2);
}

void PlanePlot::paintMarks(QPainter& p) {
  if (m_measuring) return;
  const auto visible = std::count_if(m_places.begin(), m_places.end(), [&](const QPointF& at) { return inView(at); });
  if (visible <= m_binsAbove) {
    m_bins = {};
    for (size_t i = 0; i < m_places.size(); ++i) {
      if (inView(m_places[i])) paintMark(p, i, markSize);
    }
    return;
  }
  // Of a few sizes alone, so that a view that grows by little keeps its hexagons.
  const double radius = std::exp2(std::ceil(2 * std::log2(binPixels * natsPerPixel())) / 2);
  if (m_bins.radius() != radius) m_bins = HexBins(m_places, radius);
  const QRectF area = QRectF(m_plot->axisRect()->rect()).adjusted(-20, -20, 20, 20);
  for (const HexBins::Bin& bin : m_bins.bins()) {
    if (bin.count < 2 || !area.contains(pixelOf(bin.middle))) continue;
    const QColor color = countColor(bin.count, m_bins.largest());
    p.setPen(QPen(color, 0.6));  // else the background shines through between neighbours
    p.setBrush(color);
    p.drawPolygon(hexagon(bin.middle));
  }
  for (size_t i = 0; i < m_places.size(); ++i) {
    if (m_bins.bins()[static_cast<size_t>(m_bins.binOf()[i])].count == 1 && inView(m_places[i])) paintMark(p, i, alone);
  }
  paintLegend(p);
}

void PlanePlot::paintLegend(QPainter& p) {
  const Theme& t = theme();
  const QRectF area = m_plot->axisRect()->rect();
  const QFontMetricsF metrics(smallFont());
  const double line = metrics.height();
  const QRectF bar(area.right() - legendMargin - legendWidth, area.bottom() - legendMargin - line - legendHeight,
                   legendWidth, legendHeight);
  QColor behind = t.field;
  behind.setAlphaF(0.85F);
  p.fillRect(bar.adjusted(-legendMargin, -line - 4, legendMargin, line + 4), behind);
  const int largest = m_bins.largest();
  for (int x = 0; x < static_cast<int>(legendWidth); ++x) {
    const double count = std::exp(std::log(largest) * x / (legendWidth - 1));
    p.fillRect(QRectF(bar.left() + x, bar.top(), 1.5, legendHeight),
               countColor(std::max(1, static_cast<int>(std::lround(count))), largest));
  }
  p.setFont(smallFont());
  p.setPen(t.text);
  p.drawText(bar.adjusted(-legendMargin, -line - 3, legendMargin, -legendHeight - 3), Qt::AlignCenter,
             tr("users in a hexagon"));
  // 1 and the largest always; powers of ten where they do not touch them.
  const auto number = [&](int count, Qt::Alignment side) {
    const double x = bar.left() + (largest > 1 ? std::log(count) / std::log(largest) : 0) * legendWidth;
    const double width = metrics.horizontalAdvance(QString::number(count)) + 2;
    const double left = side == Qt::AlignLeft ? x : side == Qt::AlignRight ? x - width : x - width / 2;
    const QRectF box(left, bar.bottom() + 1, width, line);
    p.drawText(box, Qt::AlignCenter, QString::number(count));
    return box;
  };
  const QRectF first = number(1, Qt::AlignLeft), last = number(largest, Qt::AlignRight);
  for (int count = 10; count < largest; count *= 10) {
    const double x = bar.left() + std::log(count) / std::log(largest) * legendWidth;
    const double half = metrics.horizontalAdvance(QString::number(count)) / 2 + 4;
    if (x - half > first.right() && x + half < last.left()) number(count, Qt::AlignHCenter);
  }
}

/// Beside the mark, to the side that has room for it.
void PlanePlot::paintName(QPainter& p, size_t point, const QColor& color) const {
  QFont font = smallFont();
  font.setWeight(QFont::DemiBold);
  p.setFont(font);
  const QFontMetricsF metrics(font);
  const QString name =
      metrics.elidedText(tr("user %1").arg(QString::fromStdString(m_points[point].user_key)), Qt::ElideRight, 160);
  const QPointF at = pixelOf(m_places[point]);
  const double width = metrics.horizontalAdvance(name) + 4;
  const bool left = at.x() + nameDistance + width > m_plot->axisRect()->right();
  const QRectF box(left ? at.x() - nameDistance - width : at.x() + nameDistance, at.y() - metrics.height() / 2 - 1,
                   width, metrics.height() + 2);
  QColor behind = theme().field;
  behind.setAlphaF(0.8F);  // readable above other marks
  p.fillRect(box, behind);
  p.setPen(color);
  p.drawText(box, Qt::AlignCenter, name);
}

void PlanePlot::paintAbove(QPainter& p) {
  if (m_measuring) return;
  const Theme& t = theme();
  p.setBrush(Qt::NoBrush);
  std::vector<char> outlined(m_bins.bins().size(), 0);
  for (const size_t point : m_selectedPoints) {
    if (!inView(m_places[point])) continue;
    const auto bin = m_bins.bins().empty() ? size_t{0} : static_cast<size_t>(m_bins.binOf()[point]);
    if (!outlined.empty() && m_bins.bins()[bin].count > 1) {
      if (std::exchange(outlined[bin], 1)) continue;
      // Within the hexagon, against its colour.
      const int count = m_bins.bins()[bin].count;
      const QPointF middle = pixelOf(m_bins.bins()[bin].middle);
      p.setPen(QPen(countColor(count, m_bins.largest()).lightnessF() < 0.5F ? Qt::white : Qt::black, 1.4));
      p.drawPolygon(QTransform::fromTranslate(middle.x(), middle.y())
                        .scale(0.72, 0.72)
                        .translate(-middle.x(), -middle.y())
                        .map(hexagon(m_bins.bins()[bin].middle)));
    } else {
      p.setPen(QPen(t.text, 1.6));
      p.drawEllipse(pixelOf(m_places[point]), 5.5, 5.5);
    }
  }
  if (m_markedPoint >= 0) {
    const auto point = static_cast<size_t>(m_markedPoint);
    p.setPen(QPen(t.field, 1.5));
    p.setBrush(t.target);
    p.drawEllipse(pixelOf(m_places[point]), 6.5, 6.5);
    if (!m_points[point].chosen_first) {
      p.setPen(Qt::NoPen);
      p.setBrush(t.field);
      p.drawEllipse(pixelOf(m_places[point]), 3.5, 3.5);
    }
    paintName(p, point, t.target);
  }
  if (m_hoveredPoint >= 0) {
    const auto point = static_cast<size_t>(m_hoveredPoint);
    p.setBrush(Qt::NoBrush);
    p.setPen(QPen(t.field, 4));
    p.drawEllipse(pixelOf(m_places[point]), 8, 8);
    p.setPen(QPen(t.text, 2));
    p.drawEllipse(pixelOf(m_places[point]), 8, 8);
    if (!m_hoveredHere && m_hoveredPoint != m_markedPoint) paintName(p, point, t.text);
  }
  if (m_lasso.size() > 1) {
    QColor within = t.accent;
    within.setAlphaF(0.12F);
    p.setBrush(within);
    p.setPen(QPen(t.accent, 1.5));
    p.drawPolygon(m_lasso, Qt::WindingFill);
  }
  if (m_plot->hasFocus()) {
    p.setBrush(Qt::NoBrush);
    p.setPen(QPen(t.accent, 2));
    p.drawRect(m_plot->axisRect()->rect().adjusted(1, 1, -1, -1));
  }
}

int PlanePlot::pointAt(const QPointF& position) const {
  const auto passes = [this](size_t point) {
    return m_bins.bins().empty() || m_bins.bins()[static_cast<size_t>(m_bins.binOf()[point])].count == 1;
  };
  return m_nearest.find(m_places, placeOf(position), reachPixels * natsPerPixel(), passes);
}

int PlanePlot::binAt(const QPointF& position) const {
  const int bin = m_bins.at(placeOf(position));
  return bin >= 0 && m_bins.bins()[static_cast<size_t>(bin)].count > 1 ? bin : -1;
}

std::vector<qint64> PlanePlot::examplesOf(int bin) const {
  std::vector<qint64> examples;
  for (size_t i = 0; i < m_points.size(); ++i) {
    if (m_bins.binOf()[i] == bin) examples.push_back(m_points[i].example);
  }
  return examples;
}

void PlanePlot::hover(QMouseEvent* event) {
  const int bin = binAt(event->position());
  const int point = bin >= 0 ? -1 : pointAt(event->position());
  if (!m_lassoOn) m_plot->setCursor(bin >= 0 || point >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
  if (point != m_hoveredPoint) {
    m_hoveredPoint = point;
    m_hoveredHere = true;
    m_above->replot();
    Q_EMIT exampleHovered(point < 0 ? 0 : m_points[static_cast<size_t>(point)].example);
  }
  if (bin >= 0) {
    int raised = 0, lowered = 0, first = 0;
    for (size_t i = 0; i < m_points.size(); ++i) {
      if (m_bins.binOf()[i] != bin) continue;
      const Margin m = margin_of(m_points[i], m_hardest);
      raised += m.policy > m.reference ? 1 : 0;
      lowered += m.policy < m.reference ? 1 : 0;
      first += m_points[i].chosen_first ? 1 : 0;
    }
    QToolTip::showText(event->globalPosition().toPoint(),
                       tr("<p><b>%1 users</b><br>margin raised for %2, lowered for %3<br>the chosen ranks first for "
                          "%4<br>a click lists them</p>")
                           .arg(m_bins.bins()[static_cast<size_t>(bin)].count)
                           .arg(raised)
                           .arg(lowered)
                           .arg(first),
                       m_plot);
  } else if (point >= 0) {
    const MarginPoint& p = m_points[static_cast<size_t>(point)];
    const Margin m = margin_of(p, m_hardest);
    QToolTip::showText(
        event->globalPosition().toPoint(),
        tr("<p><b>User %1</b><br>margin %2 before, %3 after training, nats<br>log-ratio of the chosen %4, of the %5 "
           "%6<br>%7</p>")
            .arg(QString::fromStdString(p.user_key).toHtmlEscaped(), signedNats(m.reference), signedNats(m.policy),
                 signedNats(m.ratio_chosen), m_hardest ? tr("hardest rejected") : tr("rejected, mean"),
                 signedNats(m.ratio_rejected),
                 p.chosen_first ? tr("the chosen ranks first") : tr("the chosen does not rank first")),
        m_plot);
  } else {
    QToolTip::hideText();
  }
}

void PlanePlot::click(const QPointF& position) {
  if (const int bin = binAt(position); bin >= 0) {
    Q_EMIT examplesChosen(examplesOf(bin));
  } else if (const int point = pointAt(position); point >= 0) {
    Q_EMIT exampleChosen(m_points[static_cast<size_t>(point)].example);
  }
}

void PlanePlot::finishLasso() {
  QPolygonF region;
  for (const QPointF& corner : std::exchange(m_lasso, {})) region << placeOf(corner);
  std::vector<qint64> examples;
  for (const size_t point : pointsWithin(m_places, region)) examples.push_back(m_points[point].example);
  m_above->replot();
  Q_EMIT examplesChosen(examples);
}

bool PlanePlot::key(int key) {
  const auto zoom = [this](double factor) {
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) axis->scaleRange(factor);
  };
  const auto move = [this](QCPAxis* axis, double share) { axis->moveRange(share * axis->range().size()); };
  switch (key) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      zoom(zoomStep);
      break;
    case Qt::Key_Minus:
      zoom(1 / zoomStep);
      break;
    case Qt::Key_Left:
      move(m_plot->xAxis, -moveStep);
      break;
    case Qt::Key_Right:
      move(m_plot->xAxis, moveStep);
      break;
    case Qt::Key_Up:
      move(m_plot->yAxis, moveStep);
      break;
    case Qt::Key_Down:
      move(m_plot->yAxis, -moveStep);
      break;
    case Qt::Key_0:
      showAll();
      return true;
    default:
      return false;
  }
  m_plot->replot(QCustomPlot::rpQueuedReplot);
  Q_EMIT viewChanged();
  return true;
}

bool PlanePlot::eventFilter(QObject* watched, QEvent* event) {
  if (watched != m_plot) return QWidget::eventFilter(watched, event);
  const auto* mouse = dynamic_cast<QMouseEvent*>(event);
  switch (event->type()) {
    case QEvent::MouseMove:
      if (!m_lasso.isEmpty()) {
        if ((mouse->position() - m_lasso.last()).manhattanLength() < lassoStep) return true;
        m_lasso << mouse->position();
        m_above->replot();
        return true;
      }
      hover(static_cast<QMouseEvent*>(event));
      break;
    case QEvent::Leave:
      if (m_hoveredPoint >= 0 && m_hoveredHere) {
        m_hoveredPoint = -1;
        m_above->replot();
        Q_EMIT exampleHovered(0);
      }
      break;
    case QEvent::MouseButtonPress:
      m_pressed = mouse->position();
      if (mouse->button() == Qt::LeftButton && (m_lassoOn || mouse->modifiers() & Qt::ShiftModifier) &&
          m_plot->axisRect()->rect().contains(m_pressed.toPoint())) {
        m_lasso = QPolygonF({m_pressed});
        m_plot->setFocus(Qt::MouseFocusReason);
        return true;
      }
      break;
    case QEvent::MouseButtonRelease: {
      if (mouse->button() != Qt::LeftButton) break;
      const QPointF released = mouse->position();
      if ((released - m_pressed).manhattanLength() < QApplication::startDragDistance() && m_lasso.size() < 4) {
        const bool ours = !std::exchange(m_lasso, {}).isEmpty();
        click(released);
        if (ours) return true;
      } else if (!m_lasso.isEmpty()) {
        finishLasso();
        return true;
      } else {
        Q_EMIT viewChanged();
      }
      break;
    }
    case QEvent::MouseButtonDblClick:
      showAll();
      return true;
    case QEvent::Wheel:
      QMetaObject::invokeMethod(
          this, [this] { Q_EMIT viewChanged(); }, Qt::QueuedConnection);
      break;
    case QEvent::FocusIn:
    case QEvent::FocusOut:
      m_above->replot();
      break;
    case QEvent::KeyPress:
      if (key(static_cast<QKeyEvent*>(event)->key())) return true;
      break;
    default:
      break;
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
