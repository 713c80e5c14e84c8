// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/paged_table_model.h"

#include <QFileInfo>
#include <QLocale>
#include <QSaveFile>
#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

#include "engine/base/error.h"
#include "ui/widgets/picture_menu.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr qint64 exportedAtOnce = 2000;  // rows

RowCondition conditionOf(RowColumn column, const QString& text) {
  const std::string typed = text.trimmed().toStdString();
  if (is_text(column)) return {column, typed, {}};
  return {column, {}, column == RowColumn::Time ? parse_time_range(typed) : parse_number_range(typed)};
}

}  // namespace

PagedTableModel::PagedTableModel(Workbench& workbench, QObject* parent)
    : QAbstractTableModel(parent), m_workbench(workbench) {
  connect(&workbench.jobs(), &JobQueue::jobFinished, this, [this](const Job& job) {
    if (job.id != m_finding) return;
    m_finding = 0;
    if (job.state == JobState::Cancelled) keepShown();
  });
}

void PagedTableModel::keepShown() {
  m_wish = m_shown;
  Q_EMIT wishChanged();
  Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
}

void PagedTableModel::setSource(TableSource source, std::vector<SortKey> order) {
  beginResetModel();
  m_source = std::move(source);
  m_wish = {{}, QStringList(static_cast<int>(m_source.columns.size()), QString()), std::move(order)};
  m_shown = m_wish;
  m_found.reset();
  m_rows = 0;
  m_windows.clear();
  endResetModel();
  Q_EMIT wishChanged();
  reload();
}

void PagedTableModel::change(TableWish wish) {
  if (wish == m_wish) return;
  m_wish = std::move(wish);
  Q_EMIT wishChanged();
  Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
  reload();
}

void PagedTableModel::setSearch(const QString& search) {
  TableWish wish = m_wish;
  wish.search = search.trimmed();
  change(std::move(wish));
}

QString PagedTableModel::setFilter(int column, const QString& text) {
  const std::optional<RowColumn> by = columnAt(column);
  if (!by) return tr("This column cannot be filtered.");
  TableWish wish = m_wish;
  wish.filters[column] = text.trimmed();
  try {
    if (!text.trimmed().isEmpty()) conditionOf(*by, text);
  } catch (const Error& e) {
    return QString::fromUtf8(e.what());
  }
  change(std::move(wish));
  return {};
}

void PagedTableModel::setWish(const TableWish& wish) {
  TableWish wanted = wish;
  wanted.filters.resize(columnCount());
  for (int i = 0; i < columnCount(); ++i) {
    try {
      const std::optional<RowColumn> by = columnAt(i);
      if (!by) wanted.filters[i].clear();
      if (!wanted.filters[i].isEmpty()) conditionOf(*by, wanted.filters[i]);
    } catch (const Error&) {
      wanted.filters[i].clear();
    }
  }
  change(std::move(wanted));
}

void PagedTableModel::sort(int column, Qt::SortOrder order) {
  TableWish wish = m_wish;
  wish.order.clear();
  if (column >= 0 && column < columnCount() && m_source.columns[static_cast<size_t>(column)].sortable)
    wish.order = {{*columnAt(column), order == Qt::DescendingOrder}};
  change(std::move(wish));
}

void PagedTableModel::sortAlso(int column) {
  if (column < 0 || column >= columnCount() || !m_source.columns[static_cast<size_t>(column)].sortable) return;
  TableWish wish = m_wish;
  const int place = sortPlace(column);
  if (place < 0) {
    wish.order.push_back({*columnAt(column), false});
  } else if (!wish.order[static_cast<size_t>(place)].descending) {
    wish.order[static_cast<size_t>(place)].descending = true;
  } else {
    wish.order.erase(wish.order.begin() + place);
  }
  change(std::move(wish));
}

std::optional<RowColumn> PagedTableModel::columnAt(int column) const {
  if (column < 0 || column >= columnCount()) return std::nullopt;
  return m_source.columns[static_cast<size_t>(column)].column;
}

int PagedTableModel::sortPlace(int column) const {
  const std::optional<RowColumn> by = columnAt(column);
  for (size_t i = 0; by && i < m_wish.order.size(); ++i)
    if (m_wish.order[i].column == *by) return static_cast<int>(i);
  return -1;
}

RowQuery PagedTableModel::query() const {
  RowQuery query;
  query.search = m_wish.search.toStdString();
  for (int i = 0; i < columnCount(); ++i)
    if (!m_wish.filters[i].isEmpty()) query.where.push_back(conditionOf(*columnAt(i), m_wish.filters[i]));
  query.order = m_wish.order;
  return query;
}

void PagedTableModel::reload() {
  const int generation = ++m_generation;
  m_wanted.reset();
  m_reading = false;
  m_workbench.jobs().cancel(std::exchange(m_finding, 0));
  if (!m_source.find) return;
  // What is found and the first window come together, so that a table appears whole.
  struct First {
    std::shared_ptr<const FoundRows> found;
    std::vector<TableRow> rows;
  };
  m_finding = m_workbench.jobs().submit(
      JobKind::Light, {},
      [folder = m_workbench.workspaceFolder(), source = m_source, query = query()](const TaskContext& context) {
        Workspace workspace(folder);
        auto found = std::make_shared<const FoundRows>(source.find(workspace, query, context));
        return First{found, source.read(workspace, *found, 0, windowRows, CellForm::Shown)};
      },
      this,
      [this, generation](First first) {
        if (generation != m_generation) return;
        beginResetModel();
        m_finding = 0;
        m_shown = m_wish;
        m_found = std::move(first.found);
        m_rows = static_cast<int>(std::min<qint64>(m_found->count, std::numeric_limits<int>::max()));
        m_windows.clear();
        m_windows[0] = std::move(first.rows);
        endResetModel();
        Q_EMIT counted(m_rows);
      },
      [this, generation](const QString& message) {
        if (generation != m_generation) return;
        m_finding = 0;
        keepShown();
        m_workbench.reportError(tr("The table could not be read"), message);
      });
}

void PagedTableModel::want(int window) const {
  if (m_wanted == window) return;
  m_wanted = window;
  if (m_reading || m_finding != 0) return;
  // data() must not start a job itself: it is called while the view paints.
  auto* self = const_cast<PagedTableModel*>(this);
  QMetaObject::invokeMethod(self, &PagedTableModel::readWanted, Qt::QueuedConnection);
}

void PagedTableModel::readWanted() {
  if (!m_wanted || m_reading || m_finding != 0 || !m_found) return;
  const int window = *std::exchange(m_wanted, std::nullopt);
  if (m_windows.contains(window) || window * windowRows >= m_rows) return;
  m_reading = true;
  m_workbench.jobs().submit(
      JobKind::Light, {},
      [folder = m_workbench.workspaceFolder(), read = m_source.read, found = m_found, window](const TaskContext&) {
        Workspace workspace(folder);
        return read(workspace, *found, qint64{window} * windowRows, windowRows, CellForm::Shown);
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

void PagedTableModel::readExactly(int first, int count, std::function<void(std::vector<TableRow>)> done) {
  if (!m_found) return;
  m_workbench.jobs().submit(
      JobKind::Light, {},
      [folder = m_workbench.workspaceFolder(), read = m_source.read, found = m_found, first,
       count](const TaskContext&) {
        Workspace workspace(folder);
        return read(workspace, *found, first, count, CellForm::Exact);
      },
      this, std::move(done),
      [this](const QString& message) { m_workbench.reportError(tr("The rows could not be read"), message); });
}

void PagedTableModel::exportRows(const QString& file, const std::vector<int>& columns) {
  if (!m_found) return;
  QStringList titles;
  for (const int column : columns) titles << m_source.columns[static_cast<size_t>(column)].title;
  m_workbench.jobs().submit(
      JobKind::Light, tr("Write rows to %1").arg(QFileInfo(file).fileName()),
      [folder = m_workbench.workspaceFolder(), read = m_source.read, found = m_found, file, columns,
       titles](const TaskContext& context) {
        QSaveFile out(file);
        const auto failed = [&] {
          return Error(ErrorKind::Storage, QStringLiteral("%1: %2; choose another folder or free some space")
                                               .arg(file, out.errorString())
                                               .toStdString());
        };
        if (!out.open(QIODevice::WriteOnly)) throw failed();
        QString text = csvLine(titles);
        Workspace workspace(folder);
        ProgressClock clock(context, tr("Writing rows").toStdString());
        for (qint64 at = 0; at < found->count; at += exportedAtOnce) {
          clock.update(static_cast<double>(at) / static_cast<double>(found->count));
          for (const TableRow& row : read(workspace, *found, at, exportedAtOnce, CellForm::Exact)) {
            QStringList cells;
            for (const int column : columns) cells << row.cells[static_cast<size_t>(column)];
            text += csvLine(cells);
          }
          if (out.write(text.toUtf8()) < 0) throw failed();
          text.clear();
        }
        if (out.write(text.toUtf8()) < 0 || !out.commit()) throw failed();
        return found->count;
      },
      this,
      [this, file](int64_t rows) {
        Q_EMIT m_workbench.noticed(
            rows == 1 ? tr("Wrote a row to %1").arg(file)
                      : tr("Wrote %1 rows to %2").arg(QLocale().toString(static_cast<qlonglong>(rows)), file));
      },
      [this](const QString& message) { m_workbench.reportError(tr("The rows could not be written"), message); });
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
  if (role == Qt::DisplayRole) {
    const int place = sortPlace(section);
    if (place < 0) return column.title;
    const QString arrow =
        m_wish.order[static_cast<size_t>(place)].descending ? QStringLiteral(" ↓") : QStringLiteral(" ↑");
    return column.title + arrow + (m_wish.order.size() > 1 ? QString::number(place + 1) : QString());
  }
  if (role == Qt::ToolTipRole && !column.toolTip.isEmpty()) return column.toolTip;
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue((column.number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  return {};
}

}  // namespace prefscope
