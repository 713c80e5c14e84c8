// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractButton>
#include <QKeySequence>
#include <QShortcut>

namespace prefscope {

/// A key that presses a button at once, however quickly it is repeated; the button's own shortcut holds it down for a
/// tenth of a second before it acts. Without effect while the button is hidden or disabled.
inline void addQuickKey(QAbstractButton* button, const QKeySequence& keys) {
  QObject::connect(new QShortcut(keys, button), &QShortcut::activated, button, &QAbstractButton::click);
}

}  // namespace prefscope
