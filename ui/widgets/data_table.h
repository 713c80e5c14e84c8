// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QStringList>
#include <QTableView>
#include <vector>

#include "engine/store/row_query.h"

class QSettings;

namespace prefscope {

class FilterHeader;
class PagedTableModel;
struct TableColumn;

/// A calm table over a PagedTableModel: rows of one height, no grid, sorted by clicks on the header and filtered by the
/// fields below it. Selected rows are copied with Ctrl+C, as a table with a header.
class DataTable : public QTableView {
  Q_OBJECT
 public:
  explicit DataTable(PagedTableModel* model, QWidget* parent = nullptr);
  PagedTableModel* rows() const { return m_model; }
  FilterHeader* filters() const { return m_header; }

  /// Shows or hides a column; the last one that is shown stays.
  void showColumn(int column, bool shown);
  /// Which columns are shown, how wide, and the order of the rows as it was kept.
  void keepLayout(QSettings& settings, const QString& key) const;
  /// Those of the kept keys that the columns can be sorted by.
  std::vector<SortKey> keptOrder(QSettings& settings, const QString& key,
                                 const std::vector<TableColumn>& columns) const;
  /// Of the table that the model has now; without anything kept as its source has them.
  void restoreColumns(QSettings& settings, const QString& key);
  /// Puts the selected rows on the clipboard, tabs between the columns that are shown, below their titles.
  void copyRows();
  /// The columns that are shown.
  std::vector<int> shownColumns() const;

 Q_SIGNALS:
  /// The id of the row that is now the current one; 0: none, or it is not read yet, and follows when it is.
  void rowSelected(qint64 id);
  /// More rows are selected than can be copied.
  void tooManyToCopy(int most);
  /// Return or a double click on a row.
  void rowOpened(qint64 id);
  /// A column has another width.
  void widthsChanged();

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;

 private:
  void applyColumns();

  PagedTableModel* m_model;
  FilterHeader* m_header;
  qint64 m_selected = 0;
  QStringList m_titles;  // of the columns whose widths were set
};

}  // namespace prefscope
