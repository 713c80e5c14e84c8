// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/text_table.h"

#include <QEvent>
#include <QHeaderView>
#include <QResizeEvent>
#include <algorithm>

namespace prefscope {
namespace {

constexpr int leastRowHeight = 24;
constexpr int numberSpace = 16;       // before a column of numbers
constexpr int mostColumnWidth = 260;  // of a column that is not the wide one: a file's name may be long

}  // namespace

TextTable::TextTable(const QString& name, const std::vector<TextColumn>& columns, int mostPixels, QWidget* parent)
    : QTableWidget(0, static_cast<int>(columns.size()), parent), m_columns(columns), m_mostPixels(mostPixels) {
  setAccessibleName(name);
  setShowGrid(false);
  setWordWrap(true);
  setCornerButtonEnabled(false);
  setSelectionBehavior(QAbstractItemView::SelectRows);
  setSelectionMode(QAbstractItemView::SingleSelection);
  setEditTriggers(QAbstractItemView::NoEditTriggers);
  setTabKeyNavigation(false);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  verticalHeader()->hide();
  verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  verticalHeader()->setMinimumSectionSize(leastRowHeight);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setMaximumSectionSize(mostColumnWidth * 8);
  for (int c = 0; c < columnCount(); ++c) {
    const TextColumn& column = m_columns[static_cast<size_t>(c)];
    auto* title = new QTableWidgetItem(column.title);
    title->setTextAlignment((column.number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    setHorizontalHeaderItem(c, title);
    horizontalHeader()->setSectionResizeMode(c, column.wide ? QHeaderView::Stretch : QHeaderView::Fixed);
  }
}

void TextTable::setRows(const std::vector<QStringList>& rows) {
  setRowCount(static_cast<int>(rows.size()));
  for (int r = 0; r < rowCount(); ++r) {
    for (int c = 0; c < columnCount(); ++c) {
      auto* item = new QTableWidgetItem(rows[static_cast<size_t>(r)].value(c));
      item->setTextAlignment((m_columns[static_cast<size_t>(c)].number ? Qt::AlignRight : Qt::AlignLeft) |
                             Qt::AlignTop);
      setItem(r, c, item);
    }
  }
  setCurrentCell(-1, -1);
  fit();
}

void TextTable::fit() {
  m_fittedWidth = viewport()->width();
  for (int c = 0; c < columnCount(); ++c) {
    const TextColumn& column = m_columns[static_cast<size_t>(c)];
    if (column.wide) continue;
    const int least = std::max(sizeHintForColumn(c), horizontalHeader()->sectionSizeHint(c));
    setColumnWidth(c, std::min(mostColumnWidth, least + (column.number && c > 0 ? numberSpace : 0)));
  }
  int height = horizontalHeader()->sizeHint().height() + 2 * frameWidth();
  for (int r = 0; r < rowCount(); ++r) {
    setRowHeight(r, std::max(leastRowHeight, sizeHintForRow(r)));
    height += rowHeight(r);
  }
  setFixedHeight(std::min(height, m_mostPixels));
}

void TextTable::resizeEvent(QResizeEvent* event) {
  QTableWidget::resizeEvent(event);
  // Its lines break elsewhere now. Later: a layout is at work.
  if (viewport()->width() != m_fittedWidth)
    QMetaObject::invokeMethod(
        this, [this] { fit(); }, Qt::QueuedConnection);
}

void TextTable::changeEvent(QEvent* event) {
  QTableWidget::changeEvent(event);
  if (event->type() == QEvent::StyleChange && rowCount() > 0) fit();
}

}  // namespace prefscope
