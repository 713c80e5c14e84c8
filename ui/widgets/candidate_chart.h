// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <optional>
#include <vector>

#include "engine/tasks/explain.h"

class QScrollArea;

namespace prefscope {

/// A candidate list in rank order: on one axis the log-prob under the reference (hollow) and the model (filled), with
/// whiskers of one standard deviation over prompt orders; beside it the log-ratio as a bar from a marked zero, and a
/// column of ranks for each other model. A click or the arrow keys choose the candidate that the target is held
/// against.
class CandidateChart : public QWidget {
  Q_OBJECT
 public:
  explicit CandidateChart(QWidget* parent = nullptr);
  /// Takes the models beside it away. Another example than before begins at its top, or as far down as brings the
  /// target into view.
  void setRank(const RankResult& rank);
  /// Ranks of the list under other models; of one without ranks they are still worked out. After setRank.
  void setBeside(const std::vector<BesideModel>& models);
  /// The candidate that the target is held against stands out; 0: none.
  void setRival(qint64 item);
  /// The candidate that the pointer is on, here or in another picture; 0: none.
  void setHovered(qint64 item);
  /// 0: nothing is shown.
  qint64 target() const { return m_rank ? m_rank->target : 0; }
  void clear();
  /// rank,title,target,score,log_prob,reference,log_ratio,spread,tokens: one line a candidate; then the rank under each
  /// model beside it.
  QString csv() const;
  /// What is said of the candidate of a row, as the tool tip has it; escaped HTML.
  QString tip(size_t row) const;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  /// A click on a row, or a key.
  void candidateChosen(qint64 item);
  /// 0: the pointer is on none.
  void candidateHovered(qint64 item);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  static constexpr double columnGap = 12;  // beside the ranks under other models
  struct Layout {
    double titleLeft, titleWidth, tokensRight, besideLeft, axisLeft, axisRight, barLeft, barRight, rowHeight, top;
    bool tokens;  // there is room for them
  };
  /// A model beside it, with its ranks by row; 0: not known yet.
  struct Column {
    QString name;
    bool classic;
    std::vector<double> ranks, scores;
  };

  /// "3", "4.5"; "…" where it is not known yet.
  static QString rankText(double rank);
  Layout layoutNow() const;
  void paintBeside(QPainter& painter, const Layout& layout) const;
  /// What stands at a place, as rich text; empty: nothing.
  QString tipAt(const QPointF& position) const;
  int rowAt(const QPointF& position) const;
  qint64 itemAt(const QPointF& position) const;
  /// The row of the rival, or where it would be; moved to the next row that is not the target's.
  void moveRival(int from, int step);
  /// What it stands in, where that scrolls; else null.
  QScrollArea* scrollArea() const;
  void bringIntoView(int row);
  /// Once it has its place.
  void bringTargetIntoView();

  std::optional<RankResult> m_rank;
  std::vector<Column> m_beside;
  qint64 m_rival = 0, m_hovered = 0;
  double m_low = 0, m_high = 1, m_largest = 1;
  bool m_targetComes = false;  // into view, when there is a view
};

}  // namespace prefscope
