// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTableView>

#include "ui/models/user_result_model.h"

namespace prefscope {

/// What two models did for each user, by what changed; Return or a double click opens a user's case.
class UserResultTable : public QTableView {
  Q_OBJECT
 public:
  explicit UserResultTable(QWidget* parent = nullptr);
  UserResultModel& users() const { return *m_users; }

 Q_SIGNALS:
  void userOpened(qint64 example);

 private:
  UserResultModel* m_users;
};

}  // namespace prefscope
