// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/evidence_chart.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/explain/evidence_text.h"
#include "ui/theme.h"
#include "ui/widgets/picture_menu.h"
#include "ui/widgets/signed_number.h"

namespace prefscope {
namespace {

constexpr int rowHeight = 34, headHeight = 18;
constexpr double textLeft = 18, plotShare = 0.38, edge = 6;
constexpr double valueWidth = 56;
constexpr double roomForZero = 44;   // between the numbers at the ends of the axis
constexpr int widthForValues = 240;  // narrower, and there would be no bars

QString attributesOf(const ItemText& item) {
  QStringList values;
  for (const auto& attribute : item.attributes) values << QString::fromStdString(attribute.second);
  return values.join(QStringLiteral(" · "));
}

}  // namespace

EvidenceChart::EvidenceChart(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("History of the user, with effects on the margin"));
  addPictureMenu(
      this, QStringLiteral("evidence"), [this] { return csv(); },
      [this](QPaintDevice* device) {
        QPainter p;
        if (!p.begin(device)) return false;
        draw(p, 0);
        return true;
      });
}

void EvidenceChart::setHistory(const std::vector<ItemText>& items) {
  m_items = items;
  m_cited.clear();
  m_pointed.clear();
  m_evidence.reset();
  arrange();
  updateGeometry();
}

void EvidenceChart::setOrder(Order order) {
  m_order = order;
  arrange();
}

void EvidenceChart::arrange() {
  m_rows.resize(m_items.size());
  std::iota(m_rows.begin(), m_rows.end(), size_t{0});
  if (m_order == Order::Effect) {
    const auto size = [this](size_t position) {
      const ItemEffect* effect = effectOf(position);
      return effect ? std::abs(effect->deletion) : 0;
    };
    std::stable_sort(m_rows.begin(), m_rows.end(), [&](size_t a, size_t b) { return size(a) > size(b); });
  }
  speak();
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
  const auto row = std::find(m_rows.begin(), m_rows.end(), position) - m_rows.begin();
  return {0, headHeight + static_cast<int>(row) * rowHeight, width(), rowHeight};
}

void EvidenceChart::setEvidence(const std::optional<Occlusion>& evidence, const QString& item, const QString& rival) {
  m_evidence = evidence;
  m_item = item;
  m_rival = rival;
  m_largest = 0;
  if (evidence) {
    m_largest = std::max(std::abs(evidence->band_low), std::abs(evidence->band_high));
    for (const ItemEffect& e : evidence->items) m_largest = std::max({m_largest, std::abs(e.low), std::abs(e.high)});
  }
  m_largest = m_largest > 0 ? m_largest * 1.05 : 1;
  arrange();
}

void EvidenceChart::speak() {
  QStringList spoken;
  for (const size_t i : m_rows) {
    QString text = QString::fromStdString(m_items[i].title);
    if (const ItemEffect* effect = effectOf(i)) text += tr(": %1 nats").arg(signedNumber(effect->deletion, 3));
    if (isCited(i)) text += tr(", cited by the rationale");
    spoken << text;
  }
  setAccessibleDescription(spoken.join(QStringLiteral("; ")));
}

QString EvidenceChart::csv() const {
  QString text = QStringLiteral("position,title,deletion,low,high,beyond,cited\n");
  for (const size_t i : m_rows) {
    QStringList fields = {QString::number(i + 1), QString::fromStdString(m_items[i].title)};
    if (const ItemEffect* e = effectOf(i)) {
      fields << exact(e->deletion) << exact(e->low) << exact(e->high) << QString::number(e->beyond ? 1 : 0);
    } else {
      fields << QString() << QString() << QString() << QString();
    }
    text += csvLine(fields << QString::number(isCited(i) ? 1 : 0));
  }
  return text;
}

const ItemEffect* EvidenceChart::effectOf(size_t position) const {
  return m_evidence && position < m_evidence->items.size() ? &m_evidence->items[position] : nullptr;
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
  if (position.y() < std::max(0, -y()) + headHeight) return -1;  // the axis
  const int row = static_cast<int>(std::floor((position.y() - headHeight) / rowHeight));
  return row < static_cast<int>(m_rows.size()) ? row : -1;
}

bool EvidenceChart::showsValues() const {
  return m_evidence && width() >= widthForValues;
}

double EvidenceChart::plotLeft() const {
  return m_evidence ? width() * (1 - plotShare) : width();
}

double EvidenceChart::plotRight() const {
  return width() - edge - (showsValues() ? valueWidth : 0);
}

double EvidenceChart::x(double nats) const {
  return (plotLeft() + plotRight()) / 2 + nats / m_largest * (plotRight() - plotLeft()) / 2;
}

void EvidenceChart::paintEvent(QPaintEvent*) {
  QPainter p(this);
  draw(p, std::max(0, -y()));  // above what is scrolled away
}

void EvidenceChart::moveEvent(QMoveEvent*) {
  update();  // the axis stays, so it is elsewhere on the widget
}

void EvidenceChart::draw(QPainter& p, double axisTop) const {
  const Theme& t = theme();
  p.setRenderHint(QPainter::Antialiasing);
  const double bottom = headHeight + rowHeight * static_cast<double>(m_items.size());
  for (const size_t position : m_pointed) p.fillRect(rowRect(position), t.selection);
  if (m_evidence) {
    QColor band = t.muted;
    band.setAlphaF(0.18F);
    p.fillRect(QRectF(QPointF(x(m_evidence->band_low), headHeight), QPointF(x(m_evidence->band_high), bottom)), band);
    p.setPen(QPen(t.muted, 1));
    p.drawLine(QPointF(x(0), headHeight), QPointF(x(0), bottom));
  }
  for (size_t row = 0; row < m_rows.size(); ++row) drawRow(p, row);
  if (!m_evidence) return;
  p.fillRect(QRectF(0, axisTop, width(), headHeight), t.surface);
  p.setFont(smallFont());
  p.setPen(t.muted);
  const double middle = x(0), half = (plotRight() - plotLeft()) / 2;
  const QString end = QString::number(m_largest, 'f', m_largest < 1 ? 2 : 1);
  p.drawText(QRectF(0, axisTop, plotLeft() - edge, headHeight), Qt::AlignLeft | Qt::AlignTop,
             m_order == Order::Time ? tr("oldest first") : tr("largest effect first"));
  p.drawText(QRectF(plotLeft() - edge, axisTop, half, headHeight), Qt::AlignLeft | Qt::AlignTop,
             QStringLiteral("−") + end);
  p.drawText(QRectF(middle, axisTop, half + edge, headHeight), Qt::AlignRight | Qt::AlignTop,
             QStringLiteral("+") + end);
  if (half > roomForZero)
    p.drawText(QRectF(middle - 10, axisTop, 20, headHeight), Qt::AlignHCenter | Qt::AlignTop, QStringLiteral("0"));
  if (showsValues())
    p.drawText(QRectF(width() - valueWidth, axisTop, valueWidth - edge, headHeight), Qt::AlignRight | Qt::AlignTop,
               tr("nats"));
}

void EvidenceChart::drawRow(QPainter& p, size_t row) const {
  const Theme& t = theme();
  const size_t i = m_rows[row];
  const double top = headHeight + rowHeight * static_cast<double>(row), y = top + rowHeight / 2.0;
  const bool cited = isCited(i);
  p.setPen(QPen(cited ? t.accent : t.muted, 1.2));
  p.setBrush(cited ? QBrush(t.accent) : QBrush(Qt::NoBrush));
  p.drawEllipse(QPointF(8, top + 10), 3.5, 3.5);
  const double room = plotLeft() - textLeft - edge;
  p.setFont(bodyFont());
  p.setPen(t.text);
  p.drawText(QRectF(textLeft, top, room, 20), Qt::AlignLeft | Qt::AlignVCenter,
             QFontMetricsF(bodyFont()).elidedText(QString::fromStdString(m_items[i].title), Qt::ElideRight, room));
  p.setFont(smallFont());
  p.setPen(t.muted);
  p.drawText(QRectF(textLeft, top + 17, room, 15), Qt::AlignLeft | Qt::AlignVCenter,
             QFontMetricsF(smallFont()).elidedText(attributesOf(m_items[i]), Qt::ElideRight, room));
  const ItemEffect* e = effectOf(i);
  if (!e) return;
  QColor color = e->deletion >= 0 ? t.positive : t.negative;
  if (!e->beyond) color.setAlphaF(0.35F);  // as a random removal would do
  const double middle = x(0), bar = x(e->deletion);
  p.fillRect(QRectF(std::min(middle, bar), y - 4, std::abs(bar - middle), 8), color);
  p.setPen(QPen(t.text, 1.2));
  p.drawLine(QPointF(x(e->low), y), QPointF(x(e->high), y));
  if (!showsValues()) return;
  QFont font = bodyFont();
  if (e->beyond) font.setWeight(QFont::DemiBold);
  p.setFont(font);
  p.setPen(e->beyond ? t.text : t.muted);
  p.drawText(QRectF(width() - valueWidth, top, valueWidth - edge, rowHeight), Qt::AlignRight | Qt::AlignVCenter,
             signedNumber(e->deletion, 3));
}

QString EvidenceChart::tip(size_t position) const {
  QStringList lines;
  for (const auto& [name, value] : m_items.at(position).attributes)
    lines << QString::fromStdString(name + ": " + value).toHtmlEscaped();
  if (const ItemEffect* e = effectOf(position)) {
    lines << QString::fromStdString(effect_text(e->deletion, m_item.toStdString(), m_rival.toStdString()))
                 .toHtmlEscaped();
    if (!e->replacement.empty())
      lines << tr("effect with neutral items in its place too: %1 to %2")
                   .arg(signedNumber(e->low, 3), signedNumber(e->high, 3));
    lines << (e->beyond ? tr("solid: outside of what removing a neutral item does (%1 to %2)")
                        : tr("pale: not outside of what removing a neutral item does (%1 to %2)"))
                 .arg(signedNumber(m_evidence->band_low, 3), signedNumber(m_evidence->band_high, 3));
  }
  return QStringLiteral("<p><b>%1</b>%2</p>")
      .arg(QString::fromStdString(m_items[position].title).toHtmlEscaped(),
           lines.isEmpty() ? QString() : QStringLiteral("<br>") + lines.join(QStringLiteral("<br>")));
}

bool EvidenceChart::event(QEvent* event) {
  if (event->type() == QEvent::StyleChange) update();
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  auto* help = static_cast<QHelpEvent*>(event);
  const int row = rowAt(help->pos());
  if (row >= 0) {
    QToolTip::showText(help->globalPos(), tip(m_rows[static_cast<size_t>(row)]), this);
  } else if (m_evidence) {
    const std::string meaning = effects_meaning(m_item.toStdString(), m_rival.toStdString());
    QToolTip::showText(help->globalPos(),
                       QStringLiteral("<p>%1</p>").arg(QString::fromStdString(meaning).toHtmlEscaped()), this);
  } else {
    QToolTip::hideText();
  }
  return true;
}

}  // namespace prefscope
