// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/margin_list_model.h"

#include <QBrush>
#include <algorithm>

#include "ui/theme.h"
#include "ui/widgets/picture_menu.h"
#include "ui/widgets/signed_number.h"

namespace prefscope {

void MarginListModel::setUsers(std::vector<MarginPoint> users, bool hardest) {
  beginResetModel();
  m_users = std::move(users);
  m_hardest = hardest;
  arrange();
  endResetModel();
}

const MarginPoint* MarginListModel::userAt(int row) const {
  return row >= 0 && row < rowCount() ? &m_users[static_cast<size_t>(row)] : nullptr;
}

int MarginListModel::rowOf(qint64 example) const {
  const auto found =
      std::find_if(m_users.begin(), m_users.end(), [&](const MarginPoint& p) { return p.example == example; });
  return found == m_users.end() ? -1 : static_cast<int>(found - m_users.begin());
}

QString MarginListModel::csv() const {
  QString text = QStringLiteral("user,margin_before,margin_after,change,rank_before,rank_after,rejected\n");
  for (const MarginPoint& user : m_users) {
    QStringList fields = {QString::fromStdString(user.user_key)};
    for (int column = Before; column < Columns; ++column) fields << exact(number(user, column));
    text += csvLine(fields << (m_hardest ? QStringLiteral("hardest") : QStringLiteral("mean")));
  }
  return text;
}

int MarginListModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_users.size());
}

int MarginListModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : Columns;
}

double MarginListModel::number(const MarginPoint& user, int column) const {
  const Margin m = margin_of(user, m_hardest);
  return column == Before       ? m.reference
         : column == After      ? m.policy
         : column == Change     ? m.policy - m.reference
         : column == RankBefore ? user.rank_reference
                                : user.rank_policy;
}

QVariant MarginListModel::data(const QModelIndex& index, int role) const {
  const MarginPoint* user = userAt(index.row());
  if (!index.isValid() || !user) return {};
  const int column = index.column();
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue((column == User ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
  if (role != Qt::DisplayRole && role != Qt::EditRole && role != Qt::ForegroundRole) return {};
  if (column == User) return role == Qt::ForegroundRole ? QVariant() : QString::fromStdString(user->user_key);
  const double value = number(*user, column);
  if (role == Qt::ForegroundRole)
    return column == Change && value != 0 ? QBrush(value > 0 ? theme().positive : theme().negative) : QVariant();
  if (role == Qt::EditRole) return value;
  if (column >= RankBefore) return value > 0 ? QString::number(value) : QString();
  return signedNumber(value, 3);
}

QVariant MarginListModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= Columns) return {};
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue((section == User ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
  if (role == Qt::ToolTipRole && section != User)
    return section >= RankBefore ? tr("Rank of the chosen item by summed log-prob, ties count half")
           : m_hardest           ? tr("Chosen less the hardest rejected, nats")
                                 : tr("Chosen less the mean of the rejected, nats");
  if (role != Qt::DisplayRole) return {};
  const QString titles[Columns] = {tr("User"),   tr("Margin before"), tr("Margin after"),
                                   tr("Change"), tr("Rank before"),   tr("Rank after")};
  // The arrow of a sorted column stands at its right end.
  return section == User ? titles[section] : titles[section] + QString(3, QChar(QChar::Nbsp));
}

void MarginListModel::sort(int column, Qt::SortOrder order) {
  Q_EMIT layoutAboutToBeChanged();
  m_column = column < 0 ? Change : column;
  m_order = column < 0 ? Qt::DescendingOrder : order;
  arrange();
  changePersistentIndexList(persistentIndexList(), QModelIndexList(persistentIndexList().size()));
  Q_EMIT layoutChanged();
}

void MarginListModel::arrange() {
  const auto less = [&](const MarginPoint& a, const MarginPoint& b) {
    if (m_column != User) return number(a, m_column) < number(b, m_column);
    return a.user_key.size() != b.user_key.size() ? a.user_key.size() < b.user_key.size()
                                                  : a.user_key < b.user_key;  // 2 before 10
  };
  std::stable_sort(m_users.begin(), m_users.end(), [&](const MarginPoint& a, const MarginPoint& b) {
    return m_order == Qt::AscendingOrder ? less(a, b) : less(b, a);
  });
}

}  // namespace prefscope
