// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/history_card.h"

#include <QEvent>
#include <QTextCursor>
#include <QTextEdit>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/theme.h"
#include "ui/workbench.h"

namespace prefscope {

HistoryCard::HistoryCard(QWidget* parent) : Card(tr("History"), parent) {
  setNote(tr("oldest first"));
  m_view = new QTextEdit(this);
  m_view->setObjectName(QStringLiteral("caseHistory"));
  m_view->setReadOnly(true);
  m_view->setFrameShape(QFrame::NoFrame);
  m_view->setProperty("frameless", true);
  m_view->document()->setDocumentMargin(0);
  m_view->setAccessibleName(tr("History of the user"));
  body()->addWidget(m_view);
}

void HistoryCard::setHistory(const std::vector<ItemText>& items) {
  m_items = items;
  m_cited.clear();
  write();
}

void HistoryCard::setCited(const std::vector<size_t>& positions) {
  m_cited = positions;
  write();
}

void HistoryCard::write() {
  m_view->clear();
  QTextCursor cursor(m_view->document());
  QTextCharFormat title, small;
  title.setFont(bodyFont());
  title.setForeground(theme().text);
  small.setFont(smallFont());
  small.setForeground(theme().muted);
  QTextCharFormat mark = small;
  mark.setForeground(theme().accent);
  // insertText never reads its text as HTML.
  for (size_t i = 0; i < m_items.size(); ++i) {
    const bool named = std::find(m_cited.begin(), m_cited.end(), i) != m_cited.end();
    cursor.insertText(named ? QStringLiteral("● ") : QStringLiteral("○ "), named ? mark : small);
    cursor.insertText(toQt(m_items[i].title) + QLatin1Char('\n'), title);
    QStringList values;
    for (const auto& attribute : m_items[i].attributes) values << toQt(attribute.second);
    cursor.insertText(values.join(QStringLiteral(" · ")) + QLatin1Char('\n'), small);
  }
  if (!m_cited.empty()) {
    cursor.insertText(QStringLiteral("● "), mark);
    cursor.insertText(tr("named by the rationale"), small);
  }
  m_view->moveCursor(QTextCursor::Start);
}

void HistoryCard::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange && m_view) write();
  Card::changeEvent(event);
}

}  // namespace prefscope
