// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <optional>

#include "engine/tasks/explain.h"

namespace prefscope {

/// A candidate list in rank order: on one axis the log-prob under the reference (hollow) and the model (filled), with
/// whiskers of one standard deviation over prompt orders; beside it the log-ratio as a bar from a marked zero. A click
/// or the arrow keys choose the candidate that the target is held against.
class CandidateChart : public QWidget {
  Q_OBJECT
 public:
  explicit CandidateChart(QWidget* parent = nullptr);
  void setRank(const RankResult& rank);
  /// The candidate that the target is held against stands out; 0: none.
  void setRival(qint64 item);
  /// The candidate that the pointer is on, here or in another picture; 0: none.
  void setHovered(qint64 item);
  /// 0: nothing is shown.
  qint64 target() const { return m_rank ? m_rank->target : 0; }
  void clear();
  /// rank,title,target,score,log_prob,reference,log_ratio,spread,tokens: one line a candidate.
  QString csv() const;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  /// A click on a row, or a key.
  void candidateChosen(qint64 item);
  /// 0: the pointer is on none.
  void candidateHovered(qint64 item);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  struct Layout {
    double titleLeft, titleWidth, tokensRight, axisLeft, axisRight, barLeft, barRight, rowHeight, top;
  };

  Layout layoutNow() const;
  int rowAt(const QPointF& position) const;
  qint64 itemAt(const QPointF& position) const;
  /// The row of the rival, or where it would be; moved to the next row that is not the target's.
  void moveRival(int from, int step);

  std::optional<RankResult> m_rank;
  qint64 m_rival = 0, m_hovered = 0;
  double m_low = 0, m_high = 1, m_largest = 1;
};

}  // namespace prefscope
