// SPDX-License-Identifier: GPL-3.0-or-later
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/candidate_chart.h"

// How the candidate chart shares out its room, and paints itself.

namespace prefscope {
namespace {

constexpr int headHeight = 34;
constexpr double titleLeft = 32;
constexpr int leastRowHeight = 18;
constexpr int greatestRowHeight = 33;
constexpr double tickRoom = 36;      // pixels of a number on the axis
constexpr double headingRoom = 100;  // of a plot's name above it
constexpr double roomOfPlots = 256;  // and of the numbers beside the titles
constexpr double columnWidth = 28;   // of the ranks under another model
constexpr double leastTitle = 88;
constexpr double leastPlots = 156;  // axis and bars, beside columns of ranks
constexpr double roomOfTokens = 40;

/// A step of 1, 2 or 5 times a power of ten that cuts the range into about so many parts.
double roundStep(double range, double parts) {
  const double raw = range / parts, power = std::pow(10, std::floor(std::log10(raw)));
  const double part = raw / power;
  return power * (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10);
}

}  // namespace

QSize CandidateChart::minimumSizeHint() const {
  const int rows = m_rank ? static_cast<int>(m_rank->candidates.size()) : 0;
  const double columns = columnWidth * static_cast<double>(m_beside.size()) + columnGap;
  const double beside = m_beside.empty() ? 0 : titleLeft + leastTitle + columns + leastPlots;
  return {std::max(360, static_cast<int>(std::ceil(beside))), headHeight + rows * leastRowHeight};
}

CandidateChart::Layout CandidateChart::layoutNow() const {
  Layout l{};
  const double w = width();
  const auto rows = static_cast<double>(m_rank ? m_rank->candidates.size() : 1);
  l.top = headHeight;
  l.rowHeight = std::clamp((height() - headHeight) / rows, double{leastRowHeight}, double{greatestRowHeight});
  const bool ratios = m_rank && m_rank->has_reference;
  l.barRight = w - 8;
  const double columns = columnWidth * static_cast<double>(m_beside.size());
  const bool narrow = !m_beside.empty() && w - columns < 460;
  l.tokens = !narrow;
  l.barLeft = ratios ? w - (narrow ? 64 : std::max(72.0, (w - columns) * 0.2)) : w;
  l.axisRight = l.barLeft - (narrow ? 20 : 28);
  l.titleLeft = titleLeft;
  // As wide as the longest title, where that leaves the plots enough.
  QFont font = bodyFont();
  font.setWeight(QFont::DemiBold);
  const QFontMetricsF metrics(font);
  double longest = 0;
  for (size_t i = 0; m_rank && i < m_rank->candidates.size(); ++i)
    longest = std::max(longest, metrics.horizontalAdvance(QString::fromStdString(m_rank->candidates[i].title)));
  const double left = w - columns;
  l.titleWidth = narrow ? std::min(longest + 2, left - titleLeft - columnGap - leastPlots)
                        : std::min({longest + 2, left * (ratios ? 0.34 : 0.45), left - roomOfPlots});
  l.tokensRight = l.titleLeft + l.titleWidth + (l.tokens ? roomOfTokens : 0);
  l.besideLeft = l.tokensRight + columnGap;
  l.axisLeft = m_beside.empty() ? l.tokensRight + 16 : l.besideLeft + columns + columnGap;
  return l;
}

void CandidateChart::paintEvent(QPaintEvent*) {
  if (!m_rank) return;
  const Theme& t = theme();
  const RankResult& rank = *m_rank;
  const Layout l = layoutNow();
  const double bottom = l.top + l.rowHeight * static_cast<double>(rank.candidates.size());
  const auto x = [&](double v) { return l.axisLeft + (v - m_low) / (m_high - m_low) * (l.axisRight - l.axisLeft); };
  const double barMiddle = (l.barLeft + l.barRight) / 2;
  QPainter p(this);
  p.setRenderHint(QPainter::Antialiasing);

  p.setFont(smallFont());
  p.setPen(t.muted);
  const auto heading = [&p](double middle, const QString& text) {
    p.drawText(QRectF(middle - headingRoom / 2, 0, headingRoom, 16), Qt::AlignCenter, text);
  };
  heading((l.axisLeft + l.axisRight) / 2, tr("log-prob, nats"));
  const double step = roundStep(m_high - m_low, std::clamp((l.axisRight - l.axisLeft) / tickRoom, 1.0, 6.0));
  for (double v = std::ceil(m_low / step) * step; v <= m_high; v += step) {
    p.setPen(QPen(t.line, 1));
    p.drawLine(QPointF(x(v), l.top), QPointF(x(v), bottom));
    p.setPen(t.muted);
    p.drawText(QRectF(x(v) - 30, 16, 60, 16), Qt::AlignCenter, QString::number(v, 'g', 4));
  }
  if (rank.has_reference) {
    heading(barMiddle, tr("log-ratio, nats"));
    const QString end = QString::number(m_largest, 'f', 2);
    p.drawText(QRectF(l.barLeft - 10, 16, 60, 16), Qt::AlignLeft, QStringLiteral("-") + end);
    p.drawText(QRectF(l.barRight - 52, 16, 60, 16), Qt::AlignRight, QStringLiteral("+") + end);
    p.drawText(QRectF(barMiddle - 20, 16, 40, 16), Qt::AlignCenter, QStringLiteral("0"));
    p.setPen(QPen(t.muted, 1));
    p.drawLine(QPointF(barMiddle, l.top), QPointF(barMiddle, bottom));
  }

  for (size_t i = 0; i < rank.candidates.size(); ++i) {
    const RankedCandidate& c = rank.candidates[i];
    const bool target = c.item == rank.target;
    const double y = l.top + l.rowHeight * (static_cast<double>(i) + 0.5);
    const QRectF row(0, y - l.rowHeight / 2, width(), l.rowHeight);
    QColor behind = t.target;
    behind.setAlphaF(0.13F);
    if (target) p.fillRect(row, behind);
    if (c.item == m_rival) p.fillRect(row, t.selection);
    if (c.item == m_hovered) {
      p.setPen(QPen(t.muted, 1));
      p.setBrush(target || c.item == m_rival ? QBrush(Qt::NoBrush) : QBrush(t.hover));
      p.drawRect(row.adjusted(0.5, 0.5, -0.5, -0.5));
    }
    if (c.item == m_rival && hasFocus()) {
      p.setPen(QPen(t.accent, 2));
      p.setBrush(Qt::NoBrush);
      p.drawRect(row.adjusted(1, 1, -1, -1));
    }
    p.setFont(smallFont());
    p.setPen(t.muted);
    p.drawText(QRectF(0, row.top(), 22, row.height()), Qt::AlignRight | Qt::AlignVCenter, QString::number(i + 1));
    if (l.tokens)
      p.drawText(QRectF(l.tokensRight - 50, row.top(), 50, row.height()), Qt::AlignRight | Qt::AlignVCenter,
                 tr("%1 tok").arg(c.tokens));
    QFont font = bodyFont();
    if (target) font.setWeight(QFont::DemiBold);
    p.setFont(font);
    p.setPen(target ? t.target : t.text);
    p.drawText(QRectF(l.titleLeft, row.top(), l.titleWidth, row.height()), Qt::AlignLeft | Qt::AlignVCenter,
               QFontMetricsF(font).elidedText(QString::fromStdString(c.title), Qt::ElideRight, l.titleWidth));

    const QColor color = target ? t.target : t.dmpo;
    const double now = x(c.log_prob);
    if (rank.has_reference) {
      const double before = x(c.log_prob - c.log_ratio);
      p.setPen(QPen(target ? t.target : t.line, 2));
      p.drawLine(QPointF(before, y), QPointF(now, y));
      p.setPen(QPen(t.muted, 1.6));
      p.setBrush(t.surface);
      p.drawEllipse(QPointF(before, y), 5.5, 5.5);
      p.setPen(Qt::NoPen);
      p.setBrush(c.log_ratio >= 0 ? t.positive : t.negative);
      const double end = barMiddle + (m_largest > 0 ? c.log_ratio / m_largest : 0) * (l.barRight - barMiddle);
      p.drawRect(QRectF(std::min(barMiddle, end), y - 4, std::abs(end - barMiddle), 8));
    }
    if (c.spread > 0) {
      p.setPen(QPen(t.text, 1.2));
      p.drawLine(QPointF(x(c.log_prob - c.spread), y), QPointF(x(c.log_prob + c.spread), y));
    }
    p.setPen(Qt::NoPen);
    p.setBrush(color);
    p.drawEllipse(QPointF(now, y), 4, 4);
  }
  paintBeside(p, l);
}

/// Names stand in turn on two lines, so that each has the room of two columns.
void CandidateChart::paintBeside(QPainter& p, const Layout& l) const {
  const Theme& t = theme();
  p.setFont(smallFont());
  const QFontMetricsF metrics(smallFont());
  for (size_t m = 0; m < m_beside.size(); ++m) {
    const Column& column = m_beside[m];
    const double middle = l.besideLeft + columnWidth * (static_cast<double>(m) + 0.5);
    const double room = m_beside.size() > 1 ? 2 * columnWidth - 2 : 72;
    p.setPen(t.muted);
    p.drawText(QRectF(middle - room / 2, m % 2 == 0 ? 16 : 0, room, 16), Qt::AlignCenter,
               metrics.elidedText(column.name, Qt::ElideRight, room));
    for (size_t i = 0; i < column.ranks.size(); ++i) {
      p.setPen(m_rank->candidates[i].item == m_rank->target ? t.target : t.text);
      p.drawText(
          QRectF(middle - columnWidth / 2, l.top + l.rowHeight * static_cast<double>(i), columnWidth, l.rowHeight),
          Qt::AlignCenter, rankText(column.ranks[i]));
    }
  }
}

}  // namespace prefscope
