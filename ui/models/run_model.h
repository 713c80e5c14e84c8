// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <vector>

#include "engine/store/runs.h"

namespace prefscope {

/// The runs of a data set, the newest first.
class RunModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Name, Start, Status, Steps, Time, Settings, Columns };

  using QAbstractTableModel::QAbstractTableModel;

  /// Takes runs as list_runs gives them. Rows whose run is still there keep their place in a view.
  void setRuns(std::vector<Run> runs);
  const std::vector<Run>& runs() const { return m_runs; }
  /// The run of a row, or null.
  const Run* runAt(int row) const;
  int rowOf(int64_t run) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<Run> m_runs;
};

/// "k 5 · beta 1 · lr 0.0001 · 1 epoch · rank 16" of a run's options.
QString settingsText(const Run& run);
/// "41 s", "3 min 20 s", "2 h 10 min".
QString durationText(double seconds);

}  // namespace prefscope
