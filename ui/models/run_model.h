// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <set>
#include <vector>

#include "engine/store/runs.h"

namespace prefscope {

/// The runs of a data set, the newest first. Each can be checked: its curves lie below those of the run looked at, and
/// its settings are compared.
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
  /// Ids of the checked runs, oldest first.
  std::vector<int64_t> checkedRuns() const { return {m_checked.begin(), m_checked.end()}; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 Q_SIGNALS:
  void checkedChanged();

 private:
  std::vector<Run> m_runs;
  std::set<int64_t> m_checked;
};

/// A run's status in a word or two, with its message where there is one: "failed: ...".
QString statusText(const Run& run);
/// "k 5 · beta 1 · lr 0.0001 · 1 epoch · rank 16" of a run's options.
QString settingsText(const Run& run);
/// "41 s", "3 min 20 s", "2 h 10 min".
QString durationText(double seconds);

}  // namespace prefscope
