// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTimer>
#include <QWidget>

class QLabel;
class QLineEdit;
class QPushButton;

namespace prefscope {

class DataTable;
class JobLine;
class JobQueue;

/// What stands above a DataTable: a search over its rows, which columns are shown, the order by several of them, a
/// button that takes all filters away, the number of rows and their export. Looking for rows that takes longer than a
/// moment shows how far it is, and can be stopped.
class TableBar : public QWidget {
  Q_OBJECT
 public:
  TableBar(DataTable* table, JobQueue& queue, QWidget* parent = nullptr);
  /// What the search is for.
  void setHint(const QString& hint);
  QLineEdit* search() const { return m_search; }
  /// Whether anything is filtered or searched for.
  bool isFiltered() const;

 Q_SIGNALS:
  /// Columns or order were changed by the person.
  void layoutChanged();

 private:
  void fillColumns();
  void fillOrder();
  void askFile();
  void showWish();
  void showCount(int rows);

  DataTable* m_table;
  QLineEdit* m_search;
  QTimer m_searchDelay, m_patience;
  QPushButton *m_columns, *m_order, *m_clear, *m_export;
  QLabel* m_count;
  JobLine* m_line;
};

}  // namespace prefscope
