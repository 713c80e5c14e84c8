// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QLabel>

namespace prefscope {

/// A line of plain text that ends in "…" where it has not room enough, and is then whole in its tool tip.
class ElidedLabel : public QLabel {
  Q_OBJECT
 public:
  explicit ElidedLabel(const QString& text = {}, QWidget* parent = nullptr);
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace prefscope
