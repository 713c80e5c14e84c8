// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <QWidget>
#include <vector>

#include "engine/tasks/case_chain.h"

namespace prefscope {

/// Titles token by token: the log-ratio of each as its colour, on one scale for all strips, and the running sum
/// beneath, up to the title's log-ratio. Where the titles part is marked.
class TokenStrips : public QWidget {
  Q_OBJECT
 public:
  struct Strip {
    QString title;
    QColor color;  ///< of the title
    std::vector<StripToken> tokens;
    qint64 item = 0;
  };

  explicit TokenStrips(QWidget* parent = nullptr);
  void setStrips(std::vector<Strip> strips);
  /// The candidate that the pointer is on, here or in another picture; 0: none.
  void setHovered(qint64 item);
  /// title,token,log_prob,reference,log_ratio,sum: one line a token.
  QString csv() const;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  /// 0: the pointer is on none.
  void candidateHovered(qint64 item);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  bool event(QEvent* event) override;

 private:
  /// Where the tokens of a strip stand.
  std::vector<QRectF> boxes(size_t strip) const;

  std::vector<Strip> m_strips;
  size_t m_parting = 0;  // tokens that all strips begin with
  double m_largest = 1;  // nats of the strongest colour
  qint64 m_hovered = 0;
};

}  // namespace prefscope
