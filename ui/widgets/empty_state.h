// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

class QLabel;
class QPushButton;

namespace prefscope {

/// What stands where there is nothing yet: what it is, what to do next, and the button that does it.
class EmptyState : public QWidget {
  Q_OBJECT
 public:
  /// iconName: of resources/icons. An empty buttonText shows no button.
  EmptyState(const QString& iconName, const QString& title, const QString& text, const QString& buttonText = {},
             QWidget* parent = nullptr);
  void setTexts(const QString& title, const QString& text, const QString& buttonText = {});

 Q_SIGNALS:
  void pressed();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void drawIcon();

  QString m_iconName;
  QLabel* m_icon;
  QLabel* m_title;
  QLabel* m_text;
  QPushButton* m_button;
};

}  // namespace prefscope
