// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/named_delegate.h"

#include <QApplication>
#include <QPainter>
#include <QWidget>
#include <algorithm>

#include "ui/models/named_model.h"
#include "ui/theme.h"

namespace prefscope {
namespace {

constexpr double wordsWidth = 118, edge = 6;

}  // namespace

QColor chainColor(int model, int models) {
  return model == 0 ? theme().base : model + 1 == models ? theme().dmpo : theme().sft;
}

void NamedDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const QVariant share = index.data(NamedModel::ShareRole), effect = index.data(NamedModel::EffectRole);
  if (!share.isValid() && !effect.isValid()) return QStyledItemDelegate::paint(painter, option, index);
  const Theme& t = theme();
  QStyleOptionViewItem cell = option;
  initStyleOption(&cell, index);
  const QString text = cell.text;
  cell.text.clear();
  const QStyle* style = cell.widget ? cell.widget->style() : QApplication::style();
  style->drawControl(QStyle::CE_ItemViewItem, &cell, painter, cell.widget);  // its background
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  const QRectF room = QRectF(option.rect).adjusted(edge, 3, -edge, -3);
  if (share.isValid()) {
    const int model = index.data(NamedModel::ModelRole).toInt();
    const int models = (index.model()->columnCount() - NamedModel::FirstShare - 1) / 2;
    QColor color = model < 0 ? t.muted : chainColor(model, models);
    color.setAlphaF(0.22F);
    painter->fillRect(QRectF(room.left(), room.top(), room.width() * share.toDouble(), room.height()), color);
    painter->setFont(bodyFont());
    painter->setPen(share.toDouble() > 0 ? t.text : t.muted);
    painter->drawText(room.adjusted(4, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, text);
    painter->restore();
    return;
  }
  const auto e = effect.value<NamedModel::Effect>();
  const QRectF plot(room.left(), room.top(), std::max(0.0, room.width() - wordsWidth), room.height());
  const double middle = plot.center().x(), half = plot.width() / 2, y = plot.center().y();
  const auto x = [&](double value) { return middle + std::clamp(value / e.largest, -1.0, 1.0) * half; };
  QColor band = t.muted;
  band.setAlphaF(0.25F);
  painter->fillRect(QRectF(QPointF(x(e.bandLow), plot.top()), QPointF(x(e.bandHigh), plot.bottom())), band);
  painter->setPen(QPen(t.muted, 1));
  painter->drawLine(QPointF(middle, plot.top()), QPointF(middle, plot.bottom()));
  const QColor color = !e.beyond ? t.muted : e.value >= 0 ? t.positive : t.negative;
  painter->setPen(QPen(color, 1.6));
  painter->drawLine(QPointF(x(e.low), y), QPointF(x(e.high), y));
  painter->setBrush(color);
  painter->drawEllipse(QPointF(x(e.value), y), 3, 3);
  painter->setFont(e.beyond ? bodyFont() : smallFont());
  painter->setPen(e.beyond ? t.text : t.muted);
  const QRectF words(plot.right() + edge, room.top(), room.right() - plot.right() - edge, room.height());
  painter->drawText(words, Qt::AlignLeft | Qt::AlignVCenter,
                    painter->fontMetrics().elidedText(text, Qt::ElideRight, static_cast<int>(words.width())));
  painter->restore();
}

}  // namespace prefscope
