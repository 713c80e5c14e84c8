// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/score_waterfall.h"

#include <QEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/picture_menu.h"
#include "ui/widgets/signed_number.h"

namespace prefscope {
namespace {

constexpr double titleHeight = 20, leastRow = 16, greatestRow = 24, nameRoom = 56, valueRoom = 44, gap = 16;

}  // namespace

ScoreWaterfall::ScoreWaterfall(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("What each model added to the score"));
  setMouseTracking(true);
  addPictureMenu(this, QStringLiteral("waterfall"), [this] { return csv(); });
}

void ScoreWaterfall::setHovered(qint64 item) {
  if (item == m_hovered) return;
  m_hovered = item;
  update();
}

void ScoreWaterfall::mouseMoveEvent(QMouseEvent* event) {
  const auto columns = static_cast<double>(m_columns.size());
  const auto column = static_cast<size_t>(std::max(0.0, event->position().x() / (width() + gap) * columns));
  const qint64 item = column < m_columns.size() ? m_columns[column].item : 0;
  if (item == m_hovered) return;
  setHovered(item);
  Q_EMIT candidateHovered(item);
}

void ScoreWaterfall::leaveEvent(QEvent*) {
  if (m_hovered == 0) return;
  setHovered(0);
  Q_EMIT candidateHovered(0);
}

void ScoreWaterfall::setColumns(const QStringList& models, std::vector<Column> columns) {
  m_models = models;
  m_columns = std::move(columns);
  m_low = INFINITY;
  m_high = -INFINITY;
  QStringList spoken;
  for (const Column& c : m_columns) {
    double at = c.base;
    m_low = std::min(m_low, at);
    m_high = std::max(m_high, at);
    QString text = tr("%1: base %2").arg(c.title, QString::number(c.base, 'f', 2));
    for (size_t i = 0; i < c.added.size(); ++i) {
      at += c.added[i];
      m_low = std::min(m_low, at);
      m_high = std::max(m_high, at);
      text += tr(", %1 %2").arg(m_models.value(static_cast<int>(i) + 1), signedNumber(c.added[i], 2));
    }
    spoken << text + tr(", sum %1 nats").arg(QString::number(at, 'f', 2));
  }
  const double room = std::max(0.1, (m_high - m_low) * 0.05);
  m_low -= room;
  m_high += room;
  setAccessibleDescription(spoken.join(QStringLiteral("; ")));
  updateGeometry();
  update();
}

QString ScoreWaterfall::csv() const {
  QString text = QStringLiteral("title,part,nats\n");
  for (const Column& c : m_columns) {
    double sum = c.base;
    text += csvLine({c.title, m_models.value(0), exact(c.base)});
    for (size_t i = 0; i < c.added.size(); ++i) {
      text += csvLine({c.title, m_models.value(static_cast<int>(i) + 1), exact(c.added[i])});
      sum += c.added[i];
    }
    text += csvLine({c.title, QStringLiteral("sum"), exact(sum)});
  }
  return text;
}

QSize ScoreWaterfall::minimumSizeHint() const {
  return {static_cast<int>(2 * (nameRoom + valueRoom + 40) + gap),
          static_cast<int>(titleHeight + leastRow * (static_cast<double>(m_models.size()) + 1))};
}

void ScoreWaterfall::paintEvent(QPaintEvent*) {
  if (m_columns.empty()) return;
  const Theme& t = theme();
  QPainter p(this);
  p.setRenderHint(QPainter::Antialiasing);
  const auto columns = static_cast<double>(m_columns.size());
  const double width = (this->width() - gap * (columns - 1)) / columns;
  const double rows = static_cast<double>(m_models.size()) + 1;
  const double rowHeight = std::clamp((height() - titleHeight) / rows, leastRow, greatestRow);
  for (size_t n = 0; n < m_columns.size(); ++n) {
    const Column& c = m_columns[n];
    const double left = static_cast<double>(n) * (width + gap), plotLeft = left + nameRoom;
    const double plotRight = left + width - valueRoom;
    const auto x = [&](double v) { return plotLeft + (v - m_low) / (m_high - m_low) * (plotRight - plotLeft); };
    if (c.item != 0 && c.item == m_hovered)
      p.fillRect(QRectF(left - gap / 4, 0, width + gap / 2, titleHeight + rows * rowHeight), t.hover);
    QFont strong = smallFont();
    strong.setWeight(QFont::DemiBold);
    p.setFont(strong);
    p.setPen(c.color);
    p.drawText(QRectF(left, 0, width, titleHeight), Qt::AlignLeft | Qt::AlignVCenter,
               QFontMetricsF(strong).elidedText(c.title, Qt::ElideRight, width));
    const auto text = [&](double row, const QString& name, const QString& value, bool bold) {
      const double top = titleHeight + row * rowHeight;
      p.setFont(bold ? strong : smallFont());
      p.setPen(bold ? t.text : t.muted);
      p.drawText(QRectF(left, top, nameRoom - 8, rowHeight), Qt::AlignLeft | Qt::AlignVCenter,
                 p.fontMetrics().elidedText(name, Qt::ElideRight, static_cast<int>(nameRoom) - 8));
      p.drawText(QRectF(plotRight, top, valueRoom, rowHeight), Qt::AlignRight | Qt::AlignVCenter, value);
    };
    const auto dot = [&](double row, double value, const QColor& color) {
      p.setPen(Qt::NoPen);
      p.setBrush(color);
      p.drawEllipse(QPointF(x(value), titleHeight + (row + 0.5) * rowHeight), 4, 4);
    };
    double at = c.base, row = 0;
    text(row, m_models.value(0), QString::number(c.base, 'f', 2), false);
    dot(row, at, t.base);
    for (size_t i = 0; i < c.added.size(); ++i) {
      const double next = at + c.added[i], middle = titleHeight + (row + 1.5) * rowHeight;
      p.setPen(QPen(t.line, 1));
      p.drawLine(QPointF(x(at), titleHeight + (row + 0.5) * rowHeight), QPointF(x(at), middle + 5));
      row += 1;
      text(row, m_models.value(static_cast<int>(i) + 1), signedNumber(c.added[i], 2), false);
      p.fillRect(QRectF(std::min(x(at), x(next)), middle - 5, std::max(1.0, std::abs(x(next) - x(at))), 10),
                 c.added[i] >= 0 ? t.positive : t.negative);
      at = next;
    }
    p.setPen(QPen(t.line, 1));
    p.drawLine(QPointF(x(at), titleHeight + (row + 0.5) * rowHeight),
               QPointF(x(at), titleHeight + (row + 1.5) * rowHeight));
    row += 1;
    text(row, tr("sum"), QString::number(at, 'f', 2), true);
    dot(row, at, c.color);
  }
}

void ScoreWaterfall::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange) update();
  QWidget::changeEvent(event);
}

}  // namespace prefscope
