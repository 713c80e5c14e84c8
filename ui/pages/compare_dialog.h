// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

#include "engine/store/runs.h"

namespace prefscope {

class Workbench;

/// The settings in which runs differ, a column for each run; above them their results, where an evaluation of all of
/// them is kept.
class CompareDialog : public QDialog {
  Q_OBJECT
 public:
  CompareDialog(Workbench& workbench, const std::vector<Run>& runs, QWidget* parent = nullptr);
};

}  // namespace prefscope
