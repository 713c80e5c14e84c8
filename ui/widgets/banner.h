// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QFrame>

class QLabel;
class QToolButton;

namespace prefscope {

/// Says calmly, above the page and without stopping anyone, what went wrong and what to do. A newer message takes the
/// place of an older one.
class Banner : public QFrame {
  Q_OBJECT
 public:
  explicit Banner(QWidget* parent = nullptr);
  void showMessage(const QString& title, const QString& message);
  QString message() const;

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QLabel* m_title;
  QLabel* m_message;
  QToolButton* m_close;
};

}  // namespace prefscope
