// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/text_table.h"

#include <QEvent>
#include <QHeaderView>
#include <QResizeEvent>
#include <algorithm>

namespace prefscope {
namespace {

constexpr int leastRowHeight = 24, leastWideWidth = 120;
constexpr int itemPadding = 12;       // of QTableView::item, both sides
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
  horizontalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  for (int c = 0; c < columnCount(); ++c) {
    const TextColumn& column = m_columns[static_cast<size_t>(c)];
    auto* title = new QTableWidgetItem(column.title);
    title->setTextAlignment((column.number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    setHorizontalHeaderItem(c, title);
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
  // Not by stretching: a header does that later, and rows are as high as the columns' widths make them.
  int left = m_fittedWidth, wide = -1;
  for (int c = 0; c < columnCount(); ++c) {
    const TextColumn& column = m_columns[static_cast<size_t>(c)];
    if (column.wide) {
      wide = c;
      continue;
    }
    const int least = std::max(sizeHintForColumn(c), horizontalHeader()->sectionSizeHint(c));
    setColumnWidth(c, std::min(mostColumnWidth, least + (column.number && c > 0 ? numberSpace : 0)));
    left -= columnWidth(c);
  }
  if (wide >= 0) setColumnWidth(wide, std::max(leastWideWidth, left));
  // A row's hint forgets the style's padding where it breaks lines: it is asked for columns that are so much narrower.
  std::vector<int> wrapping;
  for (int c = 0; c < columnCount(); ++c) {
    if (c == wide || columnWidth(c) == mostColumnWidth) wrapping.push_back(c);
  }
  for (const int c : wrapping) setColumnWidth(c, columnWidth(c) - itemPadding);
  int height = horizontalHeader()->sizeHint().height() + 2 * frameWidth();
  for (int r = 0; r < rowCount(); ++r) {
    setRowHeight(r, std::max(leastRowHeight, sizeHintForRow(r)));
    height += rowHeight(r);
  }
  for (const int c : wrapping) setColumnWidth(c, columnWidth(c) + itemPadding);
  setFixedHeight(std::min(height, m_mostPixels));
}

void TextTable::resizeEvent(QResizeEvent* event) {
  QTableWidget::resizeEvent(event);
  // Its lines break elsewhere now. Later: a layout is at work, and may not be at its end.
  const auto refit = [this] {
    if (viewport()->width() != m_fittedWidth) fit();
  };
  QMetaObject::invokeMethod(this, refit, Qt::QueuedConnection);
}

void TextTable::changeEvent(QEvent* event) {
  QTableWidget::changeEvent(event);
  if (event->type() == QEvent::StyleChange && rowCount() > 0) fit();
}

}  // namespace prefscope
