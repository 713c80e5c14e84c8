// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/data_table.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLocale>
#include <QMenu>
#include <QSettings>

#include "ui/models/paged_table_model.h"
#include "ui/theme.h"
#include "ui/widgets/filter_header.h"

namespace prefscope {
namespace {

constexpr int mostCopied = 100'000;  // rows
constexpr int mostWidth = 4000;      // of a column, pixels

}  // namespace

DataTable::DataTable(PagedTableModel* model, QWidget* parent)
    : QTableView(parent), m_model(model), m_header(new FilterHeader(model, this)) {
  setHorizontalHeader(m_header);
  setModel(model);
  setShowGrid(false);
  setWordWrap(false);
  setCornerButtonEnabled(false);
  setSelectionBehavior(QAbstractItemView::SelectRows);
  setSelectionMode(QAbstractItemView::ContiguousSelection);
  setEditTriggers(QAbstractItemView::NoEditTriggers);
  setTabKeyNavigation(false);
  setVerticalScrollMode(QAbstractItemView::ScrollPerItem);
  verticalHeader()->hide();
  verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  verticalHeader()->setDefaultSectionSize(tableRowHeight);
  m_header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  connect(m_header, &FilterHeader::left, this, [this] {
    setFocus(Qt::OtherFocusReason);
    if (!currentIndex().isValid() && m_model->rowCount() > 0) selectRow(0);
  });
  connect(model, &QAbstractItemModel::modelReset, this, &DataTable::applyColumns);
  connect(selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& current) {
    m_selected = m_model->idAt(current.row());
    Q_EMIT rowSelected(m_selected);
  });
  connect(model, &QAbstractItemModel::dataChanged, this, [this] {  // the current row was not read when it was chosen
    if (m_selected != 0 || !currentIndex().isValid()) return;
    m_selected = m_model->idAt(currentIndex().row());
    if (m_selected != 0) Q_EMIT rowSelected(m_selected);
  });
  connect(m_header, &QHeaderView::sectionResized, this, [this](int column, int before, int now) {
    if (before > 0 && now > 0 && m_header->sectionResizeMode(column) == QHeaderView::Interactive)
      Q_EMIT widthsChanged();
  });
  connect(this, &QTableView::activated, this,
          [this](const QModelIndex& index) { Q_EMIT rowOpened(m_model->idAt(index.row())); });
  applyColumns();
}

void DataTable::applyColumns() {
  const auto& columns = m_model->source().columns;
  QStringList titles;
  for (const TableColumn& column : columns) titles << column.title;
  for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
    const TableColumn& column = columns[static_cast<size_t>(i)];
    horizontalHeader()->setSectionResizeMode(i, column.stretch ? QHeaderView::Stretch : QHeaderView::Interactive);
    if (!column.stretch && titles != m_titles) setColumnWidth(i, column.width);
  }
  m_titles = titles;  // from now on the person's own widths are kept
}

void DataTable::showColumn(int column, bool shown) {
  const int others =
      horizontalHeader()->count() - horizontalHeader()->hiddenSectionCount() - (isColumnHidden(column) ? 0 : 1);
  if (!shown && others == 0) return;
  setColumnHidden(column, !shown);
  // A filter that is not seen would puzzle.
  if (!shown && !m_model->wish().filters.value(column).isEmpty()) m_model->setFilter(column, {});
}

// By the columns' titles: tables of one tab have others in other data sets.
void DataTable::keepLayout(QSettings& settings, const QString& key) const {
  for (int i = 0; i < m_model->columnCount(); ++i) {
    const QString& title = m_model->source().columns[static_cast<size_t>(i)].title;
    settings.setValue(key + QStringLiteral("-shown/") + title, !isColumnHidden(i));
    if (!isColumnHidden(i)) settings.setValue(key + QStringLiteral("-width/") + title, columnWidth(i));
  }
  QStringList order;
  for (const SortKey& by : m_model->wish().order)
    order << QString::number(static_cast<int>(by.column)) + (by.descending ? u'-' : u'+');
  settings.setValue(key + QStringLiteral("-order"), order);
}

std::vector<SortKey> DataTable::keptOrder(QSettings& settings, const QString& key,
                                          const std::vector<TableColumn>& columns) const {
  std::vector<SortKey> order;
  for (const QString& by : settings.value(key + QStringLiteral("-order")).toStringList()) {
    for (const TableColumn& column : columns) {
      if (column.sortable && by.chopped(by.isEmpty() ? 0 : 1) == QString::number(static_cast<int>(*column.column)))
        order.push_back({*column.column, by.endsWith(u'-')});
    }
  }
  return order;
}

void DataTable::restoreColumns(QSettings& settings, const QString& key) {
  const auto& columns = m_model->source().columns;
  for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
    const TableColumn& column = columns[static_cast<size_t>(i)];
    const int width = settings.value(key + QStringLiteral("-width/") + column.title).toInt();
    if (width > 0 && width <= mostWidth && !column.stretch) setColumnWidth(i, width);
    setColumnHidden(i, !settings.value(key + QStringLiteral("-shown/") + column.title, !column.hidden).toBool());
  }
  if (!columns.empty() && horizontalHeader()->hiddenSectionCount() == static_cast<int>(columns.size()))
    setColumnHidden(0, false);
}

std::vector<int> DataTable::shownColumns() const {
  std::vector<int> columns;
  for (int i = 0; i < m_model->columnCount(); ++i)
    if (!isColumnHidden(i)) columns.push_back(i);
  return columns;
}

void DataTable::copyRows() {
  const QItemSelection selection = selectionModel()->selection();
  if (selection.isEmpty()) return;
  const int first = selection.first().top(), count = selection.first().height();
  if (count > mostCopied) {
    Q_EMIT tooManyToCopy(mostCopied);
    return;
  }
  QStringList titles;
  const std::vector<int> columns = shownColumns();
  for (const int column : columns) titles << m_model->source().columns[static_cast<size_t>(column)].title;
  m_model->readExactly(first, count, [columns, titles](const std::vector<TableRow>& rows) {
    QString text = titles.join(u'\t') + u'\n';
    for (const TableRow& row : rows) {
      QStringList cells;
      for (const int column : columns) cells << row.cells[static_cast<size_t>(column)].simplified();
      text += cells.join(u'\t') + u'\n';
    }
    QApplication::clipboard()->setText(text);
  });
}

void DataTable::keyPressEvent(QKeyEvent* event) {
  if (event->matches(QKeySequence::Copy)) {
    copyRows();
    return;
  }
  QTableView::keyPressEvent(event);
}

void DataTable::contextMenuEvent(QContextMenuEvent* event) {
  const QModelIndex at = event->reason() == QContextMenuEvent::Keyboard ? currentIndex() : indexAt(event->pos());
  if (!at.isValid()) return;
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addAction(tr("Copy rows"), this, &DataTable::copyRows);
  const std::optional<RowColumn> column = m_model->source().columns[static_cast<size_t>(at.column())].column;
  if (column && *column != RowColumn::Attributes && !at.data().toString().isEmpty())
    menu->addAction(tr("Only rows with this value"), this, [this, row = at.row(), i = at.column(), column] {
      m_model->readExactly(row, 1, [this, i, column](const std::vector<TableRow>& rows) {
        if (rows.empty() || i >= static_cast<int>(rows[0].cells.size())) return;
        const QString& value = rows[0].cells[static_cast<size_t>(i)];
        // Of a time its day is what is meant.
        m_model->setFilter(i, is_text(*column) ? u'=' + value : *column == RowColumn::Time ? value.left(10) : value);
      });
    });
  menu->popup(event->reason() == QContextMenuEvent::Keyboard ? viewport()->mapToGlobal(visualRect(at).center())
                                                             : event->globalPos());
}

}  // namespace prefscope
