// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/sample_column.h"

#include <QEvent>
#include <QScrollBar>
#include <QTextBrowser>
#include <QTextCursor>
#include <QUrl>
#include <QVBoxLayout>

#include "ui/theme.h"
#include "ui/widgets/named_marks.h"

namespace prefscope {
namespace {

constexpr int leastWidth = 220;

QTextCharFormat plainFormat() {
  QTextCharFormat format;
  format.setForeground(theme().text);
  format.setFont(bodyFont());
  return format;
}

}  // namespace

SampleColumn::SampleColumn(const QString& model, QWidget* parent) : Card(model, parent) {
  setMinimumWidth(leastWidth);
  m_view = new QTextBrowser(this);
  m_view->setObjectName(QStringLiteral("samples"));
  m_view->setOpenLinks(false);
  m_view->setFrameShape(QFrame::NoFrame);
  m_view->setProperty("frameless", true);
  m_view->document()->setDocumentMargin(0);
  m_view->setUndoRedoEnabled(false);
  m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_view->setAccessibleName(tr("Rationales of %1").arg(model));
  m_view->setToolTip({});
  body()->addWidget(m_view, 1);
  connect(m_view, &QTextBrowser::anchorClicked, this, [this](const QUrl& link) {
    const QStringList places = link.path().split(u'/');
    if (places.size() != 2) return;
    const size_t sample = places[0].toULongLong(), part = places[1].toULongLong();
    if (sample < m_samples.size() && part < m_samples[sample].parts.size())
      Q_EMIT partChosen(m_samples[sample].parts[part]);
  });
}

void SampleColumn::clear(const QString& placeholder) {
  m_samples.clear();
  m_chosen = {};
  m_view->setExtraSelections({});
  m_view->clear();
  m_view->setPlaceholderText(placeholder);
}

void SampleColumn::begin(Sample& sample, size_t number) {
  QTextCursor cursor(m_view->document());
  cursor.movePosition(QTextCursor::End);
  QTextBlockFormat block;
  block.setTopMargin(number == 0 ? 0 : gridUnit);
  QTextCharFormat head;
  head.setForeground(theme().muted);
  head.setFont(smallFont());
  if (number == 0) {
    cursor.setBlockFormat(block);
  } else {
    cursor.insertBlock(block);
  }
  cursor.insertText(tr("Sample %1").arg(number + 1), head);
  cursor.insertBlock(QTextBlockFormat(), plainFormat());
  sample.begin = cursor.position();
}

void SampleColumn::setText(size_t number, const std::string& text) {
  QScrollBar* bar = m_view->verticalScrollBar();
  const bool follows = bar->value() == bar->maximum();
  while (m_samples.size() <= number) {
    m_samples.emplace_back();
    begin(m_samples.back(), m_samples.size() - 1);
  }
  Sample& sample = m_samples[number];
  if (sample.text == text) return;
  const QString shown = shownText(text);
  QTextCursor cursor(m_view->document());
  cursor.movePosition(QTextCursor::End);
  const int written = cursor.position() - sample.begin;
  cursor.insertText(shown.mid(written), plainFormat());  // as text, never as HTML
  sample.text = text;
  if (follows) bar->setValue(bar->maximum());
}

void SampleColumn::setParts(size_t number, std::vector<NamedPart> parts) {
  Sample& sample = m_samples.at(number);
  sample.parts = std::move(parts);
  sample.whole = true;
  mark(number);
}

void SampleColumn::mark(size_t number) {
  const Sample& sample = m_samples[number];
  markParts(m_view->document(), sample.begin, sample.text, sample.parts,
            [&](size_t part) { return QStringLiteral("named:%1/%2").arg(number).arg(part); });
}

void SampleColumn::showBegin() {
  QScrollBar* bar = m_view->verticalScrollBar();
  if (bar->value() == bar->maximum()) bar->setValue(0);
}

void SampleColumn::dropUnfinished() {
  if (m_samples.empty() || m_samples.back().whole) return;
  m_samples.pop_back();
  rebuild();
}

void SampleColumn::highlight(const std::function<bool(const NamedPart&)>& chosen) {
  m_chosen = chosen;
  QList<QTextEdit::ExtraSelection> all;
  bool visible = false;
  for (const Sample& sample : m_samples) {
    for (const NamedPart& part : sample.parts) {
      if (!chosen || !chosen(part)) continue;
      const auto place = [&](size_t at) {
        return sample.begin + static_cast<int>(QString::fromStdString(sample.text.substr(0, at)).size());
      };
      QTextEdit::ExtraSelection selection;
      selection.cursor = QTextCursor(m_view->document());
      selection.cursor.setPosition(place(part.at));
      visible |= m_view->viewport()->rect().contains(m_view->cursorRect(selection.cursor).center());
      selection.cursor.setPosition(place(part.at + part.length), QTextCursor::KeepAnchor);
      selection.format.setBackground(theme().accent);
      selection.format.setForeground(theme().onAccent);
      all << selection;
    }
  }
  m_view->setExtraSelections(all);
  if (all.isEmpty() || visible) return;
  QTextCursor first = all.first().cursor;
  first.setPosition(first.selectionStart());
  QScrollBar* bar = m_view->verticalScrollBar();
  bar->setValue(bar->value() + m_view->cursorRect(first).top() - 2 * gridUnit);
}

void SampleColumn::rebuild() {
  m_view->clear();
  for (size_t i = 0; i < m_samples.size(); ++i) {
    begin(m_samples[i], i);
    QTextCursor cursor(m_view->document());
    cursor.movePosition(QTextCursor::End);
    cursor.insertText(shownText(m_samples[i].text), plainFormat());
    mark(i);
  }
  highlight(m_chosen);
}

void SampleColumn::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange && m_view && !m_samples.empty()) rebuild();
  Card::changeEvent(event);
}

}  // namespace prefscope
