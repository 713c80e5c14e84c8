// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

class QSpinBox;

namespace prefscope {

class Workbench;

/// How long it trains where nobody says otherwise.
inline constexpr int usualSmallModelMinutes = 30;

/// Asks for how long a small model is trained from scratch on the data set looked at, and queues that. For a set that
/// the bundled starter does not know, where no folder of a real language model is at hand. Deletes itself when closed.
class SmallModelDialog : public QDialog {
  Q_OBJECT
 public:
  explicit SmallModelDialog(Workbench& workbench, QWidget* parent = nullptr);

 private:
  void start();

  Workbench& m_workbench;
  QSpinBox* m_minutes;
};

}  // namespace prefscope
