// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

#include "engine/store/data_sets.h"
#include "engine/tasks/view.h"

class QLabel;
class QLineEdit;
class QPushButton;
class QTableWidget;

namespace prefscope {

class Workbench;

/// The steps of a view over the untouched rows of a data set, with what each leaves; steps are added, undone and
/// redone. It is the set that is looked at when the editor opens, whatever is looked at later.
class ViewEditor : public QDialog {
  Q_OBJECT
 public:
  /// name: the view that is edited; empty: a new one, named by the person.
  ViewEditor(Workbench& workbench, const QString& name, QWidget* parent = nullptr);
  ~ViewEditor() override;

  /// Puts a step behind the others, as if it had been typed.
  void add(const QString& step);

 Q_SIGNALS:
  /// The view of this name has other steps, is new, or (when deleted) gone.
  void viewChanged(const QString& name);

 private:
  QWidget* buildSteps();
  QWidget* buildEntry();
  QWidget* buildButtons();
  /// Runs a change, or only looks; says what is wrong under the entry.
  void run(ViewOptions options);
  void showResult(const ViewResult& result);
  void remove();
  void enable();

  QString name() const;

  Workbench& m_workbench;
  const DataSet m_set;
  qint64 m_job = 0;
  ViewResult m_result;
  bool m_saved = false;  // it is in the workspace
  QLineEdit* m_name;
  QTableWidget* m_steps;
  QLineEdit* m_entry;
  QPushButton* m_add;
  QPushButton* m_undo;
  QPushButton* m_redo;
  QPushButton* m_delete;
  QLabel* m_state;
};

}  // namespace prefscope
