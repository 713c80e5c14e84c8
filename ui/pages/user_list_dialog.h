// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <vector>

#include "ui/models/user_result_model.h"

namespace prefscope {

/// The users behind a number of the tally, the largest change first. It stands aside of the window, so that one case
/// after another can be opened from it and seen; deletes itself when closed.
class UserListDialog : public QDialog {
  Q_OBJECT
 public:
  /// title: the number in words. of: what it is a part of. before, after: names of the models.
  UserListDialog(const QString& title, const QString& of, std::vector<UserChange> users, const QString& before,
                 const QString& after, QWidget* parent = nullptr);

 Q_SIGNALS:
  void userOpened(qint64 example);
};

}  // namespace prefscope
