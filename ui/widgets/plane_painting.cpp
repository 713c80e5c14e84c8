// SPDX-License-Identifier: GPL-3.0-or-later
// How a plane is painted: what lies below the marks, the marks or the hexagons that count them, and what follows the
// pointer above them.
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "ui/theme.h"
#include "ui/widgets/plane_plot.h"
#include "ui/widgets/qcustomplot_header.h"

namespace prefscope {
namespace {

constexpr double markSize = 6.5, alone = 5;  // pixels, of a mark and of one between hexagons
constexpr double paleShare = 0.3;            // of a mark's colour, beside selected ones
constexpr double nameDistance = 9;           // pixels from the middle of the mark
constexpr double binPixels = 6;              // least radius of a hexagon
constexpr double legendWidth = 92, legendHeight = 8, legendMargin = 10;

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

}  // namespace

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
  // Filled: the chosen ranks first. The colour says whether training raised the margin. Beside selected ones it is
  // pale.
  const Theme& t = theme();
  const Margin m = margin_of(m_points[point], m_hardest);
  QColor color = m.policy < m.reference ? t.rejected : t.dmpo;
  if (!m_isSelected.empty() && m_isSelected[point] == 0) color = mixed(t.field, color, paleShare);
  QColor fill = color;
  fill.setAlphaF(0.75F);
  p.setPen(QPen(color, 1.2));
  p.setBrush(m_points[point].chosen_first ? QBrush(fill) : QBrush(Qt::NoBrush));
  p.drawEllipse(pixelOf(m_places[point]), size / 2, size / 2);
}

template <typename Passes>
void PlanePlot::paintEach(QPainter& p, Passes passes, double size) const {
  for (const char selected : {0, 1}) {  // these above the others
    for (size_t i = 0; i < m_places.size(); ++i) {
      if ((m_isSelected.empty() ? 1 : m_isSelected[i]) == selected && inView(m_places[i]) && passes(i))
        paintMark(p, i, size);
    }
  }
}

void PlanePlot::paintMarks(QPainter& p) {
  if (m_measuring) return;
  const auto visible = std::count_if(m_places.begin(), m_places.end(), [&](const QPointF& at) { return inView(at); });
  if (visible <= m_binsAbove) {
    m_bins = {};
    paintEach(
        p, [](size_t) { return true; }, markSize);
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
  paintEach(
      p, [this](size_t i) { return m_bins.bins()[static_cast<size_t>(m_bins.binOf()[i])].count == 1; }, alone);
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
  for (size_t i = 0; i < m_isSelected.size() && !outlined.empty(); ++i) {
    const auto bin = static_cast<size_t>(m_bins.binOf()[i]);
    const int count = m_bins.bins()[bin].count;
    if (m_isSelected[i] == 0 || count < 2 || !inView(m_places[i]) || std::exchange(outlined[bin], 1)) continue;
    // Within the hexagon, against its colour.
    const QPointF middle = pixelOf(m_bins.bins()[bin].middle);
    p.setPen(QPen(countColor(count, m_bins.largest()).lightnessF() < 0.5F ? Qt::white : Qt::black, 1.4));
    p.drawPolygon(QTransform::fromTranslate(middle.x(), middle.y())
                      .scale(0.72, 0.72)
                      .translate(-middle.x(), -middle.y())
                      .map(hexagon(m_bins.bins()[bin].middle)));
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

}  // namespace prefscope
