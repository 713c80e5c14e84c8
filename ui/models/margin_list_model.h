// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <vector>

#include "engine/store/scores.h"

namespace prefscope {

/// Held-out users with their margins and the target's ranks before and after training; sortable by every column. Exact
/// numbers under Qt::EditRole.
class MarginListModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { User, Before, After, Change, RankBefore, RankAfter, Columns };

  using QAbstractTableModel::QAbstractTableModel;

  /// hardest: margins are against the hardest rejected, else against the mean of the rejected.
  void setUsers(std::vector<MarginPoint> users, bool hardest);
  const MarginPoint* userAt(int row) const;
  /// -1: it is not listed.
  int rowOf(qint64 example) const;
  /// user,margin_before,margin_after,change,rank_before,rank_after,rejected: one line a user, in the order shown; nats.
  QString csv() const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  void sort(int column, Qt::SortOrder order) override;

 private:
  double number(const MarginPoint& user, int column) const;
  void arrange();

  std::vector<MarginPoint> m_users;
  bool m_hardest = false;
  int m_column = Change;
  Qt::SortOrder m_order = Qt::DescendingOrder;
};

}  // namespace prefscope
