// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

#include "engine/store/data_sets.h"

class QComboBox;
class QLabel;
class QPushButton;

namespace prefscope {

class FolderField;
class Workbench;

/// Asks in which form a data set leaves for other programs, whether all of its rows or those of a view, and where to,
/// and queues that. It is the set that is looked at when the dialog opens, whatever is looked at later.
class ExportSetDialog : public QDialog {
  Q_OBJECT
 public:
  explicit ExportSetDialog(Workbench& workbench, QWidget* parent = nullptr);

 private:
  void fillForms();
  void check();
  void start();

  Workbench& m_workbench;
  const DataSet m_set;
  const qint64 m_preparation;  // 0: none
  QComboBox *m_form, *m_view;
  QLabel* m_meaning;
  FolderField* m_folder;
  QPushButton* m_export;
};

}  // namespace prefscope
