// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/evidence_chart.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/signed_number.h"

namespace prefscope {
namespace {

constexpr int rowHeight = 34, headHeight = 18;
constexpr double textLeft = 18, plotShare = 0.38, edge = 6;

QString attributesOf(const ItemText& item) {
  QStringList values;
  for (const auto& attribute : item.attributes) values << QString::fromStdString(attribute.second);
  return values.join(QStringLiteral(" · "));
}

}  // namespace

EvidenceChart::EvidenceChart(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("History of the user, with effects on the margin"));
}

void EvidenceChart::setHistory(const std::vector<ItemText>& items) {
  m_items = items;
  m_cited.clear();
  m_pointed.clear();
  m_evidence.reset();
  speak();
  updateGeometry();
  update();
}

void EvidenceChart::setCited(const std::vector<size_t>& positions) {
  m_cited = positions;
  speak();
  update();
}

void EvidenceChart::setPointed(const std::vector<size_t>& positions) {
  m_pointed = positions;
  update();
}

QRect EvidenceChart::rowRect(size_t position) const {
  return {0, headHeight + static_cast<int>(position) * rowHeight, width(), rowHeight};
}

void EvidenceChart::setEvidence(const std::optional<Occlusion>& evidence) {
  m_evidence = evidence;
  m_largest = 0;
  if (evidence) {
    m_largest = std::max(std::abs(evidence->band_low), std::abs(evidence->band_high));
    for (const ItemEffect& e : evidence->items) m_largest = std::max({m_largest, std::abs(e.low), std::abs(e.high)});
  }
  m_largest = m_largest > 0 ? m_largest * 1.05 : 1;
  speak();
  update();
}

void EvidenceChart::speak() {
  QStringList spoken;
  for (size_t i = 0; i < m_items.size(); ++i) {
    QString text = QString::fromStdString(m_items[i].title);
    if (m_evidence && i < m_evidence->items.size())
      text += tr(": %1 nats").arg(signedNumber(m_evidence->items[i].deletion, 3));
    if (isCited(i)) text += tr(", cited by the rationale");
    spoken << text;
  }
  setAccessibleDescription(spoken.join(QStringLiteral("; ")));
}

bool EvidenceChart::isCited(size_t position) const {
  return std::find(m_cited.begin(), m_cited.end(), position) != m_cited.end();
}

QSize EvidenceChart::minimumSizeHint() const {
  return {140, headHeight + static_cast<int>(m_items.size()) * rowHeight};
}

QSize EvidenceChart::sizeHint() const {
  return minimumSizeHint();
}

int EvidenceChart::rowAt(const QPointF& position) const {
  const int row = static_cast<int>(std::floor((position.y() - headHeight) / rowHeight));
  return position.y() >= headHeight && row < static_cast<int>(m_items.size()) ? row : -1;
}

void EvidenceChart::paintEvent(QPaintEvent*) {
  const Theme& t = theme();
  QPainter p(this);
  p.setRenderHint(QPainter::Antialiasing);
  const double plotLeft = m_evidence ? width() * (1 - plotShare) : width(), plotRight = width() - edge;
  const double middle = (plotLeft + plotRight) / 2, half = (plotRight - plotLeft) / 2;
  const auto x = [&](double value) { return middle + value / m_largest * half; };
  const double bottom = headHeight + rowHeight * static_cast<double>(m_items.size());
  for (const size_t position : m_pointed) p.fillRect(rowRect(position), t.selection);
  if (m_evidence) {
    QColor band = t.muted;
    band.setAlphaF(0.18F);
    p.fillRect(QRectF(QPointF(x(m_evidence->band_low), headHeight), QPointF(x(m_evidence->band_high), bottom)), band);
    p.setFont(smallFont());
    p.setPen(t.muted);
    const QString end = QString::number(m_largest, 'f', m_largest < 1 ? 2 : 1);
    p.drawText(QRectF(plotLeft - edge, 0, half, headHeight), Qt::AlignLeft | Qt::AlignTop, QStringLiteral("−") + end);
    p.drawText(QRectF(middle, 0, half + edge, headHeight), Qt::AlignRight | Qt::AlignTop, QStringLiteral("+") + end);
    p.drawText(QRectF(middle - 10, 0, 20, headHeight), Qt::AlignHCenter | Qt::AlignTop, QStringLiteral("0"));
    p.setPen(QPen(t.muted, 1));
    p.drawLine(QPointF(middle, headHeight), QPointF(middle, bottom));
  }
  for (size_t i = 0; i < m_items.size(); ++i) {
    const double top = headHeight + rowHeight * static_cast<double>(i), y = top + rowHeight / 2.0;
    const bool cited = isCited(i);
    p.setPen(QPen(cited ? t.accent : t.muted, 1.2));
    p.setBrush(cited ? QBrush(t.accent) : QBrush(Qt::NoBrush));
    p.drawEllipse(QPointF(8, top + 10), 3.5, 3.5);
    const double room = plotLeft - textLeft - edge;
    p.setFont(bodyFont());
    p.setPen(t.text);
    p.drawText(QRectF(textLeft, top, room, 20), Qt::AlignLeft | Qt::AlignVCenter,
               QFontMetricsF(bodyFont()).elidedText(QString::fromStdString(m_items[i].title), Qt::ElideRight, room));
    p.setFont(smallFont());
    p.setPen(t.muted);
    p.drawText(QRectF(textLeft, top + 17, room, 15), Qt::AlignLeft | Qt::AlignVCenter,
               QFontMetricsF(smallFont()).elidedText(attributesOf(m_items[i]), Qt::ElideRight, room));
    if (!m_evidence || i >= m_evidence->items.size()) continue;
    const ItemEffect& e = m_evidence->items[i];
    QColor color = e.deletion >= 0 ? t.positive : t.negative;
    if (!e.beyond) color.setAlphaF(0.35F);  // as a random removal would do
    const double bar = x(e.deletion);
    p.fillRect(QRectF(std::min(middle, bar), y - 4, std::abs(bar - middle), 8), color);
    p.setPen(QPen(t.text, 1.2));
    p.drawLine(QPointF(x(e.low), y), QPointF(x(e.high), y));
  }
}

bool EvidenceChart::event(QEvent* event) {
  if (event->type() == QEvent::StyleChange) update();
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  auto* help = static_cast<QHelpEvent*>(event);
  const int row = rowAt(help->pos());
  if (row < 0) {
    QToolTip::hideText();
    return true;
  }
  const auto i = static_cast<size_t>(row);
  QStringList lines = {QStringLiteral("<b>") + QString::fromStdString(m_items[i].title).toHtmlEscaped() +
                       QStringLiteral("</b>")};
  for (const auto& [name, value] : m_items[i].attributes)
    lines << QString::fromStdString(name + ": " + value).toHtmlEscaped();
  if (m_evidence && i < m_evidence->items.size()) {
    const ItemEffect& e = m_evidence->items[i];
    lines << tr("without it the margin falls by %1 nats").arg(signedNumber(e.deletion, 3));
    if (!e.replacement.empty())
      lines << tr("with neutral items in its place too: %1 to %2").arg(signedNumber(e.low, 3), signedNumber(e.high, 3));
    lines << (e.beyond ? tr("more than removing a neutral item does (%1 to %2)")
                       : tr("no more than removing a neutral item does (%1 to %2)"))
                 .arg(signedNumber(m_evidence->band_low, 3), signedNumber(m_evidence->band_high, 3));
  }
  QToolTip::showText(help->globalPos(),
                     QStringLiteral("<p>") + lines.join(QStringLiteral("<br>")) + QStringLiteral("</p>"), this);
  return true;
}

}  // namespace prefscope
