// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/example_text.h"

#include <QCoreApplication>
#include <QTextCursor>
#include <QTextEdit>

#include "engine/store/example_rows.h"
#include "ui/theme.h"

namespace prefscope {
namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("Example", text);
}

}  // namespace

void writeExample(Workspace& workspace, const Example& example, QTextEdit* view) {
  view->clear();
  QTextCursor cursor(view->document());
  QTextCharFormat heading, body, target, source;
  source.setFont(smallFont());
  source.setForeground(theme().muted);
  heading.setFont(smallFont());
  heading.setFontWeight(QFont::DemiBold);
  heading.setForeground(theme().muted);
  body.setForeground(theme().text);
  target.setForeground(theme().target);
  target.setFontWeight(QFont::DemiBold);
  const auto section = [&](const QString& title) {
    if (!cursor.atStart()) cursor.insertText(QStringLiteral("\n"), body);
    cursor.insertText(title + QLatin1Char('\n'), heading);
  };
  // insertText never reads its text as HTML.
  const auto line = [&](const QString& text, const QTextCharFormat& format) {
    cursor.insertText(text + QLatin1Char('\n'), format);
  };
  const auto lines = [&](const std::vector<int64_t>& items) {
    const std::vector<std::string> titles = read_titles(workspace, items);
    for (size_t i = 0; i < items.size(); ++i)
      line(QString::fromStdString(titles[i]), items[i] == example.target ? target : body);
  };

  if (example.pairs.empty()) {
    section(tr("Target"));
    lines({example.target});
    section(tr("History, oldest first"));
    lines(example.history);
    section(tr("Candidates, in saved order"));
    lines(example.candidates);
    section(tr("Negatives"));
    lines(example.negatives);
  } else {
    line(QString::fromStdString(example.source), source);
    for (size_t i = 0; i < example.pairs.size(); ++i) {
      const TextPair& pair = example.pairs[i];
      section(tr("Pair %1 of %2").arg(i + 1).arg(example.pairs.size()));
      if (i == 0 || pair.prompt != example.pairs[0].prompt) line(QString::fromStdString(pair.prompt), body);
      section(tr("Chosen"));
      line(QString::fromStdString(pair.chosen), target);
      if (pair.rejected) {
        section(tr("Rejected"));
        line(QString::fromStdString(*pair.rejected), body);
      }
    }
  }
  view->moveCursor(QTextCursor::Start);
}

}  // namespace prefscope
