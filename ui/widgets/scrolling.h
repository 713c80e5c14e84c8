// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QScrollArea>

namespace prefscope {

/// What fits a screen as it is, and scrolls on one that is smaller.
inline QScrollArea* makeScrolling(QWidget* content, QWidget* parent) {
  auto* scroll = new QScrollArea(parent);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setFocusPolicy(Qt::NoFocus);  // what is in it takes the focus
  scroll->setWidget(content);
  return scroll;
}

}  // namespace prefscope
