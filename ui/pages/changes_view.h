// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

#include "engine/tasks/explain.h"

class QLabel;
class QPushButton;

namespace prefscope {

class Workbench;

/// What would change a ranking: the smallest sets of history items whose removal, or of catalogue items whose addition,
/// puts another candidate first. Looked for when asked; each was ranked anew.
class ChangesView : public QWidget {
  Q_OBJECT
 public:
  explicit ChangesView(Workbench& workbench, QWidget* parent = nullptr);
  void setCase(const RankOptions& options);

 private:
  void look();

  Workbench& m_workbench;
  QPushButton* m_look;
  QLabel* m_text;
  RankOptions m_options;
  qint64 m_job = 0;
  int m_generation = 0;
};

}  // namespace prefscope
