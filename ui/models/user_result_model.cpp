// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/user_result_model.h"

#include <QBrush>
#include <algorithm>
#include <map>

#include "engine/store/example_rows.h"
#include "ui/theme.h"
#include "ui/workbench.h"

namespace prefscope {

std::vector<UserChange> userChanges(Workspace& workspace, int64_t preparation, const std::vector<UserResult>& before,
                                    const std::vector<UserResult>& after) {
  std::map<int64_t, double> rankBefore;
  for (const UserResult& r : before) rankBefore[r.example] = r.target_rank;
  std::map<int64_t, ExampleRow> rows;
  const FoundRows found = find_examples(workspace, preparation, {}, {});
  for (ExampleRow& row : read_example_rows(workspace, found, 0, found.count)) rows.emplace(row.id, std::move(row));
  std::vector<UserChange> users;
  for (const UserResult& r : after) {
    const auto was = rankBefore.find(r.example);
    const auto row = rows.find(r.example);
    if (was == rankBefore.end() || row == rows.end()) continue;
    users.push_back({r.example, toQt(row->second.user), toQt(row->second.target), was->second, r.target_rank});
  }
  return users;
}

void UserResultModel::setUsers(std::vector<UserChange> users, const QString& before, const QString& after) {
  beginResetModel();
  m_users = std::move(users);
  m_before = before;
  m_after = after;
  arrange();
  endResetModel();
}

const UserChange* UserResultModel::userAt(int row) const {
  return row >= 0 && row < rowCount() ? &m_users[static_cast<size_t>(row)] : nullptr;
}

int UserResultModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_users.size());
}

int UserResultModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : Columns;
}

QVariant UserResultModel::data(const QModelIndex& index, int role) const {
  const UserChange* user = userAt(index.row());
  if (!index.isValid() || !user) return {};
  const double change = user->rankBefore - user->rankAfter;
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue((index.column() <= Chosen ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
  if (role == Qt::ForegroundRole && index.column() == Change && change != 0)
    return QBrush(change > 0 ? theme().positive : theme().negative);
  if (role == Qt::ToolTipRole && index.column() == Chosen)
    return QStringLiteral("<p>%1</p>").arg(user->chosen.toHtmlEscaped());
  if (role != Qt::DisplayRole) return {};
  switch (index.column()) {
    case User:
      return user->user;
    case Chosen:
      return user->chosen;
    case RankBefore:
      return QString::number(user->rankBefore);
    case RankAfter:
      return QString::number(user->rankAfter);
    case Change:
      return change > 0 ? tr("%1 up").arg(change) : change < 0 ? tr("%1 down").arg(-change) : tr("same");
    default:
      return {};
  }
}

QVariant UserResultModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= Columns) return {};
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue((section <= Chosen ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
  if (role != Qt::DisplayRole) return {};
  const QString titles[Columns] = {tr("User"), tr("Chosen"), tr("Rank, %1").arg(m_before), tr("Rank, %1").arg(m_after),
                                   tr("Change")};
  // The arrow of a sorted column stands at its right end.
  if (section > Chosen) return titles[section] + QString(3, QChar(QChar::Nbsp));
  return titles[section];
}

void UserResultModel::sort(int column, Qt::SortOrder order) {
  Q_EMIT layoutAboutToBeChanged();
  m_column = column < 0 ? Change : column;
  m_order = column < 0 ? Qt::DescendingOrder : order;
  arrange();
  changePersistentIndexList(persistentIndexList(), QModelIndexList(persistentIndexList().size()));
  Q_EMIT layoutChanged();
}

void UserResultModel::arrange() {
  const auto key = [this](const UserChange& u) {
    return m_column == RankBefore ? u.rankBefore : m_column == RankAfter ? u.rankAfter : u.rankBefore - u.rankAfter;
  };
  const auto less = [&](const UserChange& a, const UserChange& b) {
    if (m_column == Chosen) return a.chosen.localeAwareCompare(b.chosen) < 0;
    if (m_column != User) return key(a) < key(b);
    return a.user.size() != b.user.size() ? a.user.size() < b.user.size() : a.user < b.user;  // 2 before 10
  };
  std::stable_sort(m_users.begin(), m_users.end(), [&](const UserChange& a, const UserChange& b) {
    return m_order == Qt::AscendingOrder ? less(a, b) : less(b, a);
  });
}

}  // namespace prefscope
