// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/mark_legend.h"

#include <QEvent>
#include <QTextCursor>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/named_marks.h"

namespace prefscope {

MarkLegend::MarkLegend(QWidget* parent) : QTextEdit(parent) {
  setReadOnly(true);
  setFocusPolicy(Qt::NoFocus);
  setTextInteractionFlags(Qt::NoTextInteraction);
  setFrameShape(QFrame::NoFrame);
  setProperty("frameless", true);
  setLineWrapMode(QTextEdit::NoWrap);
  setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  viewport()->setCursor(Qt::ArrowCursor);
  document()->setDocumentMargin(0);
  setAccessibleName(tr("How what is named is marked"));
  fill();
}

void MarkLegend::fill() {
  clear();
  QTextCursor cursor(document());
  QTextCharFormat between;
  between.setFont(smallFont());
  for (const auto& [what, words] : {std::pair{Named::HistoryTitle, tr("in the history")},
                                    {Named::OtherTitle, tr("in the catalogue only")},
                                    {Named::InventedTitle, tr("invented")},
                                    {Named::TrueAttribute, tr("attribute, so")},
                                    {Named::FalseAttribute, tr("not so")}}) {
    if (!cursor.atStart()) cursor.insertText(QStringLiteral("   "), between);
    QTextCharFormat format = markFormat(what);
    format.setFontPointSize(smallFont().pointSizeF());
    cursor.insertText(words, format);
  }
  const QSizeF size = document()->size();
  setFixedSize(static_cast<int>(std::ceil(document()->idealWidth())) + 4,
               static_cast<int>(std::ceil(size.height())) + 4);
}

void MarkLegend::changeEvent(QEvent* event) {
  QTextEdit::changeEvent(event);
  if (event->type() == QEvent::StyleChange) fill();
}

}  // namespace prefscope
