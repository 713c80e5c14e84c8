// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

class QComboBox;
class QLabel;
class QPushButton;

namespace prefscope {

class Page;
class Workbench;

/// The bar above the pages: the data set that all of them show, the page's heading, and the button for its main action.
class TopBar : public QWidget {
  Q_OBJECT
 public:
  explicit TopBar(Workbench& workbench, QWidget* parent = nullptr);
  /// title: in place of a heading where the page has none.
  void showPage(Page* page, const QString& title);
  /// Does the page's main action, where there is one and it can be done.
  void press();

 private:
  void refresh();
  void refreshDataSets();

  Workbench& m_workbench;
  Page* m_page = nullptr;
  QString m_title;
  QComboBox* m_dataSets;
  QLabel* m_heading;
  QLabel* m_subheading;
  QPushButton* m_primary;
};

}  // namespace prefscope
