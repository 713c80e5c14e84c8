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
  /// Whether the model chosen cannot know the data set, and a small one could be trained on it.
  bool wantsSmallModel() const;
  void askSmallModel();
  TrainOptions options() const;
  void start();

 Q_SIGNALS:
  /// Another model is chosen.
  void modelChanged();

 private:
  /// The place of the newest finished SFT run among what a run can start from; 0: none.
  int newestSft() const;
  /// Whether the starter is chosen for a set that is not the sample world.
  bool startsFromForeign() const;
  void objectiveChosen(int objective);
  void objectiveChanged();
  void showModelHint();
  void modelActivated(int index);
  void copyCommand();

  Workbench& m_workbench;
  QFormLayout* m_form;
  QButtonGroup* m_objective;
  QComboBox* m_model;
  QLabel* m_modelHint;
  QPushButton* m_smallModel;
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
  bool m_queueing = false;  // the run before is not in the workspace yet
};

/// The line that does the same without the window, quoted for a POSIX shell.
QString trainCommand(const TrainOptions& options);

}  // namespace prefscope
