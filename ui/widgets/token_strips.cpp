// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/token_strips.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/picture_menu.h"
#include "ui/widgets/signed_number.h"

namespace prefscope {
namespace {

constexpr double titleHeight = 18, boxHeight = 22, sumHeight = 16, gap = 4, sumRoom = 108, leastBox = 34;
constexpr double labelRoom = 76;  // at the left: what stands in each row

double ratio(const StripToken& token) {
  return token.log_prob - token.reference;
}

/// What stands in a box; the end of text has a sign of its own.
QString shown(const StripToken& token) {
  return token.text.empty() ? QStringLiteral("↵") : QString::fromStdString(token.text).trimmed();
}

}  // namespace

TokenStrips::TokenStrips(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Log-ratios token by token"));
  setMouseTracking(true);
  addPictureMenu(this, QStringLiteral("tokens"), [this] { return csv(); });
}

void TokenStrips::setHovered(qint64 item) {
  if (item == m_hovered) return;
  m_hovered = item;
  update();
}

void TokenStrips::mouseMoveEvent(QMouseEvent* event) {
  const double row = event->position().y() / (titleHeight + boxHeight + sumHeight + gap);
  const auto strip = static_cast<size_t>(std::max(0.0, row));
  const qint64 item = strip < m_strips.size() ? m_strips[strip].item : 0;
  if (item == m_hovered) return;
  setHovered(item);
  Q_EMIT candidateHovered(item);
}

void TokenStrips::leaveEvent(QEvent*) {
  if (m_hovered == 0) return;
  setHovered(0);
  Q_EMIT candidateHovered(0);
}

void TokenStrips::setStrips(std::vector<Strip> strips) {
  m_strips = std::move(strips);
  m_largest = 1e-9;
  QStringList spoken;
  for (const Strip& strip : m_strips) {
    double sum = 0;
    for (const StripToken& token : strip.tokens) {
      m_largest = std::max(m_largest, std::abs(ratio(token)));
      sum += ratio(token);
    }
    spoken << tr("%1: log-ratio %2 nats").arg(strip.title, signedNumber(sum, 2));
  }
  m_parting = 0;
  if (m_strips.size() > 1) {
    const auto& first = m_strips[0].tokens;
    while (m_parting < first.size() && std::all_of(m_strips.begin() + 1, m_strips.end(), [&](const Strip& other) {
             return m_parting < other.tokens.size() && other.tokens[m_parting].text == first[m_parting].text;
           }))
      ++m_parting;
  }
  setAccessibleDescription(spoken.join(QStringLiteral("; ")));
  updateGeometry();
  update();
}

QString TokenStrips::csv() const {
  QString text = QStringLiteral("title,token,log_prob,reference,log_ratio,sum\n");
  for (const Strip& strip : m_strips) {
    double sum = 0;
    for (const StripToken& token : strip.tokens) {
      sum += ratio(token);
      text += csvLine(
          {strip.title, shown(token), exact(token.log_prob), exact(token.reference), exact(ratio(token)), exact(sum)});
    }
  }
  return text;
}

std::vector<QRectF> TokenStrips::boxes(size_t strip) const {
  const QFontMetricsF metrics(bodyFont());
  std::vector<QRectF> all;
  double left = labelRoom;
  const double top = static_cast<double>(strip) * (titleHeight + boxHeight + sumHeight + gap) + titleHeight;
  for (const StripToken& token : m_strips[strip].tokens) {
    const double width = std::max(leastBox, metrics.horizontalAdvance(shown(token)) + 12);
    all.emplace_back(left, top, width, boxHeight);
    left += width + 2;
  }
  return all;
}

QSize TokenStrips::minimumSizeHint() const {
  double widest = 120;
  for (size_t s = 0; s < m_strips.size(); ++s) {
    const auto all = boxes(s);
    if (!all.empty()) widest = std::max(widest, all.back().right());
  }
  return {static_cast<int>(widest + sumRoom),
          static_cast<int>(static_cast<double>(m_strips.size()) * (titleHeight + boxHeight + sumHeight + gap))};
}

void TokenStrips::paintEvent(QPaintEvent*) {
  const Theme& t = theme();
  QPainter p(this);
  p.setRenderHint(QPainter::Antialiasing);
  for (size_t s = 0; s < m_strips.size(); ++s) {
    const Strip& strip = m_strips[s];
    const auto all = boxes(s);
    if (all.empty()) continue;
    if (strip.item != 0 && strip.item == m_hovered)
      p.fillRect(QRectF(0, all[0].top() - titleHeight, width(), titleHeight + boxHeight + sumHeight), t.hover);
    QFont font = smallFont();
    font.setWeight(QFont::DemiBold);
    p.setFont(font);
    p.setPen(strip.color);
    p.drawText(QRectF(0, all[0].top() - titleHeight, width(), titleHeight), Qt::AlignLeft | Qt::AlignVCenter,
               QFontMetricsF(font).elidedText(strip.title, Qt::ElideRight, width()));
    p.setFont(smallFont());
    p.setPen(t.muted);
    p.drawText(QRectF(0, all[0].top(), labelRoom, boxHeight), Qt::AlignLeft | Qt::AlignVCenter, tr("token"));
    p.drawText(QRectF(0, all[0].bottom(), labelRoom, sumHeight), Qt::AlignLeft | Qt::AlignVCenter, tr("running sum"));
    double sum = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      const double value = ratio(strip.tokens[i]);
      sum += value;
      QColor fill = value >= 0 ? t.positive : t.negative;
      fill.setAlphaF(static_cast<float>(0.04 + 0.5 * std::abs(value) / m_largest));
      p.setPen(Qt::NoPen);
      p.setBrush(fill);
      p.drawRoundedRect(all[i], 3, 3);
      p.setFont(bodyFont());
      p.setPen(t.text);
      p.drawText(all[i], Qt::AlignCenter, shown(strip.tokens[i]));
      p.setFont(smallFont());
      p.setPen(t.muted);
      p.drawText(QRectF(all[i].left() - 8, all[i].bottom(), all[i].width() + 16, sumHeight), Qt::AlignCenter,
                 signedNumber(sum, 2));
      if (m_strips.size() > 1 && i == m_parting) {
        p.setPen(QPen(t.text, 2));
        p.drawLine(all[i].topLeft() + QPointF(-1.5, -1), all[i].bottomLeft() + QPointF(-1.5, 1));
      }
    }
    p.setFont(font);
    p.setPen(t.text);
    p.drawText(QRectF(all.back().right() + 8, all[0].top(), sumRoom, boxHeight), Qt::AlignLeft | Qt::AlignVCenter,
               tr("log-ratio %1").arg(signedNumber(sum, 2)));
  }
}

bool TokenStrips::event(QEvent* event) {
  if (event->type() == QEvent::StyleChange) update();
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  auto* help = static_cast<QHelpEvent*>(event);
  for (size_t s = 0; s < m_strips.size(); ++s) {
    const auto all = boxes(s);
    for (size_t i = 0; i < all.size(); ++i) {
      if (!all[i].contains(help->pos())) continue;
      const StripToken& token = m_strips[s].tokens[i];
      const QString name = token.text.empty() ? tr("end of text") : QStringLiteral("“%1”").arg(shown(token));
      QToolTip::showText(help->globalPos(),
                         QStringLiteral("<p>") +
                             tr("%1<br>log-prob %2 nats, reference %3<br>log-ratio %4")
                                 .arg(name.toHtmlEscaped())
                                 .arg(token.log_prob, 0, 'f', 3)
                                 .arg(token.reference, 0, 'f', 3)
                                 .arg(signedNumber(ratio(token), 2)) +
                             QStringLiteral("</p>"),
                         this);
      return true;
    }
  }
  QToolTip::hideText();
  return true;
}

}  // namespace prefscope
