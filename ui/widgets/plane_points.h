// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QPointF>
#include <QPolygonF>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace prefscope {

/// Points counted in regular hexagons that stand on a corner and cover the plane; one of them has its middle at (0, 0),
/// so that a plane that is only moved keeps its hexagons.
class HexBins {
 public:
  struct Bin {
    QPointF middle;
    int count = 0;
  };

  HexBins() = default;
  /// radius: from the middle to a corner, above 0, in the points' unit.
  HexBins(const std::vector<QPointF>& points, double radius);
  double radius() const { return m_radius; }
  /// Those that hold a point. Their counts add up to the number of points.
  const std::vector<Bin>& bins() const { return m_bins; }
  /// Index of the bin by point.
  const std::vector<int>& binOf() const { return m_binOf; }
  int largest() const { return m_largest; }
  /// Index of the bin at a place; -1: none holds a point there.
  int at(const QPointF& place) const;

 private:
  struct Cell {
    int64_t column = 0, row = 0;
  };
  Cell cellOf(const QPointF& place) const;

  double m_radius = 0;
  int m_largest = 0;
  std::vector<Bin> m_bins;
  std::vector<int> m_binOf;
  std::unordered_map<uint64_t, int> m_indexOf;  // by cell
};

/// Indices of the points within a closed region, ascending. What a region that crosses itself goes round is within.
std::vector<size_t> pointsWithin(const std::vector<QPointF>& points, const QPolygonF& region);

/// Points in the order of x, to find the nearest one without a look at all.
class NearestPoint {
 public:
  NearestPoint() = default;
  explicit NearestPoint(const std::vector<QPointF>& points);
  /// Index of the nearest point that is less than reach away and passes; -1: none.
  template <typename Passes>
  int find(const std::vector<QPointF>& points, const QPointF& place, double reach, Passes passes) const {
    int best = -1;
    double least = reach * reach;
    for (size_t i = firstFrom(points, place.x() - reach); i < m_byX.size(); ++i) {
      const auto point = static_cast<size_t>(m_byX[i]);
      const double dx = points[point].x() - place.x(), dy = points[point].y() - place.y();
      if (dx > reach) break;
      if (dx * dx + dy * dy >= least || !passes(point)) continue;
      least = dx * dx + dy * dy;
      best = m_byX[i];
    }
    return best;
  }

 private:
  size_t firstFrom(const std::vector<QPointF>& points, double x) const;

  std::vector<int> m_byX;
};

}  // namespace prefscope
