// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <vector>

#include "engine/tasks/train.h"

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLabel;
class QPushButton;
class QSpinBox;
class QToolButton;

namespace prefscope {

class NumberBox;

/// The fields of a run's settings. What does not apply to the objective or the negatives chosen is not shown and has
/// its default; rarely used fields are folded away. Knows nothing of the workspace: lists to choose from are given.
class TrainFields : public QWidget {
  Q_OBJECT
 public:
  /// A finished run that another can start from.
  struct Start {
    int64_t run = 0;
    QString title, model;  ///< model: path of its base model
    bool sft = false;      ///< an SFT run of the preparation looked at
  };

  explicit TrainFields(QWidget* parent = nullptr);

  /// Titles and paths; what was chosen stays chosen, and is added where it is missing.
  void setModels(const std::vector<std::pair<QString, QString>>& models);
  void setStarts(const std::vector<Start>& starts);
  /// prepared: negatives of each example. given: pairs as imported, which have no other negatives.
  void setPrepared(int prepared, bool given);
  /// Below the model; empty: none. offer: shows the button that trains a small model anew.
  void setModelHint(const QString& text, bool offer);

  /// Sets in `options` what the fields hold.
  void read(TrainOptions& options) const;
  /// Sets the fields, and emits changed() once.
  void write(const TrainOptions& options);
  QString model() const;
  void setModel(const QString& path);
  void setFrom(int64_t run);
  bool isSft() const;
  /// The newest SFT run of this preparation; 0: none.
  int64_t newestSft() const;
  int maxNegatives() const;
  void setMoreShown(bool more);

 Q_SIGNALS:
  void changed();
  /// The person chose another objective.
  void objectiveActivated();
  void folderWanted();
  void smallModelWanted();
  void negativesWanted();
  void moreShown(bool more);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void buildUsual();
  void buildMore();
  void addRow(QFormLayout* form, const QString& label, QWidget* field, const char* name, const QString& tip);
  QSpinBox* spin(int low, int high, int value);
  NumberBox* number(double low, double high, double value);
  QCheckBox* check(const QString& text);
  QComboBox* choice(const std::vector<std::pair<QString, QString>>& choices);
  void onChange();
  void showWhatApplies();

  std::vector<Start> m_starts;
  int m_prepared = 0;
  bool m_given = false;
  bool m_filling = false;  // fields are being set by the program
  QFormLayout* m_form;
  QComboBox* m_model;
  QLabel* m_modelHint;
  QPushButton* m_smallModel;
  QComboBox* m_from;
  QComboBox* m_objective;
  QLabel* m_objectiveLine;
  NumberBox* m_beta;
  NumberBox* m_smoothing;
  NumberBox* m_gamma;
  NumberBox* m_sftWeight;
  QComboBox* m_sampling;
  QComboBox* m_samplingModel;
  QSpinBox* m_k;
  QCheckBox* m_resample;
  QPushButton* m_look;
  NumberBox* m_rate;
  NumberBox* m_epochs;
  QSpinBox* m_rank;
  QSpinBox* m_tokens;
  QToolButton* m_moreButton;
  QWidget* m_more;
  QFormLayout* m_moreForm;
  NumberBox* m_alpha;
  QCheckBox* m_rsLora;
  NumberBox* m_dropout;
  QComboBox* m_targets;
  QComboBox* m_schedule;
  NumberBox* m_warmUp;
  NumberBox* m_clip;
  QSpinBox* m_passTokens;
  QComboBox* m_dtype;
  QCheckBox* m_checkpoint;
  QSpinBox* m_panel;
  QSpinBox* m_evaluations;
  QComboBox* m_stopEarly;
  QSpinBox* m_patience;
  QComboBox* m_device;
  QSpinBox* m_seed;
};

}  // namespace prefscope
