// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

#include "engine/tasks/rationale_samples.h"

class QCheckBox;
class QDoubleSpinBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QSpinBox;

namespace prefscope {

/// How many rationales are written and how, the button that writes them, and how far that is.
class SampleControls : public QWidget {
  Q_OBJECT
 public:
  explicit SampleControls(bool holdTitles, QWidget* parent = nullptr);
  /// Number, temperature, seed, and whether titles are held.
  void apply(SampleOptions& options) const;
  /// Something runs: nothing can be changed, and Cancel is there.
  void setBusy(bool busy);
  void setProgress(const Progress& progress, bool stopping);
  void focusWrite();

 Q_SIGNALS:
  void writeRequested();
  void cancelRequested();

 private:
  void enableSamples();

  QSpinBox *m_samples, *m_seed;
  QDoubleSpinBox* m_temperature;
  QCheckBox* m_hold;
  QProgressBar* m_progress;
  QLabel* m_left;
  QPushButton *m_cancel, *m_write;
  bool m_busy = false;
};

}  // namespace prefscope
