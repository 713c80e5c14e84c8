// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <QWidget>
#include <vector>

class QLineEdit;
class QListWidget;
class QPushButton;
class QTimer;

namespace prefscope {

/// A line to search for an item, with what is found below it as it is typed. Up and Down choose, Return takes, Escape
/// ends. It searches nothing itself: it asks by a signal and is told what was found.
class ItemSearch : public QWidget {
  Q_OBJECT
 public:
  struct Found {
    qint64 item = 0;
    QString title, about;
    QString refused;  ///< why it cannot be taken; empty: it can
  };

  /// prompt: stands in the empty line. replace: text of the switch by which the item found takes another's place; its
  /// letter after & is its key.
  ItemSearch(const QString& prompt, const QString& replace, QWidget* parent = nullptr);
  /// Whether there is something to replace.
  void setReplaceable(bool on);
  /// What was found for a text; an answer to an older text is dropped.
  void setFound(const QString& text, const std::vector<Found>& found);
  void setToolTips(const QString& search, const QString& replace);
  void focusLine();

 Q_SIGNALS:
  /// The text changed, and is not empty.
  void searched(const QString& text);
  void taken(qint64 item, bool replace);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void take();

  QLineEdit* m_line;
  QPushButton* m_replace;
  QListWidget* m_found;
  QTimer* m_pause;
};

}  // namespace prefscope
