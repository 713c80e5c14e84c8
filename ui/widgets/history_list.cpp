// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/history_list.h"

#include <QDropEvent>
#include <QKeyEvent>
#include <algorithm>
#include <utility>

#include "ui/theme.h"

namespace prefscope {
namespace {

constexpr int lineHeight = 3 * gridUnit;

}  // namespace

HistoryList::HistoryList(QWidget* parent) : QListWidget(parent) {
  setAccessibleName(tr("History, oldest first"));
  setSelectionMode(QAbstractItemView::ExtendedSelection);
  setDragDropMode(QAbstractItemView::InternalMove);
  setTextElideMode(Qt::ElideRight);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
}

void HistoryList::setLines(const std::vector<Line>& lines) {
  const std::vector<int> chosen = selectedRows();
  clear();
  for (size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    QString text = QStringLiteral("%1  ").arg(i + 1) + line.title.left(300).simplified();
    if (line.added) text += tr(" · added");
    auto* item = new QListWidgetItem(text, this);
    item->setSizeHint({0, lineHeight});
    item->setFlags(item->flags() & ~Qt::ItemIsDropEnabled);  // between rows, not onto them
    item->setToolTip(
        QStringLiteral("<p><b>%1</b></p><p>%2</p>").arg(line.title.toHtmlEscaped(), line.about.toHtmlEscaped()));
    if (line.added) item->setForeground(theme().accent);
  }
  selectRows(chosen);
}

void HistoryList::selectRows(const std::vector<int>& rows) {
  clearSelection();
  bool first = true;
  for (const int row : rows) {
    if (row < 0 || row >= count()) continue;
    if (std::exchange(first, false)) setCurrentRow(row, QItemSelectionModel::ClearAndSelect);
    item(row)->setSelected(true);
  }
}

std::vector<int> HistoryList::selectedRows() const {
  std::vector<int> rows;
  for (const QModelIndex& index : selectedIndexes()) rows.push_back(index.row());
  std::sort(rows.begin(), rows.end());
  return rows;
}

void HistoryList::removeSelected() {
  if (const std::vector<int> rows = selectedRows(); !rows.empty()) Q_EMIT removeRequested(rows);
}

void HistoryList::moveSelected(bool up) {
  const std::vector<int> rows = selectedRows();
  if (rows.empty() ||
      (up ? rows.back() < static_cast<int>(rows.size()) : rows.front() >= count() - static_cast<int>(rows.size())))
    return;  // they are at the end already
  Q_EMIT moveRequested(rows, up ? std::max(0, rows.front() - 1) : std::min(count(), rows.back() + 2));
}

void HistoryList::keyPressEvent(QKeyEvent* event) {
  const bool alt = event->modifiers().testFlag(Qt::AltModifier);
  if (event->key() == Qt::Key_Delete || event->key() == Qt::Key_Backspace) {
    removeSelected();
  } else if (alt && (event->key() == Qt::Key_Up || event->key() == Qt::Key_Down)) {
    moveSelected(event->key() == Qt::Key_Up);
  } else {
    QListWidget::keyPressEvent(event);
  }
}

void HistoryList::dropRows(const QPoint& at) {
  const QModelIndex under = indexAt(at);
  const int gap = !under.isValid() ? count() : under.row() + (at.y() > visualRect(under).center().y() ? 1 : 0);
  if (const std::vector<int> rows = selectedRows(); !rows.empty()) Q_EMIT moveRequested(rows, gap);
}

void HistoryList::dropEvent(QDropEvent* event) {
  event->setDropAction(Qt::IgnoreAction);  // nothing for the view to take away: the rows come anew
  event->accept();
  if (event->source() == this) dropRows(event->position().toPoint());
}

}  // namespace prefscope
