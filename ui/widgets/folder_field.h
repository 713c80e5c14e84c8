// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

class QLabel;
class QLineEdit;

namespace prefscope {

/// Asks for a folder that something is written into: one that is absent or empty. Says below it where it is neither.
class FolderField : public QWidget {
  Q_OBJECT
 public:
  /// name: of the folder that is made inside one that holds something.
  FolderField(const QString& name, QWidget* parent = nullptr);
  QString folder() const;
  void setFolder(const QString& folder);
  /// Whether it is named, and absent or empty.
  bool isFree() const;

 Q_SIGNALS:
  void changed();

 private:
  void ask();
  void check();

  QString m_name;
  QLineEdit* m_folder;
  QLabel* m_trouble;
};

}  // namespace prefscope
