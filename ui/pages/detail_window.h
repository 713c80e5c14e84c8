// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

#include "ui/pages/detail_view.h"

namespace prefscope {

/// The page of a user or an item in a window of its own, beside the main one; Escape closes it, and it deletes itself.
class DetailWindow : public QDialog {
  Q_OBJECT
 public:
  DetailWindow(Workbench& workbench, const Subject& subject, QWidget* parent);
  ~DetailWindow() override;

 private:
  Workbench& m_workbench;
};

}  // namespace prefscope
