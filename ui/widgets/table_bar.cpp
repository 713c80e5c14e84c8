// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/table_bar.h"

#include <QActionGroup>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QPushButton>

#include "ui/jobs/job_line.h"
#include "ui/models/paged_table_model.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/data_table.h"

namespace prefscope {
namespace {

constexpr int searchDelayMs = 200, patienceMs = 300, searchWidth = 200;

}  // namespace

TableBar::TableBar(DataTable* table, JobQueue& queue, QWidget* parent) : QWidget(parent), m_table(table) {
  m_search = new QLineEdit(this);
  m_search->setObjectName(QStringLiteral("search"));
  m_search->setClearButtonEnabled(true);
  m_search->setMinimumWidth(searchWidth / 2);
  m_search->setMaximumWidth(searchWidth * 2);
  const auto button = [this](const QString& text, const char* name, const QString& toolTip) {
    auto* made = new QPushButton(text, this);
    made->setObjectName(QLatin1String(name));
    made->setProperty("flat", true);
    made->setToolTip(toolTip);
    return made;
  };
  m_columns = button(tr("Columns"), "columns", tr("Which columns are shown"));
  m_columns->setMenu(new QMenu(m_columns));
  m_order = button(tr("Order"), "order", tr("Sort by one column, and ties by others (Shift and a click on a header)"));
  m_order->setMenu(new QMenu(m_order));
  m_clear = button(tr("Show all"), "clearFilters", tr("Take search and filters away"));
  m_export = button(tr("Save rows…"), "exportRows", tr("Write these rows, with the columns shown, to a CSV file"));
  m_count = makeLabel({}, "small", this);
  m_count->setObjectName(QStringLiteral("rowCount"));
  m_line = new JobLine(queue, this);
  auto* line = new QHBoxLayout;
  line->setSpacing(gridUnit);
  line->addWidget(m_search, 1);
  line->addWidget(m_columns);
  line->addWidget(m_order);
  line->addWidget(m_clear);
  line->addStretch(0);
  line->addWidget(m_count);
  line->addWidget(m_export);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(gridUnit);
  layout->addLayout(line);
  layout->addWidget(m_line);

  m_searchDelay.setSingleShot(true);
  m_searchDelay.setInterval(searchDelayMs);
  connect(m_search, &QLineEdit::textEdited, &m_searchDelay, qOverload<>(&QTimer::start));
  connect(m_search, &QLineEdit::textChanged, this, [this](const QString& text) {
    if (text.isEmpty()) m_searchDelay.start();  // its clear button edits nothing
  });
  connect(m_search, &QLineEdit::returnPressed, this, [this] {
    m_searchDelay.stop();
    m_table->rows()->setSearch(m_search->text());
    m_table->setFocus(Qt::OtherFocusReason);
  });
  connect(&m_searchDelay, &QTimer::timeout, this, [this] { m_table->rows()->setSearch(m_search->text()); });
  connect(m_columns->menu(), &QMenu::aboutToShow, this, &TableBar::fillColumns);
  connect(m_order->menu(), &QMenu::aboutToShow, this, &TableBar::fillOrder);
  connect(m_clear, &QPushButton::clicked, this, [this] {
    TableWish wish = m_table->rows()->wish();
    wish.search.clear();
    wish.filters.fill({});
    m_table->rows()->setWish(wish);
    m_table->setFocus(Qt::OtherFocusReason);
  });
  connect(m_export, &QPushButton::clicked, this, &TableBar::askFile);
  connect(m_table->rows(), &PagedTableModel::wishChanged, this, &TableBar::showWish);
  connect(m_table->rows(), &PagedTableModel::counted, this, &TableBar::showCount);
  // A quick answer needs no bar, which would only flicker.
  m_patience.setSingleShot(true);
  m_patience.setInterval(patienceMs);
  connect(&m_patience, &QTimer::timeout, this, [this] {
    if (const qint64 job = m_table->rows()->finding(); job != 0) m_line->follow(job, tr("Looking for rows…"));
  });
  showWish();
}

void TableBar::setHint(const QString& hint) {
  m_search->setPlaceholderText(hint);
  m_search->setAccessibleName(hint);
}

bool TableBar::isFiltered() const {
  const TableWish& wish = m_table->rows()->wish();
  return !wish.search.isEmpty() || !wish.filters.join(QString()).isEmpty();
}

void TableBar::showWish() {
  const PagedTableModel* rows = m_table->rows();
  if (!m_searchDelay.isActive() && m_search->text().trimmed() != rows->wish().search)
    m_search->setText(rows->wish().search);
  m_clear->setVisible(isFiltered());
  m_patience.start();
}

void TableBar::showCount(int rows) {
  m_patience.stop();
  m_count->setText(rows == 1 ? tr("1 row") : tr("%1 rows").arg(QLocale().toString(rows)));
  m_export->setEnabled(rows > 0);
}

void TableBar::fillColumns() {
  QMenu* menu = m_columns->menu();
  menu->clear();
  const auto& columns = m_table->rows()->source().columns;
  for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
    QAction* action = menu->addAction(columns[static_cast<size_t>(i)].title);
    action->setCheckable(true);
    action->setChecked(!m_table->isColumnHidden(i));
    connect(action, &QAction::triggered, this, [this, i](bool shown) {
      m_table->showColumn(i, shown);
      Q_EMIT layoutChanged();
    });
  }
}

void TableBar::fillOrder() {
  QMenu* menu = m_order->menu();
  menu->clear();
  PagedTableModel* rows = m_table->rows();
  QAction* file = menu->addAction(tr("As in the file"), this, [rows] { rows->sort(-1, Qt::AscendingOrder); });
  file->setCheckable(true);
  file->setChecked(rows->wish().order.empty());
  menu->addSeparator();
  const auto& columns = rows->source().columns;
  for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
    if (!columns[static_cast<size_t>(i)].sortable) continue;
    const QString title = columns[static_cast<size_t>(i)].title;
    const int place = rows->sortPlace(i);
    for (const Qt::SortOrder order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
      QAction* action = menu->addAction(
          order == Qt::AscendingOrder ? tr("By %1, ascending").arg(title) : tr("By %1, descending").arg(title), this,
          [rows, i, order] { rows->sort(i, order); });
      action->setCheckable(true);
      action->setChecked(place == 0 && rows->wish().order[0].descending == (order == Qt::DescendingOrder));
    }
  }
  if (rows->wish().order.empty()) return;
  menu->addSeparator();
  for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
    if (!columns[static_cast<size_t>(i)].sortable || rows->sortPlace(i) == 0) continue;
    const int place = rows->sortPlace(i);
    const QString title = columns[static_cast<size_t>(i)].title;
    const bool descending = place > 0 && rows->wish().order[static_cast<size_t>(place)].descending;
    // What the next press does: ascending, descending, not at all.
    menu->addAction(place < 0    ? tr("Then by %1, ascending").arg(title)
                    : descending ? tr("No longer by %1").arg(title)
                                 : tr("Then by %1, descending").arg(title),
                    this, [rows, i] { rows->sortAlso(i); });
  }
}

void TableBar::askFile() {
  auto* dialog = new QFileDialog(this, tr("Save rows"), {}, tr("CSV (*.csv)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(QStringLiteral("csv"));
  dialog->selectFile(QStringLiteral("rows.csv"));
  connect(dialog, &QFileDialog::fileSelected, this,
          [this](const QString& file) { m_table->rows()->exportRows(file, m_table->shownColumns()); });
  dialog->open();
}

}  // namespace prefscope
