// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/banner.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

#include "ui/theme.h"
#include "ui/widgets/card.h"

namespace prefscope {

Banner::Banner(QWidget* parent) : QFrame(parent) {
  setObjectName(QStringLiteral("banner"));
  m_title = makeLabel({}, "strong", this);
  m_message = makeLabel({}, "", this);
  m_message->setWordWrap(true);
  m_message->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  m_close = new QToolButton(this);
  m_close->setProperty("flat", true);
  m_close->setAccessibleName(tr("Close the message"));
  m_close->setToolTip(tr("Close"));
  connect(m_close, &QToolButton::clicked, this, [this] {
    hide();
    Q_EMIT closed();
  });
  m_button = new QPushButton(this);
  m_button->setObjectName(QStringLiteral("bannerButton"));
  m_button->hide();
  connect(m_button, &QPushButton::clicked, this, [this] {
    hide();
    Q_EMIT accepted();
  });

  auto* texts = new QVBoxLayout;
  texts->setSpacing(2);
  texts->addWidget(m_title);
  texts->addWidget(m_message);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(pageMargin, gridUnit, gridUnit, gridUnit);
  layout->addLayout(texts, 1);
  layout->addWidget(m_button, 0, Qt::AlignVCenter);
  layout->addWidget(m_close, 0, Qt::AlignTop);
  hide();
}

void Banner::showMessage(const QString& title, const QString& message) {
  m_title->setText(title);
  m_message->setText(message);
  setAccessibleName(title);
  setAccessibleDescription(message);
  m_close->setIcon(icon(QStringLiteral("close"), theme().warning));
  show();
}

void Banner::showOffer(const QString& title, const QString& message, const QString& button) {
  m_button->setText(button);
  m_button->show();
  showMessage(title, message);
}

QString Banner::message() const {
  return m_message->text();
}

void Banner::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange) m_close->setIcon(icon(QStringLiteral("close"), theme().warning));
  QFrame::changeEvent(event);
}

}  // namespace prefscope
