// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/named_marks.h"

#include <QCoreApplication>
#include <QTextCursor>
#include <QTextDocument>

#include "ui/theme.h"

namespace prefscope {
namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("NamedMarks", text);
}

}  // namespace

QString shownText(const std::string& text) {
  QString shown = QString::fromStdString(text);
  for (QChar& c : shown) {
    if (c.category() == QChar::Other_Control || c == QChar::LineSeparator || c == QChar::ParagraphSeparator) c = u' ';
  }
  return shown;
}

QString namedInWords(Named what) {
  switch (what) {
    case Named::HistoryTitle:
      return tr("of the history");
    case Named::OtherTitle:
      return tr("in the catalogue, not in the history");
    case Named::InventedTitle:
      return tr("invented, in no catalogue");
    case Named::TrueAttribute:
      return tr("attribute, and so");
    case Named::FalseAttribute:
      return tr("attribute, not so");
  }
  return {};
}

QTextCharFormat markFormat(Named what) {
  QTextCharFormat format;
  format.setFont(bodyFont());
  const bool calm = what == Named::HistoryTitle || what == Named::TrueAttribute;
  format.setForeground(calm ? theme().accent : theme().warning);
  format.setUnderlineStyle(what == Named::HistoryTitle    ? QTextCharFormat::SingleUnderline
                           : what == Named::OtherTitle    ? QTextCharFormat::DashUnderline
                           : what == Named::InventedTitle ? QTextCharFormat::WaveUnderline
                           : what == Named::TrueAttribute ? QTextCharFormat::DotLine
                                                          : QTextCharFormat::NoUnderline);
  format.setUnderlineColor(format.foreground().color());
  format.setFontStrikeOut(what == Named::FalseAttribute);
  return format;
}

void markParts(QTextDocument* document, int begin, const std::string& text, const std::vector<NamedPart>& parts,
               const std::function<QString(size_t)>& linkOf) {
  // Places count bytes there, UTF-16 units here.
  const auto place = [&](size_t at) {
    return begin + static_cast<int>(QString::fromStdString(text.substr(0, at)).size());
  };
  for (size_t i = 0; i < parts.size(); ++i) {
    const NamedPart& part = parts[i];
    QTextCharFormat format = markFormat(part.what);
    format.setAnchor(true);
    format.setAnchorHref(linkOf(i));
    format.setToolTip(QStringLiteral("<p>%1: %2</p>")
                          .arg(QString::fromStdString(part.words).left(200).toHtmlEscaped(), namedInWords(part.what)));
    QTextCursor cursor(document);
    cursor.setPosition(place(part.at));
    cursor.setPosition(place(part.at + part.length), QTextCursor::KeepAnchor);
    cursor.setCharFormat(format);
  }
}

}  // namespace prefscope
