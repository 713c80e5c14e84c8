// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QStyledItemDelegate>

namespace prefscope {

/// Draws the cells of a NamedModel: a share as a bar behind its words; a measured effect as a dot with its range before
/// the band of random removals, with the number, or that there is none, beside it.
class NamedDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

/// The colour of a model of a chain: the first is the base model, the last the run itself.
QColor chainColor(int model, int models);

}  // namespace prefscope
