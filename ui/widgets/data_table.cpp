// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/data_table.h"

#include <QHeaderView>

#include "ui/models/paged_table_model.h"
#include "ui/theme.h"

namespace prefscope {

DataTable::DataTable(PagedTableModel* model, QWidget* parent) : QTableView(parent), m_model(model) {
  setModel(model);
  setShowGrid(false);
  setWordWrap(false);
  setCornerButtonEnabled(false);
  setSelectionBehavior(QAbstractItemView::SelectRows);
  setSelectionMode(QAbstractItemView::SingleSelection);
  setEditTriggers(QAbstractItemView::NoEditTriggers);
  setTabKeyNavigation(false);
  setVerticalScrollMode(QAbstractItemView::ScrollPerItem);
  verticalHeader()->hide();
  verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  verticalHeader()->setDefaultSectionSize(tableRowHeight);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  horizontalHeader()->setSortIndicatorShown(true);
  horizontalHeader()->setSortIndicatorClearable(true);
  horizontalHeader()->setSectionsClickable(true);
  horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
  // Not setSortingEnabled: a column that cannot sort must not take the arrow.
  connect(horizontalHeader(), &QHeaderView::sortIndicatorChanged, this, [this](int column, Qt::SortOrder order) {
    const auto& columns = m_model->source().columns;
    if (column >= 0 && column < static_cast<int>(columns.size()) && !columns[static_cast<size_t>(column)].sortable) {
      horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
      return;
    }
    m_model->sort(column, order);
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
  connect(this, &QTableView::activated, this,
          [this](const QModelIndex& index) { Q_EMIT rowOpened(m_model->idAt(index.row())); });
  applyColumns();
}

void DataTable::applyColumns() {
  const auto& columns = m_model->source().columns;
  for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
    const TableColumn& column = columns[static_cast<size_t>(i)];
    horizontalHeader()->setSectionResizeMode(i, column.stretch ? QHeaderView::Stretch : QHeaderView::Interactive);
    if (!column.stretch && m_columns != static_cast<int>(columns.size())) setColumnWidth(i, column.width);
  }
  m_columns = static_cast<int>(columns.size());  // from now on the person's own widths are kept
}

}  // namespace prefscope
