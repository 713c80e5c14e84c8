// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <array>
#include <vector>

#include "engine/evaluate/metrics.h"
#include "ui/models/user_result_model.h"

class QPushButton;

namespace prefscope {

/// How many users' chosen items rose, fell and stayed between two models: "31 users improved  9 worsened  60
/// unchanged". Each number is a button that opens the list of its users.
class ChangeCounts : public QWidget {
  Q_OBJECT
 public:
  /// prefix: of the buttons' object names: prefix + improvedUsers, worsenedUsers, unchangedUsers.
  explicit ChangeCounts(const QString& prefix = {}, QWidget* parent = nullptr);
  /// of: what the users are a part of, as the list says it. before, after: names of the models.
  void setUsers(const Comparison& counts, std::vector<UserChange> users, const QString& of, const QString& before,
                const QString& after);

 Q_SIGNALS:
  /// A user was chosen in a list.
  void userOpened(qint64 example);
  /// A list was opened: it has to close when its users are no longer those at hand.
  void listOpened(QWidget* list);

 private:
  enum Group { Improved, Worsened, Unchanged, Groups };
  void openList(Group group);

  std::array<QPushButton*, Groups> m_numbers;
  std::vector<UserChange> m_users;
  QString m_of, m_before, m_after;
};

}  // namespace prefscope
