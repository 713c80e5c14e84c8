// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

#include "engine/tasks/export_model.h"

class QComboBox;
class QPushButton;
class QRadioButton;

namespace prefscope {

class FolderField;
class Workbench;

/// Asks in which form an adapter leaves for other programs, and where to, and queues that.
class ExportDialog : public QDialog {
  Q_OBJECT
 public:
  /// options: whose adapter; form, numbers and folder are asked. name: of the folder that is offered.
  ExportDialog(Workbench& workbench, const ExportOptions& options, const QString& name, QWidget* parent = nullptr);

 private:
  void start();

  Workbench& m_workbench;
  ExportOptions m_options;
  QString m_name;
  QRadioButton *m_adapter, *m_merged;
  QComboBox* m_dtype;
  FolderField* m_folder;
  QPushButton* m_export;
};

}  // namespace prefscope
