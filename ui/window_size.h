// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QScreen>
#include <QWidget>

namespace prefscope {

/// A size that leaves room for the desktop's panels and the window's own frame, whose size is not known before it
/// stands.
inline QSize fittingSize(const QWidget& window, const QSize& wanted) {
  constexpr int titleBar = 32, borders = 4;
  return wanted.boundedTo(window.screen()->availableSize() - QSize(borders, titleBar + borders));
}

}  // namespace prefscope
