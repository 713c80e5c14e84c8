// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

namespace prefscope {

/// A first walk through the program, and its words: stays beside the main window while a person tries it.
class GuideWindow : public QDialog {
  Q_OBJECT
 public:
  explicit GuideWindow(QWidget* parent);
};

}  // namespace prefscope
