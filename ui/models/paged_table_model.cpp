// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/paged_table_model.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "ui/workbench.h"

namespace prefscope {

PagedTableModel::PagedTableModel(Workbench& workbench, QObject* parent)
    : QAbstractTableModel(parent), m_workbench(workbench) {}

void PagedTableModel::setSource(TableSource source) {
  beginResetModel();
  m_source = std::move(source);
  m_query = {};
  m_rows = 0;
  m_windows.clear();
  endResetModel();
  reload();
}

void PagedTableModel::setSearch(const QString& search) {
  const std::string wanted = search.trimmed().toStdString();
  if (wanted == m_query.search) return;
  m_query.search = wanted;
  reload();
}

void PagedTableModel::sort(int column, Qt::SortOrder order) {
  const bool sortable = column >= 0 && column < columnCount() && m_source.columns[static_cast<size_t>(column)].sortable;
  m_query.column = sortable ? column : -1;
  m_query.descending = sortable && order == Qt::DescendingOrder;
  reload();
}

void PagedTableModel::reload() {
  const int generation = ++m_generation;
  m_wanted.reset();
  m_reading = false;
  if (!m_source.count) return;
  m_counting = true;
  // The count and the first window come together, so that a table appears whole.
  struct First {
    qint64 count;
    std::vector<TableRow> rows;
  };
  m_workbench.jobs().submit(
      JobKind::Light, {},
      [folder = m_workbench.workspaceFolder(), source = m_source, query = m_query](const TaskContext&) {
        Workspace workspace(folder);
        return First{source.count(workspace, query), source.read(workspace, query, 0, windowRows)};
      },
      this,
      [this, generation](First first) {
        if (generation != m_generation) return;
        beginResetModel();
        m_counting = false;
        m_rows = static_cast<int>(std::min<qint64>(first.count, std::numeric_limits<int>::max()));
        m_windows.clear();
        m_windows[0] = std::move(first.rows);
        endResetModel();
        Q_EMIT counted(m_rows);
      },
      [this, generation](const QString& message) {
        if (generation != m_generation) return;
        m_counting = false;
        m_workbench.reportError(tr("The table could not be read"), message);
      });
}

void PagedTableModel::want(int window) const {
  if (m_wanted == window) return;
  m_wanted = window;
  if (m_reading || m_counting) return;
  // data() must not start a job itself: it is called while the view paints.
  auto* self = const_cast<PagedTableModel*>(this);
  QMetaObject::invokeMethod(self, &PagedTableModel::readWanted, Qt::QueuedConnection);
}

void PagedTableModel::readWanted() {
  if (!m_wanted || m_reading || m_counting) return;
  const int window = *std::exchange(m_wanted, std::nullopt);
  if (m_windows.contains(window) || window * windowRows >= m_rows) return;
  m_reading = true;
  m_workbench.jobs().submit(
      JobKind::Light, {},
      [folder = m_workbench.workspaceFolder(), source = m_source, query = m_query, window](const TaskContext&) {
        Workspace workspace(folder);
        return source.read(workspace, query, qint64{window} * windowRows, windowRows);
      },
      this,
      [this, window, generation = m_generation](std::vector<TableRow> rows) {
        if (generation != m_generation) return;
        m_reading = false;
        while (m_windows.size() >= keptWindows) {  // what is farthest from here goes first
          const auto distance = [window](const auto& entry) { return std::abs(entry.first - window); };
          m_windows.erase(std::max_element(m_windows.begin(), m_windows.end(),
                                           [&](const auto& a, const auto& b) { return distance(a) < distance(b); }));
        }
        m_windows[window] = std::move(rows);
        const int last = std::min(m_rows, (window + 1) * windowRows) - 1;
        Q_EMIT dataChanged(index(window * windowRows, 0), index(last, columnCount() - 1));
        readWanted();
      },
      [this, generation = m_generation](const QString& message) {
        if (generation != m_generation) return;
        m_reading = false;
        m_workbench.reportError(tr("The table could not be read"), message);
      });
}

const TableRow* PagedTableModel::rowAt(int row) const {
  const auto window = m_windows.find(row / windowRows);
  if (window == m_windows.end()) {
    want(row / windowRows);
    return nullptr;
  }
  const auto offset = static_cast<size_t>(row % windowRows);
  return offset < window->second.size() ? &window->second[offset] : nullptr;
}

qint64 PagedTableModel::idAt(int row) const {
  if (row < 0 || row >= m_rows) return 0;
  const TableRow* found = rowAt(row);
  return found ? found->id : 0;
}

int PagedTableModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : m_rows;
}

int PagedTableModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_source.columns.size());
}

QVariant PagedTableModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= m_rows) return {};
  const auto column = static_cast<size_t>(index.column());
  if (role == Qt::TextAlignmentRole) {
    const Qt::Alignment side = m_source.columns[column].number ? Qt::AlignRight : Qt::AlignLeft;
    return QVariant::fromValue(side | Qt::AlignVCenter);
  }
  if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
  const TableRow* row = rowAt(index.row());
  if (!row || column >= row->cells.size()) return {};
  // Always rich, always escaped: a title that looks like HTML is shown as it is.
  if (role == Qt::ToolTipRole)
    return QStringLiteral("<p>") + row->cells[column].toHtmlEscaped() + QStringLiteral("</p>");
  return row->cells[column];
}

QVariant PagedTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
  const TableColumn& column = m_source.columns[static_cast<size_t>(section)];
  if (role == Qt::DisplayRole) return column.title;
  if (role == Qt::ToolTipRole && !column.toolTip.isEmpty()) return column.toolTip;
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue((column.number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  return {};
}

}  // namespace prefscope
