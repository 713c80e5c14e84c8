// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <optional>
#include <vector>

#include "engine/store/data_sets.h"
#include "engine/tasks/leaks.h"

class QLabel;
class QPushButton;

namespace prefscope {

class JobLine;
class TextTable;
class Workbench;

/// What of a preparation's held-out examples can be known from training: each kind with its count, and the examples of
/// the kind that is chosen. Looked for on another thread, and kept while the preparation stays the same.
class LeaksView : public QWidget {
  Q_OBJECT
 public:
  explicit LeaksView(Workbench& workbench, QWidget* parent = nullptr);
  /// Shows those of the preparation looked at; without one, what to do next.
  void look();
  /// Empty while they are not known.
  const std::vector<Leak>& leaks() const { return m_leaks; }

 private:
  void showLeaks(std::vector<Leak> leaks);
  void say(const QString& text, bool again);
  void showRows(int kind);
  void openRow(int row);
  const Leak* shownLeak() const;
  bool opensCases() const;

  Workbench& m_workbench;
  JobLine* m_line;
  QLabel* m_note;
  QPushButton* m_again;
  TextTable* m_kinds;
  QLabel* m_rowsNote;
  TextTable* m_rows;
  std::vector<Leak> m_leaks;
  std::optional<DataSet> m_set;
  qint64 m_preparation = 0;  // whose leaks are shown or looked for; 0: none
  int m_kind = -1;
  int m_generation = 0;  // what was looked for before the last change is dropped
};

}  // namespace prefscope
