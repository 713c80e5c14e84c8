// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QFrame>
#include <QString>

class QLabel;
class QVBoxLayout;

namespace prefscope {

/// A bordered surface with a title at the left, a small note at the right, and a body below. Texts are plain.
class Card : public QFrame {
  Q_OBJECT
 public:
  explicit Card(const QString& title = {}, QWidget* parent = nullptr);

  void setTitle(const QString& title);
  void setNote(const QString& note);
  /// A widget in place of the title, such as a list of what the card can show.
  void setTitleWidget(QWidget* widget);
  /// A widget at the right end of the title's line, in place of the note. wide: it takes all that the title leaves.
  void addToHeader(QWidget* widget, bool wide = false);
  QVBoxLayout* body() const { return m_body; }

 private:
  QWidget* m_header;
  QLabel* m_title;
  QLabel* m_note;
  QVBoxLayout* m_body;
};

/// A plain-text label in one of the theme's styles: "muted", "small", "heading", "strong", or "" for body text.
QLabel* makeLabel(const QString& text, const char* style = "", QWidget* parent = nullptr);

/// A card around a widget that scrolls up and down. contents: what it holds, for those who hear the screen.
Card* makeScrollCard(const QString& title, const QString& contents, QWidget* widget, QWidget* parent);

}  // namespace prefscope
