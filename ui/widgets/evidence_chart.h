// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <optional>
#include <vector>

#include "engine/explain/occlusion.h"

namespace prefscope {

/// The history of a case, oldest first, and beside each item what it does to the margin: a bar for its deletion, a line
/// over all replacements too, before the band of random removals. What a rationale cites is marked.
class EvidenceChart : public QWidget {
  Q_OBJECT
 public:
  explicit EvidenceChart(QWidget* parent = nullptr);
  void setHistory(const std::vector<ItemText>& items);
  /// Positions in the history.
  void setCited(const std::vector<size_t>& positions);
  /// Rows that are pointed at, by position; a background stands behind them.
  void setPointed(const std::vector<size_t>& positions);
  /// Where the row of a position is drawn.
  QRect rowRect(size_t position) const;
  /// Nothing: not measured, so the titles take the whole width.
  void setEvidence(const std::optional<Occlusion>& evidence);
  QSize minimumSizeHint() const override;
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override;

 private:
  bool isCited(size_t position) const;
  int rowAt(const QPointF& position) const;
  void speak();

  std::vector<ItemText> m_items;
  std::vector<size_t> m_cited, m_pointed;
  std::optional<Occlusion> m_evidence;
  double m_largest = 1;  // nats at the ends of the axis
};

}  // namespace prefscope
