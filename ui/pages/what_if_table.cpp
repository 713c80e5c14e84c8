// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/what_if_table.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"

namespace prefscope {
namespace {

constexpr int lineHeight = 3 * gridUnit;  // 20 candidates on a small screen
constexpr double smallestShown = 0.005;   // less is 0.00
constexpr int numberWidth = 60, wideNumberWidth = 92;

/// With a sign that tells it from other numbers in dark and light, and for any eyes.
QString moveText(const WhatIfRow& row) {
  if (!row.rank) return QStringLiteral("…");
  if (!row.before) return WhatIfTable::tr("new");
  const int up = *row.before - *row.rank;
  const QString text = up > 0   ? QStringLiteral("▲ %1").arg(up)
                       : up < 0 ? QStringLiteral("▼ %1").arg(-up)
                                : QStringLiteral("–");
  return row.withinSpread && *row.change != 0 ? QStringLiteral("≈ ") + text : text;
}

QColor signColor(double value, bool withinSpread) {
  return std::abs(value) < smallestShown || withinSpread ? theme().muted
         : value > 0                                     ? theme().positive
                                                         : theme().negative;
}

QColor colorOf(const WhatIfRow& row, int column) {
  if (column == WhatIfTable::Move)
    return signColor(row.rank && row.before ? *row.before - *row.rank : 0, row.withinSpread);
  if (column == WhatIfTable::Change) return signColor(row.change.value_or(0), row.withinSpread);
  if (row.target) return theme().target;
  return column == WhatIfTable::Before ? theme().muted : theme().text;
}

QString number(const std::optional<double>& value, bool sign) {
  if (!value) return {};
  const QString text = QString::number(*value, 'f', 2);
  if (text == QStringLiteral("-0.00")) return QStringLiteral("0.00");
  return sign && *value > 0 && text != QStringLiteral("0.00") ? u'+' + text : text;
}

}  // namespace

WhatIfTable::WhatIfTable(QWidget* parent) : QTableWidget(parent) {
  setAccessibleName(tr("Candidates in rank order"));
  setColumnCount(Change + 1);
  setShowGrid(false);
  setWordWrap(false);
  setEditTriggers(QAbstractItemView::NoEditTriggers);
  setSelectionBehavior(QAbstractItemView::SelectRows);
  setSelectionMode(QAbstractItemView::ExtendedSelection);
  setTabKeyNavigation(false);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  verticalHeader()->hide();
  verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  verticalHeader()->setDefaultSectionSize(lineHeight);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setSectionsClickable(false);
  horizontalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  horizontalHeader()->setSectionResizeMode(Title, QHeaderView::Stretch);
  for (const int column : {Rank, Before}) setColumnWidth(column, numberWidth);
  for (const int column : {Move, Score, Change}) setColumnWidth(column, wideNumberWidth);
}

void WhatIfTable::setRows(const std::vector<WhatIfRow>& rows, const KnownItems& items, const QString& unit) {
  const std::vector<int64_t> chosen = selectedItems();
  clearSelection();  // while it still speaks of the old rows
  m_rows = rows;
  const QStringList heads = {tr("rank"), tr("before"), tr("move"), tr("candidate"), unit, tr("change")};
  setHorizontalHeaderLabels(heads);
  setRowCount(static_cast<int>(rows.size()));
  for (int r = 0; r < rowCount(); ++r) {
    const WhatIfRow& row = rows[static_cast<size_t>(r)];
    const KnownItem& known = items.at(row.item);
    QString tip =
        QStringLiteral("<p><b>%1</b></p><p>%2</p>").arg(known.title.toHtmlEscaped(), known.about.toHtmlEscaped());
    if (row.withinSpread)
      tip += QStringLiteral("<p>%1</p>")
                 .arg(tr("Not distinguishable: its score changed less than it is spread over prompt orders."));
    const QStringList texts = {row.rank ? QString::number(*row.rank) : QStringLiteral("…"),
                               row.before ? QString::number(*row.before) : QStringLiteral("–"),
                               moveText(row),
                               known.title.left(300).simplified(),
                               number(row.score, false),
                               number(row.change, true)};
    for (int column = 0; column <= Change; ++column) {
      auto* cell = new QTableWidgetItem(texts[column]);
      cell->setTextAlignment(Qt::AlignVCenter | (column == Title ? Qt::AlignLeft : Qt::AlignRight));
      cell->setToolTip(tip);
      QFont font = bodyFont();
      if (row.target && column == Title) font.setWeight(QFont::DemiBold);
      cell->setFont(font);
      cell->setForeground(colorOf(row, column));
      setItem(r, column, cell);
    }
  }
  for (const int column : {Rank, Before, Move, Score, Change})
    horizontalHeaderItem(column)->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
  horizontalHeaderItem(Title)->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  for (const int64_t item : chosen) select(item);
}

std::vector<int64_t> WhatIfTable::selectedItems() const {
  std::vector<int> at;
  for (const QModelIndex& index : selectionModel()->selectedRows()) at.push_back(index.row());
  std::sort(at.begin(), at.end());
  std::vector<int64_t> items;
  for (const int row : at) items.push_back(m_rows.at(static_cast<size_t>(row)).item);
  return items;
}

void WhatIfTable::select(int64_t item) {
  for (int row = 0; row < rowCount(); ++row) {
    if (m_rows[static_cast<size_t>(row)].item != item) continue;
    selectionModel()->setCurrentIndex(model()->index(row, Title),
                                      QItemSelectionModel::Select | QItemSelectionModel::Rows);
  }
}

void WhatIfTable::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Delete || event->key() == Qt::Key_Backspace) {
    Q_EMIT removeRequested();
  } else {
    QTableWidget::keyPressEvent(event);
  }
}

}  // namespace prefscope
