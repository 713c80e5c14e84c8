// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <optional>
#include <vector>

#include "engine/store/data_sets.h"
#include "engine/tasks/user_page.h"

class QComboBox;
class QGridLayout;
class QLabel;
class QPushButton;
class QScrollArea;
class QStackedWidget;
class QTabBar;

namespace prefscope {

class CountingLine;
class CountPlot;
class DataTable;
class TextTable;
class Workbench;

/// A user's page: the history, when and how the user rated and which attributes the user takes more often than others
/// do, and the users with the most similar items. What a tab needs is counted when it is looked at, and dropped when
/// another user is shown.
class UserPanel : public QWidget {
  Q_OBJECT
 public:
  explicit UserPanel(Workbench& workbench, QWidget* parent = nullptr);
  /// 0: nobody.
  void setUser(qint64 user, const std::optional<DataSet>& dataSet);
  qint64 user() const { return m_user; }

 Q_SIGNALS:
  /// Who it is, once it is known.
  void named(const QString& title);
  void userOpened(qint64 user);
  void itemOpened(qint64 item);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  enum Tab { HistoryTab, TasteTab, NearestTab };

  QWidget* buildTaste();
  QWidget* buildNearest();
  /// Counts what the tab on the screen needs and lacks.
  void look();
  void showFacts(const UserFacts& facts);
  void showTastes(std::vector<Taste> tastes);
  void showAttribute();
  /// Of the table of tastes, those that there is no room for, or nothing to show in.
  void hideColumns();
  void showNearest(std::vector<NearUser> users);
  void findCase();
  /// The plots side by side above the taste where there is room, else one below the other around it.
  void arrange();

  Workbench& m_workbench;
  qint64 m_user = 0;
  std::optional<DataSet> m_set;
  std::optional<UserFacts> m_known;
  std::vector<Taste> m_tastes;
  std::vector<NearUser> m_near;
  bool m_tasteAsked = false, m_nearestAsked = false;
  qint64 m_caseExample = 0;

  QLabel* m_facts;
  CountingLine *m_factsLine, *m_tasteLine, *m_nearestLine;
  QTabBar* m_tabs;
  QStackedWidget* m_stack;
  DataTable* m_history;
  QScrollArea* m_tasteScroll;
  QGridLayout* m_tasteGrid;
  QWidget* m_tastePart;
  CountPlot *m_timeline, *m_ratings;
  QLabel* m_tasteNote;
  QComboBox* m_attribute;
  TextTable* m_taste;
  QLabel* m_nearestNote;
  QWidget* m_nearestTables;
  DataTable *m_nearest, *m_shared;
  QPushButton *m_case, *m_inspect;
};

}  // namespace prefscope
