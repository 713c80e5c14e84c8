// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <QStringList>
#include <vector>

#include "engine/store/runs.h"
#include "engine/tasks/train.h"

namespace prefscope {

/// What a run can minimise, in words. r(y) = beta (log pi(y) - log pi_ref(y)); w is the chosen, l the rejected.
struct ObjectiveText {
  std::string name;  ///< as TrainOptions takes it
  QString title;     ///< "S-DPO"
  QString line;      ///< one sentence in plain words
  QString formula;   ///< plain text
  bool smoothing = false, gamma = false;
};
/// In the order of trainable_objectives().
const std::vector<ObjectiveText>& objectiveTexts();
/// Of a name, also with "paired-" before it; an unknown name is its own title.
ObjectiveText objectiveText(const std::string& name);

/// A value of a setting that is a name, in words.
struct ChoiceText {
  std::string name;
  QString title, tip;
};
/// In the order of negative_samplings().
std::vector<ChoiceText> samplingTexts();

/// Lists of linear layers to choose from: all (empty), attention, queries and values, MLP.
const std::vector<std::vector<std::string>>& usualTargets();
/// "all linear layers", "attention", or the names.
QString targetsText(const std::vector<std::string>& targets);

/// Settings under a name. Each has two stages, since preferences are learned from an SFT run.
struct Preset {
  QString name;  ///< "Paper (DMPO)"
  QString line;  ///< one sentence in plain words
  QString tip;   ///< what it sets and where the values come from
  TrainOptions sft, preference;
};
/// smallModel: the model is the bundled starter or one trained in the window. Papers' learning rates are for models of
/// billions of weights; a small one would hardly move, and gets a larger one.
std::vector<Preset> presets(bool smallModel);

/// Copies what a preset decides and leaves workspace, data, model, start, device and seed as they are. k is no larger
/// than maxNegatives.
void applyPreset(TrainOptions& options, const TrainOptions& preset, int maxNegatives);

/// The line that does the same without the window, quoted for a POSIX shell: the usual settings, and of the others
/// those that differ from the defaults.
QString trainCommand(const TrainOptions& options);

/// A setting and its value in each of several runs.
struct SettingRow {
  QString name;
  QStringList values;
};
/// Only what differs between the runs. runs and options in the same order; starts: names of what they start from.
std::vector<SettingRow> differingSettings(const std::vector<Run>& runs, const std::vector<TrainOptions>& options,
                                          const QStringList& starts);

/// "1e-05", "0.5": as short as possible.
QString shortNumber(double value);

}  // namespace prefscope
