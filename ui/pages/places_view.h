// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <optional>

#include "engine/store/data_sets.h"
#include "engine/tasks/target_places.h"

class QLabel;

namespace prefscope {

class CountPlot;
class JobLine;
class Workbench;

/// Where the targets of a preparation stand in the lists that a model sees, and whether that alone tells them. Counted
/// on another thread, and kept while the preparation stays the same.
class PlacesView : public QWidget {
  Q_OBJECT
 public:
  explicit PlacesView(Workbench& workbench, QWidget* parent = nullptr);
  /// Shows those of the preparation looked at; without one it is hidden.
  void look();
  /// What is said; empty while it is not known.
  QString text() const;

 private:
  void showPlaces(TargetPlaces places);

  Workbench& m_workbench;
  JobLine* m_line;
  QLabel* m_said;
  CountPlot* m_plot;
  std::optional<TargetPlaces> m_places;
  std::optional<DataSet> m_set;
  qint64 m_preparation = 0;  // whose places are shown or counted; 0: none
  int m_generation = 0;      // what was asked before the last change is dropped
};

}  // namespace prefscope
