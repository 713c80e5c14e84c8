// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/empty_state.h"

#include <QEvent>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/theme.h"
#include "ui/widgets/card.h"

namespace prefscope {
namespace {

constexpr int textWidth = 380, leastTextWidth = 180;

}  // namespace

EmptyState::EmptyState(const QString& iconName, const QString& title, const QString& text, const QString& buttonText,
                       QWidget* parent)
    : QWidget(parent), m_iconName(iconName) {
  m_icon = new QLabel(this);
  m_title = makeLabel(title, "heading", this);
  m_text = makeLabel(text, "muted", this);
  m_text->setWordWrap(true);
  m_text->setAlignment(Qt::AlignHCenter);
  m_text->setMinimumWidth(leastTextWidth);
  m_text->setMaximumWidth(textWidth);
  m_button = new QPushButton(buttonText, this);
  m_button->setProperty("primary", true);
  m_button->setVisible(!buttonText.isEmpty());
  connect(m_button, &QPushButton::clicked, this, &EmptyState::pressed);

  // In a line of its own: a wrapped label with an alignment would be given the height of a wider one.
  auto* centred = new QHBoxLayout;
  centred->addStretch(1);
  centred->addWidget(m_text, 1000);  // as wide as it may, before the room at its sides
  centred->addStretch(1);
  auto* layout = new QVBoxLayout(this);
  layout->setSpacing(gridUnit);
  layout->addStretch(2);
  layout->addWidget(m_icon, 0, Qt::AlignHCenter);
  layout->addWidget(m_title, 0, Qt::AlignHCenter);
  layout->addLayout(centred);
  layout->addSpacing(gridUnit);
  layout->addWidget(m_button, 0, Qt::AlignHCenter);
  layout->addStretch(3);
  drawIcon();
}

void EmptyState::setTexts(const QString& title, const QString& text, const QString& buttonText) {
  m_title->setText(title);
  m_text->setText(text);
  m_button->setText(buttonText);
  m_button->setVisible(!buttonText.isEmpty());
}

void EmptyState::drawIcon() {
  m_icon->setPixmap(icon(m_iconName, theme().muted).pixmap(40, 40));
}

void EmptyState::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange) drawIcon();
  QWidget::changeEvent(event);
}

}  // namespace prefscope
