// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <cstdint>
#include <vector>

#include "engine/store/results.h"

namespace prefscope {

/// What two models did for one user.
struct UserChange {
  qint64 example = 0;
  QString user, chosen;                  ///< chosen: the target's title
  double rankBefore = 0, rankAfter = 0;  ///< of the target, from 1; ties count half
};

/// The users that both sides have, in the order of `after`.
std::vector<UserChange> userChanges(Workspace& workspace, int64_t preparation, const std::vector<UserResult>& before,
                                    const std::vector<UserResult>& after);

/// Users of an evaluation under two of its models; sortable by every column.
class UserResultModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { User, Chosen, RankBefore, RankAfter, Change, Columns };

  using QAbstractTableModel::QAbstractTableModel;

  void setUsers(std::vector<UserChange> users, const QString& before, const QString& after);
  const UserChange* userAt(int row) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  void sort(int column, Qt::SortOrder order) override;

 private:
  void arrange();

  std::vector<UserChange> m_users;
  QString m_before, m_after;
  int m_column = Change;
  Qt::SortOrder m_order = Qt::DescendingOrder;
};

}  // namespace prefscope
