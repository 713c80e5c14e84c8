// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/plane_points.h"

#include <QRectF>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace prefscope {
namespace {

uint64_t keyOf(int64_t column, int64_t row) {
  return (static_cast<uint64_t>(column) << 32) ^ (static_cast<uint64_t>(row) & 0xffffffffU);
}

}  // namespace

// The middles of the hexagons stand in rows 1.5 radii apart, sqrt(3) radii apart within a row, every other row moved by
// half of that. A hexagon is what is nearer to its middle than to any other, and those of a point are in the row above
// it or in the row below.
HexBins::Cell HexBins::cellOf(const QPointF& place) const {
  const double width = std::numbers::sqrt3 * m_radius, height = 1.5 * m_radius;
  const auto below = static_cast<int64_t>(std::floor(place.y() / height));
  Cell best;
  double least = INFINITY;
  for (int64_t row = below; row <= below + 1; ++row) {
    const double moved = row % 2 != 0 ? 0.5 : 0;
    const double column = std::round(place.x() / width - moved);
    const double dx = place.x() - (column + moved) * width, dy = place.y() - static_cast<double>(row) * height;
    if (dx * dx + dy * dy >= least) continue;
    least = dx * dx + dy * dy;
    best = {static_cast<int64_t>(column), row};
  }
  return best;
}

HexBins::HexBins(const std::vector<QPointF>& points, double radius) : m_radius(radius) {
  m_binOf.reserve(points.size());
  for (const QPointF& point : points) {
    const Cell cell = cellOf(point);
    const auto [found, isNew] = m_indexOf.try_emplace(keyOf(cell.column, cell.row), static_cast<int>(m_bins.size()));
    if (isNew) {
      const double moved = cell.row % 2 != 0 ? 0.5 : 0;
      m_bins.push_back({QPointF((static_cast<double>(cell.column) + moved) * std::numbers::sqrt3 * radius,
                                static_cast<double>(cell.row) * 1.5 * radius),
                        0});
    }
    m_binOf.push_back(found->second);
    m_largest = std::max(m_largest, ++m_bins[static_cast<size_t>(found->second)].count);
  }
}

int HexBins::at(const QPointF& place) const {
  if (m_bins.empty()) return -1;
  const Cell cell = cellOf(place);
  const auto found = m_indexOf.find(keyOf(cell.column, cell.row));
  return found == m_indexOf.end() ? -1 : found->second;
}

namespace {

/// How often a region goes round a point, against the clock as positive: the crossings of the ray to the right of it.
int turnsRound(const QPolygonF& region, const QPointF& p) {
  int turns = 0;
  QPointF from = region.last();
  for (const QPointF& to : region) {
    if ((from.y() <= p.y()) != (to.y() <= p.y())) {
      const double side = (to.x() - from.x()) * (p.y() - from.y()) - (p.x() - from.x()) * (to.y() - from.y());
      if (to.y() > from.y() && side > 0) ++turns;
      if (to.y() < from.y() && side < 0) --turns;
    }
    from = to;
  }
  return turns;
}

}  // namespace

std::vector<size_t> pointsWithin(const std::vector<QPointF>& points, const QPolygonF& region) {
  std::vector<size_t> within;
  if (region.size() < 3) return within;
  const QRectF box = region.boundingRect();
  for (size_t i = 0; i < points.size(); ++i) {
    const QPointF& p = points[i];
    if (p.x() < box.left() || p.x() > box.right() || p.y() < box.top() || p.y() > box.bottom()) continue;
    if (turnsRound(region, p) != 0) within.push_back(i);
  }
  return within;
}

NearestPoint::NearestPoint(const std::vector<QPointF>& points) : m_byX(points.size()) {
  std::iota(m_byX.begin(), m_byX.end(), 0);
  std::sort(m_byX.begin(), m_byX.end(), [&](int a, int b) {
    const double x = points[static_cast<size_t>(a)].x(), y = points[static_cast<size_t>(b)].x();
    return x != y ? x < y : a < b;
  });
}

size_t NearestPoint::firstFrom(const std::vector<QPointF>& points, double x) const {
  return static_cast<size_t>(
      std::lower_bound(m_byX.begin(), m_byX.end(), x,
                       [&](int point, double value) { return points[static_cast<size_t>(point)].x() < value; }) -
      m_byX.begin());
}

}  // namespace prefscope
