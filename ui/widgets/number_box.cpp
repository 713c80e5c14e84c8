// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/number_box.h"

#include <algorithm>
#include <cmath>

namespace prefscope {
namespace {

constexpr double firstStep = 0.1;  // away from zero, which no factor leaves

}  // namespace

NumberBox::NumberBox(double low, double high, double value, QWidget* parent) : QDoubleSpinBox(parent) {
  setDecimals(12);
  setRange(low, high);
  setValue(value);
}

void NumberBox::stepBy(int steps) {
  if (value() == 0) {
    if (steps > 0) setValue(std::min(firstStep, maximum()));
    return;
  }
  setValue(value() * std::pow(2.0, steps));
}

QString NumberBox::textFromValue(double value) const {
  return QString::number(value, 'g', 6);
}

double NumberBox::valueFromText(const QString& text) const {
  if (!specialValueText().isEmpty() && text == specialValueText()) return minimum();
  return QLocale::c().toDouble(text.trimmed());
}

QValidator::State NumberBox::validate(QString& text, int&) const {
  if (!specialValueText().isEmpty() && text == specialValueText()) return QValidator::Acceptable;
  bool isNumber = false;
  const double number = QLocale::c().toDouble(text.trimmed(), &isNumber);
  if (isNumber) return number >= minimum() && number <= maximum() ? QValidator::Acceptable : QValidator::Intermediate;
  for (const QChar c : text.trimmed()) {
    if (!c.isDigit() && !QStringLiteral(".eE+-").contains(c)) return QValidator::Invalid;
  }
  return QValidator::Intermediate;
}

}  // namespace prefscope
