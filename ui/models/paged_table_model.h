// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <QStringList>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "engine/store/workspace.h"

namespace prefscope {

class Workbench;

/// What rows of a table are wanted.
struct TableQuery {
  std::string search;
  int column = -1;  ///< sorted by; -1: the order of the file
  bool descending = false;
};

/// One row as shown: text, and the id behind it.
struct TableRow {
  qint64 id = 0;
  std::vector<QString> cells;
};

struct TableColumn {
  QString title, toolTip;
  bool number = false;  ///< right-aligned
  bool sortable = false;
  int width = 120;  ///< pixels at first; the widest column with `stretch` takes what is left
  bool stretch = false;
};

/// A table in the workspace. The functions run on a job's thread with a connection of its own.
struct TableSource {
  std::vector<TableColumn> columns;
  std::function<qint64(Workspace&, const TableQuery&)> count;
  std::function<std::vector<TableRow>(Workspace&, const TableQuery&, qint64 offset, qint64 limit)> read;
};

/// Rows of a table that are read as they are looked at, in windows of 200 on another thread: until a window is there
/// its rows are blank, and the view never waits. A few dozen windows are kept.
class PagedTableModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  explicit PagedTableModel(Workbench& workbench, QObject* parent = nullptr);

  void setSource(TableSource source);
  /// Part of a title or key; empty: all.
  void setSearch(const QString& search);
  /// Reads again, after the table changed.
  void reload();

  const TableSource& source() const { return m_source; }
  /// The id of a row, or 0 while it is not read.
  qint64 idAt(int row) const;
  /// Whether counting or reading is under way.
  bool isBusy() const { return m_counting || m_reading; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  void sort(int column, Qt::SortOrder order) override;

 Q_SIGNALS:
  /// The number of rows is known: after setSource, setSearch and reload.
  void counted(int rows);

 private:
  static constexpr int windowRows = 200;
  static constexpr size_t keptWindows = 40;

  const TableRow* rowAt(int row) const;
  void want(int window) const;
  void readWanted();

  Workbench& m_workbench;
  TableSource m_source;
  TableQuery m_query;
  int m_rows = 0;
  std::map<int, std::vector<TableRow>> m_windows;
  mutable std::optional<int> m_wanted;  // the window asked for last, not yet being read
  bool m_counting = false, m_reading = false;
  int m_generation = 0;  // what was asked before the last change is dropped
};

}  // namespace prefscope
