// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/named_table.h"

#include <QHeaderView>
#include <QSortFilterProxyModel>
#include <algorithm>

#include "ui/models/named_model.h"
#include "ui/theme.h"
#include "ui/widgets/named_delegate.h"

namespace prefscope {
namespace {

constexpr int leastName = 160, mostName = 360, whatWidth = 140, shareWidth = 68, effectWidth = 200;

}  // namespace

NamedTable::NamedTable(const QStringList& models, QWidget* parent)
    : QTableView(parent), m_named(new NamedModel(this)), m_sorted(new QSortFilterProxyModel(this)) {
  setObjectName(QStringLiteral("namedTable"));
  setAccessibleName(tr("What the rationales name, and what was measured"));
  m_named->setModels(models);
  m_sorted->setSourceModel(m_named);
  m_sorted->setSortRole(NamedModel::SortRole);
  m_sorted->setSortCaseSensitivity(Qt::CaseInsensitive);
  setModel(m_sorted);
  setItemDelegate(new NamedDelegate(this));
  setShowGrid(false);
  setWordWrap(false);
  setSelectionBehavior(QAbstractItemView::SelectRows);
  setSelectionMode(QAbstractItemView::SingleSelection);
  setTabKeyNavigation(false);
  verticalHeader()->hide();
  verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  verticalHeader()->setDefaultSectionSize(tableRowHeight);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  horizontalHeader()->setSortIndicatorClearable(true);
  horizontalHeader()->setSortIndicator(m_named->allColumn(), Qt::DescendingOrder);  // what is named most
  setSortingEnabled(true);
  setColumnWidth(NamedModel::What, whatWidth);
  for (int c = NamedModel::FirstShare; c < m_named->columnCount(); ++c)
    setColumnWidth(c, c < m_named->firstEffect() ? shareWidth : effectWidth);
  connect(selectionModel(), &QItemSelectionModel::currentRowChanged, this, &NamedTable::chosenChanged);
}

/// Names take what the others leave, up to a point, and then the effects do; where that is too little the table
/// scrolls.
void NamedTable::resizeEvent(QResizeEvent* event) {
  const int effects = m_named->columnCount() - m_named->firstEffect();
  int room = viewport()->width();
  for (int c = NamedModel::What; c < m_named->firstEffect(); ++c) room -= columnWidth(c);
  const int name = std::clamp(room - effects * effectWidth, leastName, mostName);
  setColumnWidth(NamedModel::Name, name);
  for (int c = m_named->firstEffect(); c < m_named->columnCount(); ++c)
    setColumnWidth(c, std::max(effectWidth, (room - name) / std::max(1, effects)));
  QTableView::resizeEvent(event);
}

void NamedTable::setAgreement(RationaleAgreement agreement) {
  std::optional<NamedThing> chosen;
  if (const NamedThing* thing = m_named->thingAt(m_sorted->mapToSource(currentIndex()).row())) chosen = *thing;
  m_named->setAgreement(std::move(agreement));
  for (int row = 0; chosen && row < m_named->rowCount(); ++row) {
    const NamedThing& thing = *m_named->thingAt(row);
    if (thing.words == chosen->words && thing.position == chosen->position && thing.attribute == chosen->attribute)
      return selectRow(m_sorted->mapFromSource(m_named->index(row, 0)).row());
  }
}

void NamedTable::setEffects(std::vector<std::optional<Occlusion>> effects) {
  m_named->setEffects(std::move(effects));
}

void NamedTable::choose(const NamedPart& part) {
  const int row = m_named->rowOf(part);
  if (row < 0) return;
  const QModelIndex index = m_sorted->mapFromSource(m_named->index(row, 0));
  selectRow(index.row());
  scrollTo(index);
}

bool NamedTable::isChosen(const NamedPart& part) const {
  const int row = m_sorted->mapToSource(currentIndex()).row();
  return row >= 0 && m_named->rowOf(part) == row;
}

}  // namespace prefscope
