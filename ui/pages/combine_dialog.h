// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

#include "engine/tasks/combine.h"

class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;

namespace prefscope {

class Workbench;

/// Which data sets are joined into a new one. Joining runs as a job; the new set is then the one looked at. Deletes
/// itself when closed.
class CombineDialog : public QDialog {
  Q_OBJECT
 public:
  explicit CombineDialog(Workbench& workbench, QWidget* parent = nullptr);

 private:
  CombineOptions options() const;
  void check();
  void combineNow();

  Workbench& m_workbench;
  QListWidget* m_sets;
  QLineEdit* m_name;
  QLabel* m_hint;
  QPushButton* m_combine;
  qint64 m_job = 0;      // that combines
  bool m_named = false;  // by the person
};

}  // namespace prefscope
