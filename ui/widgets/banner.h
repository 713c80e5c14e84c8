// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QFrame>

class QLabel;
class QPushButton;
class QToolButton;

namespace prefscope {

/// Says calmly, above the page and without stopping anyone, what went wrong and what to do. A newer message takes the
/// place of an older one. Or, as an offer, what could be done next, with a button that does it.
class Banner : public QFrame {
  Q_OBJECT
 public:
  explicit Banner(QWidget* parent = nullptr);
  void showMessage(const QString& title, const QString& message);
  void showOffer(const QString& title, const QString& message, const QString& button);
  QString message() const;

 Q_SIGNALS:
  /// The button of an offer was pressed; the banner is hidden.
  void accepted();
  /// The banner was closed by the person.
  void closed();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QLabel* m_title;
  QLabel* m_message;
  QPushButton* m_button;
  QToolButton* m_close;
};

}  // namespace prefscope
