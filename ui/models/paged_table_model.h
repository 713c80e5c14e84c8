// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <QStringList>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/row_query.h"
#include "engine/store/workspace.h"

namespace prefscope {

class Workbench;

/// One row as shown: text, and the id behind it.
struct TableRow {
  qint64 id = 0;
  std::vector<QString> cells;
};

struct TableColumn {
  QString title, toolTip;
  bool number = false;  ///< right-aligned
  int width = 120;      ///< pixels at first; the widest column with `stretch` takes what is left
  bool stretch = false;
  std::optional<RowColumn> column = {};  ///< what it is filtered by; absent: by nothing
  bool sortable = false;                 ///< by that column
  bool hidden = false;                   ///< at first
};

/// How cells are written: in the words and numbers of this place, or so that other programs read every digit (times as
/// ISO 8601).
enum class CellForm { Shown, Exact };

/// A table in the workspace. The functions run on a job's thread with a connection of its own.
struct TableSource {
  std::vector<TableColumn> columns;
  std::function<FoundRows(Workspace&, const RowQuery&, const TaskContext&)> find;
  std::function<std::vector<TableRow>(Workspace&, const FoundRows&, qint64 offset, qint64 limit, CellForm)> read;
};

/// What is asked of a table, as it is typed and clicked.
struct TableWish {
  QString search;
  QStringList filters;         ///< [columns] as typed; empty: none
  std::vector<SortKey> order;  ///< by the columns' RowColumn

  bool operator==(const TableWish&) const = default;
};

/// Rows of a table, found and ordered on another thread, then read as they are looked at, in windows of 200: until a
/// window is there its rows are blank, and the view never waits. A few dozen windows are kept. The rows stay as they
/// were while others are looked for, and when that is stopped.
class PagedTableModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  explicit PagedTableModel(Workbench& workbench, QObject* parent = nullptr);

  /// Another table, with its own order; nothing is shown until its rows are found.
  void setSource(TableSource source, std::vector<SortKey> order = {});
  /// Words that must all be there; empty: all.
  void setSearch(const QString& search);
  /// What a column must hold, as a person types it (engine/store/row_query.h, engine/data/value_range.h). Gives what is
  /// wrong with it, in which case it is not set.
  QString setFilter(int column, const QString& text);
  /// All at once; filters that cannot be read are left out.
  void setWish(const TableWish& wish);
  /// The only key of the order; a column that cannot sort gives the order of the file.
  void sort(int column, Qt::SortOrder order) override;
  /// A further key; a column that is one already turns round, and goes after that.
  void sortAlso(int column);
  /// Reads again, after the table changed.
  void reload();

  const TableSource& source() const { return m_source; }
  const TableWish& wish() const { return m_wish; }
  /// The column's key in the order, from 0; -1: none.
  int sortPlace(int column) const;
  /// The id of a row, or 0 while it is not read.
  qint64 idAt(int row) const;
  /// Whether finding or reading is under way.
  bool isBusy() const { return m_finding != 0 || m_reading; }
  /// The job that looks for rows; 0: none.
  qint64 finding() const { return m_finding; }
  /// Reads the rows [first, first + count), all cells exactly, and brings them.
  void readExactly(int first, int count, std::function<void(std::vector<TableRow>)> done);
  /// Writes all rows that were found into a CSV file of these columns, by a job that shows progress and can be stopped;
  /// the file is whole or as it was.
  void exportRows(const QString& file, const std::vector<int>& columns);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 Q_SIGNALS:
  /// The number of rows is known: after setSource, another wish and reload.
  void counted(int rows);
  /// wish() is another.
  void wishChanged();

 private:
  static constexpr int windowRows = 200;
  static constexpr size_t keptWindows = 40;

  std::optional<RowColumn> columnAt(int column) const;
  RowQuery query() const;
  void change(TableWish wish);
  /// The rows are still those of before: so is what is asked of them.
  void keepShown();
  const TableRow* rowAt(int row) const;
  void want(int window) const;
  void readWanted();

  Workbench& m_workbench;
  TableSource m_source;
  TableWish m_wish, m_shown;  // what is asked for; what the rows are
  std::shared_ptr<const FoundRows> m_found;
  int m_rows = 0;
  std::map<int, std::vector<TableRow>> m_windows;
  mutable std::optional<int> m_wanted;  // the window asked for last, not yet being read
  qint64 m_finding = 0;
  bool m_reading = false;
  int m_generation = 0;  // what was asked before the last change is dropped
};

}  // namespace prefscope
