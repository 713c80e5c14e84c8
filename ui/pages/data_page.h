// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "ui/page.h"
#include "ui/pages/data_report_view.h"

class QLabel;
class QListWidget;
class QPushButton;
class QSplitter;
class QStackedWidget;
class QTabBar;
class QTextEdit;

namespace prefscope {

class Banner;
class Card;
class DataTable;
class DetailView;
class EmptyState;
class PagedTableModel;
class PreparePanel;
class TableBar;
class UnknownSetPanel;

/// Data sets, what is in them and what they are like, and how they are prepared.
class DataPage : public Page {
  Q_OBJECT
 public:
  explicit DataPage(Workbench& workbench, QWidget* parent = nullptr);
  void activate() override;
  QString subheading() const override;
  QAction* primaryAction() const override { return m_import; }

 Q_SIGNALS:
  void importRequested();

 private:
  enum Tab { Users, Items, Interactions, Examples, About };

  QWidget* buildSets();
  QWidget* buildTables();
  QWidget* buildDetail();
  void refreshSets();
  void showTables();
  void showTab(int index);
  void showRow(qint64 id);
  void showExample(qint64 example);
  void clearDetail();
  /// The tab on the screen.
  Tab tab() const;
  QString layoutKey(const char* what) const;
  /// Says what an import did, with a button that opens the view of it.
  void showImported(qint64 dataSet);
  void openTab(Tab tab);
  /// Opens the rows that a bar of a plot counts: a table filtered by it.
  void showRowsBehind(Behind behind, const QString& wanted);
  void askDelete();
  void openCase();
  /// What is at the right in a window of its own.
  void openDetailWindow();
  void inspect();

  QAction* m_import;
  QStackedWidget* m_stack;
  EmptyState* m_empty;
  QListWidget* m_sets;
  QPushButton *m_export, *m_combine, *m_delete;
  PreparePanel* m_prepare;
  UnknownSetPanel* m_unknown;
  Banner* m_imported;
  DataReportView* m_about;
  QSplitter* m_splitter;
  Card* m_tableCard;
  QTabBar* m_tabs;
  TableBar* m_bar;
  DataTable* m_table;
  QLabel* m_none;  // in place of the table where there are no rows
  Card* m_detail;
  QLabel* m_detailTitle;
  QStackedWidget* m_detailStack;
  DetailView* m_view;  // of a user or an item
  QPushButton* m_ownWindow;
  QTextEdit* m_example;
  QPushButton *m_case, *m_inspect;
  std::vector<Tab> m_shownTabs;
  qint64 m_caseExample = 0;
  bool m_arranging = false;  // a tab is being set up: nobody sorts
};

}  // namespace prefscope
