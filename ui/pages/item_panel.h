// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <optional>
#include <vector>

#include "engine/store/data_sets.h"
#include "engine/tasks/item_page.h"

class QBoxLayout;
class QComboBox;
class QLabel;
class QStackedWidget;
class QTabBar;

namespace prefscope {

class CountingLine;
class CountPlot;
class DataTable;
class Workbench;

/// An item's page: its ratings and when it was taken, who took it, and what its users took too. What a tab needs is
/// counted when it is looked at, and dropped when another item is shown.
class ItemPanel : public QWidget {
  Q_OBJECT
 public:
  explicit ItemPanel(Workbench& workbench, QWidget* parent = nullptr);
  /// 0: none.
  void setItem(qint64 item, const std::optional<DataSet>& dataSet);
  qint64 item() const { return m_item; }

 Q_SIGNALS:
  /// What it is, once it is known.
  void named(const QString& title);
  void userOpened(qint64 user);
  void itemOpened(qint64 item);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  enum Tab { RatingsTab, UsersTab, TogetherTab };

  QWidget* buildRatings();
  QWidget* buildTogether();
  /// Counts what the tab on the screen needs and lacks.
  void look();
  void showFacts(const ItemFacts& facts);
  void showTogether(const std::vector<TogetherItem>& items);

  Workbench& m_workbench;
  qint64 m_item = 0;
  std::optional<DataSet> m_set;
  std::optional<ItemFacts> m_known;
  bool m_togetherAsked = false;

  QLabel *m_facts, *m_attributes;
  CountingLine *m_factsLine, *m_togetherLine;
  QTabBar* m_tabs;
  QStackedWidget* m_stack;
  QBoxLayout* m_plots;
  CountPlot *m_ratings, *m_timeline;
  DataTable* m_users;
  QComboBox* m_order;
  QLabel* m_togetherNote;
  DataTable* m_together;
};

}  // namespace prefscope
