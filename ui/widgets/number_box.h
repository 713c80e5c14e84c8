// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDoubleSpinBox>

namespace prefscope {

/// A box for numbers of any magnitude, such as a learning rate: shown as short as possible ("1e-05", "0.5"), stepped by
/// factors of two.
class NumberBox : public QDoubleSpinBox {
  Q_OBJECT
 public:
  NumberBox(double low, double high, double value, QWidget* parent = nullptr);
  void stepBy(int steps) override;

 protected:
  QString textFromValue(double value) const override;
  double valueFromText(const QString& text) const override;
  QValidator::State validate(QString& text, int& position) const override;
};

}  // namespace prefscope
