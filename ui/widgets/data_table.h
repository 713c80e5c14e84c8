// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTableView>

namespace prefscope {

class PagedTableModel;

/// A calm table over a PagedTableModel: rows of one height, no grid, one row selected, sorted by a click on a header.
class DataTable : public QTableView {
  Q_OBJECT
 public:
  explicit DataTable(PagedTableModel* model, QWidget* parent = nullptr);
  PagedTableModel* rows() const { return m_model; }

 Q_SIGNALS:
  /// The id of the row that is now the current one; 0: none, or it is not read yet, and follows when it is.
  void rowSelected(qint64 id);
  /// Return or a double click on a row.
  void rowOpened(qint64 id);

 private:
  void applyColumns();

  PagedTableModel* m_model;
  qint64 m_selected = 0;
  int m_columns = 0;
};

}  // namespace prefscope
