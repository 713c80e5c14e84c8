// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "engine/tasks/train.h"
#include "ui/widgets/card.h"

class QButtonGroup;
class QComboBox;
class QFormLayout;
class QPushButton;
class QSpinBox;

namespace prefscope {

class NumberBox;
class QueueList;
class Workbench;

/// The options of a new run, the button that starts it, and the queue.
class TrainForm : public Card {
  Q_OBJECT
 public:
  explicit TrainForm(Workbench& workbench, QWidget* parent = nullptr);
  /// Reads models and runs again; what was chosen stays where it still exists.
  void refresh();
  /// Puts SFT first where no SFT run is done, else DMPO from the newest one.
  void suggest();
  TrainOptions options() const;
  void start();

 private:
  void objectiveChanged();
  void modelActivated(int index);
  void copyCommand();

  Workbench& m_workbench;
  QFormLayout* m_form;
  QButtonGroup* m_objective;
  QComboBox* m_model;
  QComboBox* m_from;
  QSpinBox* m_k;
  NumberBox* m_beta;
  NumberBox* m_rate;
  NumberBox* m_epochs;
  QSpinBox* m_rank;
  QSpinBox* m_tokens;
  QComboBox* m_device;
  QSpinBox* m_seed;
  QLabel* m_before;
  QPushButton* m_start;
  QPushButton* m_copy;
};

/// The line that does the same without the window, quoted for a POSIX shell.
QString trainCommand(const TrainOptions& options);

}  // namespace prefscope
