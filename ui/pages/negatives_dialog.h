// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

#include "engine/tasks/negatives.h"

class QLabel;
class QTableWidget;

namespace prefscope {

class Workbench;

/// The rejected that a run's first epoch would have, beside the user and the chosen, before anything is trained.
class NegativesDialog : public QDialog {
  Q_OBJECT
 public:
  NegativesDialog(Workbench& workbench, const TrainOptions& options, QWidget* parent = nullptr);
  ~NegativesDialog() override;

 private:
  void fill(const std::vector<NegativePreview>& rows);

  Workbench& m_workbench;
  qint64 m_job = 0;  // reads now; stopped with the dialog
  QLabel* m_state;
  QTableWidget* m_table;
};

}  // namespace prefscope
