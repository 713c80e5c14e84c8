// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/token_line.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

#include "ui/theme.h"
#include "ui/widgets/picture_menu.h"

namespace prefscope {
namespace {

constexpr double boxHeight = 22, idHeight = 14, gap = 3, padding = 5, leastWidth = 20, usualWidth = 480;

/// What stands in a box: blanks and line ends have signs, other control characters are left to the spelling.
QString shownIn(const TokenLine::Token& token) {
  if (token.id < 0) return token.text;
  QString text = token.text.isEmpty() ? token.spelling : token.text;
  text.replace(u' ', u'·').replace(u'\n', u'⏎').replace(u'\t', u'⇥');
  for (QChar& c : text) {
    if (c.category() == QChar::Other_Control || c.category() == QChar::Other_Format) c = u'␣';
  }
  constexpr qsizetype longest = 40;
  return text.size() > longest ? text.left(longest) + u'…' : text;
}

QString tipOf(const TokenLine::Token& token) {
  if (token.id < 0) return QString();
  QStringList lines = {TokenLine::tr("Token %1: %2").arg(QString::number(token.id), token.spelling.toHtmlEscaped())};
  if (token.begin >= 0) lines << TokenLine::tr("characters %1 to %2").arg(token.begin).arg(token.end);
  if (token.special) lines << TokenLine::tr("special: text from outside never becomes it");
  if (token.learned) lines << TokenLine::tr("the loss sees it");
  if (token.cut) lines << TokenLine::tr("there is no room for it");
  return QStringLiteral("<p>%1</p>").arg(lines.join(QStringLiteral("<br>")));
}

}  // namespace

TokenLine::TokenLine(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Tokens of the text"));
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
  addPictureMenu(this, QStringLiteral("tokens"), [this] { return csv(); });
}

void TokenLine::setTokens(std::vector<Token> tokens) {
  m_tokens = std::move(tokens);
  QStringList spoken;
  for (const Token& token : m_tokens) spoken << shownIn(token);
  setAccessibleDescription(spoken.join(QStringLiteral(", ")));
  updateGeometry();
  update();
}

QString TokenLine::csv() const {
  QString text = csvLine({tr("id"), tr("token"), tr("begin"), tr("end"), tr("special")});
  for (const Token& token : m_tokens) {
    text += csvLine({QString::number(token.id), token.spelling, QString::number(token.begin),
                     QString::number(token.end), token.special ? QStringLiteral("1") : QStringLiteral("0")});
  }
  return text;
}

std::vector<QRectF> TokenLine::boxes(int width) const {
  const QFontMetricsF text(bodyFont()), id(smallFont());
  std::vector<QRectF> all;
  double x = 0, y = 0;
  for (const Token& token : m_tokens) {
    const double wide = std::max({text.horizontalAdvance(shownIn(token)),
                                  id.horizontalAdvance(QString::number(token.id)), leastWidth}) +
                        2 * padding;
    if (x > 0 && x + wide > width) {
      x = 0;
      y += boxHeight + idHeight + 2 * gap;
    }
    all.emplace_back(x, y, wide, boxHeight);
    x += wide + gap;
  }
  return all;
}

int TokenLine::heightForWidth(int width) const {
  const auto all = boxes(width);
  return all.empty() ? 0 : static_cast<int>(all.back().bottom() + idHeight + gap);
}

QSize TokenLine::sizeHint() const {
  return {static_cast<int>(usualWidth), heightForWidth(width() > 0 ? width() : static_cast<int>(usualWidth))};
}

void TokenLine::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const Theme& t = theme();
  const auto all = boxes(width());
  for (size_t i = 0; i < all.size(); ++i) {
    const Token& token = m_tokens[i];
    if (!all[i].adjusted(0, 0, 0, idHeight).intersects(event->rect())) continue;
    painter.setPen(QPen(token.special ? t.accent : t.line, 1));
    painter.setBrush(i % 2 ? t.selection : t.field);
    painter.drawRoundedRect(all[i].adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
    painter.setFont(bodyFont());
    painter.setPen(token.cut ? t.warning : token.special ? t.accent : t.text);
    painter.drawText(all[i], Qt::AlignCenter | Qt::TextSingleLine, shownIn(token));
    if (token.cut)
      painter.drawLine(QLineF(all[i].left() + 2, all[i].center().y(), all[i].right() - 2, all[i].center().y()));
    if (token.learned) painter.fillRect(QRectF(all[i].left() + 2, all[i].bottom() - 4, all[i].width() - 4, 3), t.dmpo);
    if (token.id < 0) continue;
    painter.setFont(smallFont());
    painter.setPen(t.muted);
    painter.drawText(QRectF(all[i].left(), all[i].bottom(), all[i].width(), idHeight), Qt::AlignCenter,
                     QString::number(token.id));
  }
}

bool TokenLine::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    auto* help = static_cast<QHelpEvent*>(event);
    const auto all = boxes(width());
    for (size_t i = 0; i < all.size(); ++i) {
      if (!all[i].adjusted(0, 0, 0, idHeight).contains(help->pos())) continue;
      QToolTip::showText(help->globalPos(), tipOf(m_tokens[i]), this, all[i].toRect());
      return true;
    }
    QToolTip::hideText();
  }
  return QWidget::event(event);
}

}  // namespace prefscope
