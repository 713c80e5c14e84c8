// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <optional>
#include <vector>

#include "engine/explain/occlusion.h"

namespace prefscope {

/// The history of a case, and beside each item what it does to a margin: a bar for its deletion, a line over all
/// replacements too, before the band of random removals; where there is room, the number. A bar is solid where the
/// whole line lies outside of zero and the band. What a rationale cites is marked. Inside a scroll area the axis stays
/// at the top of what is seen.
class EvidenceChart : public QWidget {
  Q_OBJECT
 public:
  enum class Order { Time, Effect };  ///< oldest first, largest effect first

  explicit EvidenceChart(QWidget* parent = nullptr);
  void setHistory(const std::vector<ItemText>& items);
  /// By effect only where it is measured.
  void setOrder(Order order);
  /// Positions in the history.
  void setCited(const std::vector<size_t>& positions);
  /// Rows that are pointed at, by position; a background stands behind them.
  void setPointed(const std::vector<size_t>& positions);
  /// Where the row of a position is drawn.
  QRect rowRect(size_t position) const;
  /// Nothing: not measured, so the titles take the whole width. item, rival: titles that the effects speak for and
  /// against; an empty rival: all others.
  void setEvidence(const std::optional<Occlusion>& evidence, const QString& item = {}, const QString& rival = {});
  /// What is said of the item at a position, as the tool tip has it; escaped HTML.
  QString tip(size_t position) const;
  /// position,title,deletion,low,high,beyond,cited: one line an item, in the order shown. Nats.
  QString csv() const;
  QSize minimumSizeHint() const override;
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void moveEvent(QMoveEvent* event) override;
  bool event(QEvent* event) override;

 private:
  /// axisTop: where the axis stands.
  void draw(QPainter& p, double axisTop) const;
  void drawRow(QPainter& p, size_t row) const;
  /// Where the bars are: from the left end of the axis to its right.
  double plotLeft() const;
  double plotRight() const;
  double x(double nats) const;
  bool showsValues() const;
  const ItemEffect* effectOf(size_t position) const;
  bool isCited(size_t position) const;
  int rowAt(const QPointF& position) const;
  void arrange();
  void speak();

  std::vector<ItemText> m_items;
  std::vector<size_t> m_rows;  // positions as they are shown
  std::vector<size_t> m_cited, m_pointed;
  std::optional<Occlusion> m_evidence;
  QString m_item, m_rival;
  Order m_order = Order::Time;
  double m_largest = 1;  // nats at the ends of the axis
};

}  // namespace prefscope
