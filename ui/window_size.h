// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QRect>
#include <QScreen>
#include <QWidget>

namespace prefscope {

/// A size that leaves room for the desktop's panels and the window's own frame, whose size is not known before it
/// stands.
inline QSize fittingSize(const QWidget& window, const QSize& wanted) {
  constexpr int titleBar = 32, borders = 4;
  return wanted.boundedTo(window.screen()->availableSize() - QSize(borders, titleBar + borders));
}

/// A window with its frame, moved onto what a screen leaves free, and made smaller where it does not fit.
QRect fittedFrame(const QRect& frame, const QRect& available);

/// Where a window of this size, with its frame, stands aside of another: at its right or left where the screen has the
/// room, else over its lower right corner.
QPoint placeAside(const QRect& other, const QSize& size, const QRect& available);

/// Gives a window that is not shown yet its size, and once it is shown moves it onto its screen, its whole frame. Where
/// a person moves it later is their own.
void fitOnScreen(QWidget* window, const QSize& wanted);
/// The same, aside of another window, so that what it opens there can be seen.
void fitAside(QWidget* window, const QWidget& other, const QSize& wanted);

}  // namespace prefscope
