// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

class QComboBox;
class QLabel;
class QPushButton;

namespace prefscope {

class FolderField;
class Workbench;

/// Asks in which form the data set that is looked at leaves for other programs, whether all of its rows or those of a
/// view, and where to, and queues that.
class ExportSetDialog : public QDialog {
  Q_OBJECT
 public:
  explicit ExportSetDialog(Workbench& workbench, QWidget* parent = nullptr);

 private:
  void fillForms();
  void check();
  void start();

  Workbench& m_workbench;
  QComboBox *m_form, *m_view;
  QLabel* m_meaning;
  FolderField* m_folder;
  QPushButton* m_export;
};

}  // namespace prefscope
