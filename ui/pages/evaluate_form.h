// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "engine/tasks/evaluate.h"
#include "ui/widgets/card.h"

class QCheckBox;
class QComboBox;
class QPushButton;
class QSpinBox;

namespace prefscope {

class Workbench;

/// Which models are judged, by what, and on how many held-out users.
class EvaluateForm : public Card {
  Q_OBJECT
 public:
  explicit EvaluateForm(Workbench& workbench, QWidget* parent = nullptr);
  /// Reads the runs again; what was unchecked stays so.
  void refresh();
  /// Checks every classic model, and no language model.
  void chooseClassicModels();
  EvaluateOptions options() const;
  /// Why nothing can be evaluated, and what to do; empty where it can.
  QString obstacle() const { return m_obstacle; }

 Q_SIGNALS:
  void startRequested();

 private:
  void showObstacle();

  Workbench& m_workbench;
  QVBoxLayout* m_runList;
  std::vector<std::pair<int64_t, QCheckBox*>> m_runBoxes;
  std::vector<std::pair<QString, QCheckBox*>> m_baselines;
  QLabel* m_classicTitle;
  QCheckBox* m_base;
  QComboBox* m_score;
  QSpinBox* m_users;
  QLabel* m_hint;
  QPushButton* m_start;
  QString m_obstacle;
};

}  // namespace prefscope
