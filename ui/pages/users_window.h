// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <vector>

#include "ui/models/margin_list_model.h"
#include "ui/pages/user_rules.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QTableView;

namespace prefscope {

/// Held-out users with their margins and ranks: those that a lasso went round, or those of a rule. It stands beside the
/// window, so that one case after another can be opened from it; deletes itself when closed.
class UsersWindow : public QDialog {
  Q_OBJECT
 public:
  explicit UsersWindow(QWidget* parent = nullptr);
  /// The users there are; what is listed is listed anew from them.
  void setPoints(const std::vector<MarginPoint>& points, bool hardest);
  void showChosen(const std::vector<qint64>& examples);
  void showRule(UserRule rule);
  const MarginListModel& users() const { return *m_model; }

 Q_SIGNALS:
  void listed(const std::vector<qint64>& examples);
  /// A click or Return on a row.
  void userOpened(qint64 example);
  /// The row that is now the current one.
  void userPointed(qint64 example);

 private:
  void list();

  std::vector<MarginPoint> m_points;
  std::vector<qint64> m_chosen;
  bool m_hardest = false;
  MarginListModel* m_model;
  QComboBox* m_what;
  QDoubleSpinBox* m_moreThan;
  QLabel *m_count, *m_note;
  QTableView* m_table;
};

}  // namespace prefscope
