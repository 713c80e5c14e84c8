// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/user_list_dialog.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/pages/user_result_table.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/csv_buttons.h"
#include "ui/widgets/picture_menu.h"
#include "ui/window_size.h"

namespace prefscope {
namespace {

constexpr int listWidth = 620, listHeight = 420;

/// user,chosen,rank_before,rank_after: one line a user, in the order shown.
QString csvOf(const UserResultModel& users) {
  QString text = QStringLiteral("user,chosen,rank_before,rank_after\n");
  for (int row = 0; row < users.rowCount(); ++row) {
    const UserChange& user = *users.userAt(row);
    text += csvLine({user.user, user.chosen, exact(user.rankBefore), exact(user.rankAfter)});
  }
  return text;
}

}  // namespace

UserListDialog::UserListDialog(const QString& title, const QString& of, std::vector<UserChange> users,
                               const QString& before, const QString& after, QWidget* parent)
    : QDialog(parent) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("userList"));
  setWindowTitle(title);
  auto* table = new UserResultTable(this);
  // What got worse stands with its greatest loss first.
  const bool losses = !users.empty() && users.front().rankAfter > users.front().rankBefore;
  table->users().setUsers(std::move(users), before, after);
  table->sortByColumn(UserResultModel::Change, losses ? Qt::AscendingOrder : Qt::DescendingOrder);
  table->selectRow(0);
  connect(table, &UserResultTable::userOpened, this, &UserListDialog::userOpened);
  // Return belongs to the table: no button takes it.
  auto* close = new QPushButton(tr("Close"), this);
  close->setAutoDefault(false);
  connect(close, &QPushButton::clicked, this, &QDialog::close);
  QLabel* what = makeLabel(tr("%1 %2. Ties count half.").arg(title, of), "muted", this);
  what->setWordWrap(true);
  auto* foot = new QHBoxLayout;
  foot->addWidget(makeLabel(tr("Return or a double click opens the case."), "small", this));
  foot->addStretch(1);
  foot->setSpacing(gridUnit);
  addCsvButtons(foot, this, QStringLiteral("users"), [table] { return csvOf(table->users()); });
  foot->addWidget(close);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->addWidget(what);
  layout->addWidget(table, 1);
  layout->addLayout(foot);
  if (parent) {
    fitAside(this, *parent->window(), {listWidth, listHeight});
  } else {
    resize(listWidth, listHeight);
  }
  table->setFocus();
}

}  // namespace prefscope
