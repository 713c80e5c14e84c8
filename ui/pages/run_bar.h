// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/models/run_history.h"
#include "ui/widgets/card.h"

class QPushButton;

namespace prefscope {

/// What a run has come to in a line, losses as well as wins, and the buttons that pause, finish and resume it.
class RunBar : public Card {
  Q_OBJECT
 public:
  explicit RunBar(QWidget* parent = nullptr);
  /// busy: a job of this window trains it or will.
  void show(const RunHistory& history, bool busy);

 Q_SIGNALS:
  void pauseWanted();
  void finishWanted();
  void resumeWanted();

 private:
  QLabel* m_text;
  QLabel* m_message;
  QPushButton* m_resume;
  QPushButton* m_pause;
  QPushButton* m_finish;
};

}  // namespace prefscope
