// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/change_counts.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <utility>

#include "ui/models/table_sources.h"
#include "ui/pages/user_list_dialog.h"
#include "ui/theme.h"

namespace prefscope {

ChangeCounts::ChangeCounts(const QString& prefix, QWidget* parent) : QWidget(parent) {
  auto* line = new QHBoxLayout(this);
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(gridUnit);
  const std::pair<const char*, QString> groups[Groups] = {
      {"improvedUsers", tr("Users whose chosen item ranks higher than before")},
      {"worsenedUsers", tr("Users whose chosen item ranks lower than before")},
      {"unchangedUsers", tr("Users whose chosen item kept its rank")}};
  for (int group = 0; group < Groups; ++group) {
    auto* number = new QPushButton(this);
    number->setObjectName(prefix + QString::fromLatin1(groups[group].first));
    number->setProperty("flat", true);
    number->setAutoDefault(true);  // Return opens the list, as the space bar does
    QFont underlined = number->font();
    underlined.setUnderline(true);
    number->setFont(underlined);
    number->setStyleSheet(QStringLiteral("padding: 3px 2px;"));  // words of a line, which begins where the page does
    number->setCursor(Qt::PointingHandCursor);
    number->setToolTip(tr("%1: opens the list").arg(groups[group].second));
    connect(number, &QPushButton::clicked, this, [this, group] { openList(static_cast<Group>(group)); });
    line->addWidget(number);
    m_numbers[static_cast<size_t>(group)] = number;
  }
}

void ChangeCounts::setUsers(const Comparison& counts, std::vector<UserChange> users, const QString& of,
                            const QString& before, const QString& after) {
  m_users = std::move(users);
  m_of = of;
  m_before = before;
  m_after = after;
  const QString texts[Groups] = {
      counts.improved == 1 ? tr("1 user improved") : tr("%1 users improved").arg(countText(counts.improved)),
      tr("%1 worsened").arg(countText(counts.worsened)), tr("%1 unchanged").arg(countText(counts.unchanged))};
  const int64_t numbers[Groups] = {counts.improved, counts.worsened, counts.unchanged};
  for (size_t group = 0; group < Groups; ++group) {
    m_numbers[group]->setText(texts[group]);
    m_numbers[group]->setEnabled(numbers[group] > 0);
  }
}

void ChangeCounts::openList(Group group) {
  std::vector<UserChange> users = m_users;
  std::erase_if(users, [group](const UserChange& u) {
    const double change = u.rankBefore - u.rankAfter;
    return group != (change > 0 ? Improved : change < 0 ? Worsened : Unchanged);
  });
  const QString title = m_numbers[static_cast<size_t>(group)]->text();
  auto* list = new UserListDialog(title, m_of, std::move(users), m_before, m_after, window());
  connect(list, &UserListDialog::userOpened, this, &ChangeCounts::userOpened);
  Q_EMIT listOpened(list);
  list->show();
}

}  // namespace prefscope
