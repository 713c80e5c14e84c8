// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>

#include "engine/tasks/train.h"
#include "ui/widgets/card.h"

class QPushButton;

namespace prefscope {

class BeforeStart;
class TrainFields;
class Workbench;

/// A new run: presets, its settings, what it will need, the button that starts it, and the queue.
class TrainForm : public Card {
  Q_OBJECT
 public:
  explicit TrainForm(Workbench& workbench, QWidget* parent = nullptr);
  /// Reads models and runs again; what was chosen stays where it still exists.
  void refresh();
  /// Puts SFT first where no SFT run is done, else the preference objective from the newest one.
  void suggest();
  /// Whether the starter is chosen for a set that is not the sample world.
  bool startsFromForeign() const;
  /// What is set; settings that do not apply have their defaults.
  TrainOptions options() const;
  /// Sets every field; workspace, data set and preparation stay those of the window.
  void setOptions(const TrainOptions& options);
  void start();

 Q_SIGNALS:
  /// Another model is chosen.
  void modelChanged();

 private:
  /// Whether the model chosen is the bundled starter or one trained in the window.
  bool isSmallModel() const;
  /// Sets a preset's second stage where an SFT run is done, else its first.
  void takePreset(size_t place);
  /// Whether the settings are those of a preset's stage for this objective.
  bool isPreset(size_t place) const;
  void objectiveActivated();
  void onChanged();
  void onModelChanged();
  void showPreset();
  void lookAtNegatives();
  void copyCommand();

  Workbench& m_workbench;
  std::vector<QPushButton*> m_presetButtons;
  std::optional<size_t> m_preset;  // whose settings stand there untouched
  QLabel* m_presetLine;
  TrainFields* m_fields;
  BeforeStart* m_before;
  QPushButton* m_start;
  QPushButton* m_copy;
  QString m_model;          // the hint stands for
  int64_t m_newestSft = 0;  // when the preset was taken
  int64_t m_examples = 0;   // to train on
  bool m_queueing = false;  // the run before is not in the workspace yet
};

}  // namespace prefscope
