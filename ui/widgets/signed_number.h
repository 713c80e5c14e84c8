// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

namespace prefscope {

/// "+1.25", "-0.50", "0.00".
inline QString signedNumber(double value, int decimals) {
  return (value > 0 ? QStringLiteral("+") : QString()) + QString::number(value, 'f', decimals);
}

}  // namespace prefscope
