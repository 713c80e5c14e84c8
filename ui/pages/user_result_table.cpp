// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/user_result_table.h"

#include <QHeaderView>

#include "ui/theme.h"

namespace prefscope {
namespace {

constexpr int changeWidth = 104;  // with room for the arrow

}  // namespace

UserResultTable::UserResultTable(QWidget* parent) : QTableView(parent), m_users(new UserResultModel(this)) {
  setObjectName(QStringLiteral("userResults"));
  setAccessibleName(tr("Users, by what changed"));
  setModel(m_users);
  setShowGrid(false);
  setWordWrap(false);
  setSelectionBehavior(QAbstractItemView::SelectRows);
  setSelectionMode(QAbstractItemView::SingleSelection);
  setTabKeyNavigation(false);
  setToolTip(tr("Double click or Return opens the user's case"));
  verticalHeader()->hide();
  verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  verticalHeader()->setDefaultSectionSize(tableRowHeight);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  horizontalHeader()->setSectionResizeMode(UserResultModel::Chosen, QHeaderView::Stretch);
  horizontalHeader()->setSectionResizeMode(UserResultModel::Change, QHeaderView::Fixed);
  setColumnWidth(UserResultModel::Change, changeWidth);
  horizontalHeader()->setSortIndicator(UserResultModel::Change, Qt::DescendingOrder);
  setSortingEnabled(true);
  connect(this, &QTableView::activated, this, [this](const QModelIndex& index) {
    if (const UserChange* user = m_users->userAt(index.row())) Q_EMIT userOpened(user->example);
  });
}

}  // namespace prefscope
