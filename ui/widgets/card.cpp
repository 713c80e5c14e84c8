// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/card.h"

#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include "ui/theme.h"

namespace prefscope {
namespace {

constexpr int headerHeight = 26;  // of a button, so that titles side by side stand on one line

}  // namespace

QLabel* makeLabel(const QString& text, const char* style, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  label->setTextFormat(Qt::PlainText);
  label->setProperty("textStyle", QString::fromLatin1(style));
  return label;
}

Card* makeScrollCard(const QString& title, const QString& contents, QWidget* widget, QWidget* parent) {
  auto* card = new Card(title, parent);
  auto* scroll = new QScrollArea(card);
  scroll->setWidgetResizable(true);
  scroll->setAccessibleName(contents);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setWidget(widget);
  if (widget->focusPolicy() != Qt::NoFocus) scroll->setFocusPolicy(Qt::NoFocus);  // one stop of the Tab key, not two
  card->body()->addWidget(scroll);
  return card;
}

Card::Card(const QString& title, QWidget* parent) : QFrame(parent) {
  setObjectName(QStringLiteral("card"));
  setAccessibleName(title);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(cardMargin, cardMargin, cardMargin, cardMargin);
  layout->setSpacing(gridUnit);

  m_header = new QWidget(this);
  m_header->setObjectName(QStringLiteral("cardHeader"));
  m_header->setMinimumHeight(headerHeight);
  auto* header = new QHBoxLayout(m_header);
  header->setContentsMargins(0, 0, 0, 0);
  m_title = makeLabel(title, "strong", m_header);
  m_note = makeLabel({}, "small", m_header);
  m_note->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  header->addWidget(m_title);
  header->addStretch(1);
  header->addWidget(m_note);
  m_header->setVisible(!title.isEmpty());
  layout->addWidget(m_header);

  m_body = new QVBoxLayout;
  m_body->setContentsMargins(0, 0, 0, 0);
  m_body->setSpacing(gridUnit);
  layout->addLayout(m_body, 1);
}

void Card::setTitle(const QString& title) {
  m_title->setText(title);
  setAccessibleName(title);
  m_header->setVisible(true);
}

void Card::setNote(const QString& note) {
  m_note->setText(note);
  m_header->setVisible(true);
}

void Card::setTitleWidget(QWidget* widget) {
  m_title->hide();
  static_cast<QHBoxLayout*>(m_header->layout())->insertWidget(0, widget);
  m_header->setVisible(true);
}

void Card::addToHeader(QWidget* widget, bool wide) {
  m_note->hide();
  auto* header = static_cast<QHBoxLayout*>(m_header->layout());
  if (wide) header->setStretch(header->indexOf(m_title) + 1, 0);  // the space between
  header->addWidget(widget, wide ? 1 : 0);
  m_header->setVisible(true);
}

}  // namespace prefscope
