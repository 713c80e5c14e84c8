// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/interval_chart.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"

namespace prefscope {
namespace {

constexpr int axisHeight = 22;
constexpr int leastRowHeight = 24;
constexpr int usualRowHeight = 26;
constexpr int greatestRowHeight = 40;
constexpr double leastNameWidth = 110, greatestNameShare = 0.3;  // pixels; of the whole width
constexpr double numbersWidth = 170;

}  // namespace

QColor modelColor(const QString& title) {
  const Theme& t = theme();
  if (title.startsWith(QStringLiteral("base"))) return t.base;
  if (title.startsWith(QStringLiteral("SFT"))) return t.sft;
  return title.contains(QStringLiteral("DMPO")) ? t.dmpo : t.classic;
}

IntervalChart::IntervalChart(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Models compared"));
}

void IntervalChart::setData(const Evaluation& evaluation, const QStringList& titles, const std::string& metric,
                            std::optional<double> chance) {
  m_evaluation = evaluation;
  m_titles = titles;
  m_metric = metric;
  m_chance = chance;
  QStringList spoken;
  for (size_t i = 0; i < evaluation.rows.size(); ++i) {
    const auto& metrics = evaluation.rows[i].metrics;
    if (const auto m = metrics.find(metric); m != metrics.end())
      spoken << QStringLiteral("%1 %2").arg(titles.value(static_cast<qsizetype>(i))).arg(m->second.value, 0, 'f', 3);
  }
  setAccessibleDescription(spoken.join(QStringLiteral(", ")));
  updateGeometry();
  update();
}

QSize IntervalChart::sizeHint() const {
  return {640, axisHeight + usualRowHeight * static_cast<int>(m_evaluation.rows.size())};
}

QSize IntervalChart::minimumSizeHint() const {
  return {420, axisHeight + leastRowHeight * static_cast<int>(m_evaluation.rows.size())};
}

void IntervalChart::paintEvent(QPaintEvent*) {
  const auto rows = static_cast<double>(m_evaluation.rows.size());
  if (rows == 0) return;
  const Theme& t = theme();
  QPainter p(this);
  p.setRenderHint(QPainter::Antialiasing);
  QFont bold = bodyFont();
  bold.setWeight(QFont::DemiBold);
  const QFontMetricsF metrics(bold);
  double widest = leastNameWidth;
  for (const QString& title : m_titles) widest = std::max(widest, metrics.horizontalAdvance(title) + 12);
  const double left = std::min(widest, std::max(leastNameWidth, greatestNameShare * width()));
  const double right = width() - numbersWidth;
  const double rowHeight =
      std::clamp((height() - axisHeight) / rows, double{leastRowHeight}, double{greatestRowHeight});
  const double bottom = rowHeight * rows;
  const auto x = [&](double v) { return left + v * (right - left); };

  p.setFont(smallFont());
  for (int i = 0; i <= 4; ++i) {
    const double v = i / 4.0;
    p.setPen(QPen(i == 0 ? t.muted : t.line, 1));
    p.drawLine(QPointF(x(v), 0), QPointF(x(v), bottom));
    p.setPen(t.muted);
    p.drawText(QRectF(x(v) - 24, bottom + 2, 48, axisHeight - 4), Qt::AlignCenter, QString::number(v));
  }
  if (m_chance) {
    p.setPen(QPen(t.muted, 1, Qt::DashLine));
    p.drawLine(QPointF(x(*m_chance), 0), QPointF(x(*m_chance), bottom));
  }
  for (size_t i = 0; i < m_evaluation.rows.size(); ++i) {
    const EvaluationRow& row = m_evaluation.rows[i];
    const double top = rowHeight * static_cast<double>(i), y = top + rowHeight / 2;
    const QString title = m_titles.value(static_cast<qsizetype>(i));
    const QColor color = modelColor(title);
    QFont font = bodyFont();
    font.setWeight(row.run ? QFont::DemiBold : QFont::Normal);
    p.setFont(font);
    p.setPen(color);
    p.drawText(QRectF(0, top, left - 8, rowHeight), Qt::AlignLeft | Qt::AlignVCenter,
               metrics.elidedText(title, Qt::ElideRight, left - 8));
    const auto metric = row.metrics.find(m_metric);
    if (metric == row.metrics.end()) continue;
    const Interval& v = metric->second;
    p.setPen(QPen(color, 2));
    p.drawLine(QPointF(x(v.low), y), QPointF(x(v.high), y));
    p.setPen(Qt::NoPen);
    p.setBrush(color);
    p.drawEllipse(QPointF(x(v.value), y), 5, 5);
    p.setPen(t.text);
    p.setFont(font);
    p.drawText(QRectF(right + 12, top, 52, rowHeight), Qt::AlignRight | Qt::AlignVCenter,
               QString::number(v.value, 'f', 3));
    p.setPen(t.muted);
    p.setFont(smallFont());
    p.drawText(QRectF(right + 70, top, numbersWidth - 72, rowHeight), Qt::AlignLeft | Qt::AlignVCenter,
               tr("%1 to %2").arg(v.low, 0, 'f', 3).arg(v.high, 0, 'f', 3));
  }
}

}  // namespace prefscope
