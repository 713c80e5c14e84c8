// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/data_page.h"

#include <QAction>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMessageBox>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QTextEdit>
#include <algorithm>
#include <utility>

#include "ui/models/paged_table_model.h"
#include "ui/models/table_sources.h"
#include "ui/pages/combine_dialog.h"
#include "ui/pages/detail_view.h"
#include "ui/pages/detail_window.h"
#include "ui/pages/example_inspector.h"
#include "ui/pages/example_text.h"
#include "ui/pages/export_set_dialog.h"
#include "ui/pages/prepare_panel.h"
#include "ui/pages/unknown_set_panel.h"
#include "ui/theme.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"
#include "ui/widgets/data_table.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/filter_header.h"
#include "ui/widgets/table_bar.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int sideWidth = 280;
constexpr int setsHeight = 130;  // of three
constexpr int detailWidth = 240;
constexpr const char* tabNames[] = {"users", "items", "interactions", "examples", "about"};  // in window.ini

}  // namespace

DataPage::DataPage(Workbench& workbench, QWidget* parent) : Page(workbench, parent) {
  m_import = new QAction(tr("Import…"), this);
  m_import->setToolTip(tr("A zip, a folder or files: MovieLens, the sample world, preference JSON (Ctrl+O)"));
  connect(m_import, &QAction::triggered, this, &DataPage::importRequested);

  m_empty =
      new EmptyState(QStringLiteral("data"), tr("No data set yet"),
                     tr("Import MovieLens (the zip or its folder), tables of items and interactions (CSV), or the "
                        "paper's preference JSON. You can also drop files on the window."),
                     tr("Import…"));
  connect(m_empty, &EmptyState::pressed, m_import, &QAction::trigger);

  auto* content = new QWidget(this);
  auto* columns = new QHBoxLayout(content);
  columns->setContentsMargins(pageMargin, 12, pageMargin, 12);
  columns->setSpacing(12);
  columns->addWidget(buildSets());
  m_splitter = new QSplitter(content);
  m_splitter->setChildrenCollapsible(false);
  m_splitter->setHandleWidth(12);
  m_splitter->addWidget(buildTables());
  m_splitter->addWidget(buildDetail());
  m_unknown = new UnknownSetPanel(workbench, content);
  auto* right = new QVBoxLayout;
  right->setSpacing(12);
  m_imported = new Banner(content);
  m_imported->setProperty("calm", true);
  right->addWidget(m_imported);
  right->addWidget(m_unknown);
  right->addWidget(m_splitter, 1);
  columns->addLayout(right, 1);
  m_stack = new QStackedWidget(this);
  m_stack->addWidget(m_empty);
  m_stack->addWidget(content);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(m_stack);

  connect(&workbench, &Workbench::dataSetsChanged, this, &DataPage::refreshSets);
  connect(&workbench, &Workbench::imported, this, &DataPage::showImported);
  connect(m_imported, &Banner::accepted, this, [this] {
    openTab(About);
    m_tabs->setFocus(Qt::OtherFocusReason);
  });
  connect(&workbench, &Workbench::currentDataSetChanged, this, [this] {
    m_imported->hide();
    refreshSets();
    showTables();
  });
  connect(&workbench, &Workbench::currentPreparationChanged, this, [this] {
    if (m_tabs->currentIndex() >= 0 && (tab() == Examples || tab() == About)) showTab(m_tabs->currentIndex());
  });
  const auto showUnknown = [this] { m_unknown->setVisible(this->workbench().lacksModel()); };
  connect(&workbench, &Workbench::currentDataSetChanged, this, showUnknown);
  connect(&workbench, &Workbench::modelChosen, this, showUnknown);
  connect(&workbench, &Workbench::runsChanged, this, showUnknown);
  showUnknown();
  connect(m_splitter, &QSplitter::splitterMoved, this,
          [this] { this->workbench().settings().setValue(layoutKey("splitter"), m_splitter->saveState()); });
  auto* find = new QShortcut(QKeySequence::Find, this);
  connect(find, &QShortcut::activated, this, [this] { m_bar->search()->setFocus(Qt::ShortcutFocusReason); });
  auto* filter = new QShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_F), this);
  connect(filter, &QShortcut::activated, this, [this] { m_table->filters()->focusFirst(); });
  refreshSets();
  showTables();
}

QWidget* DataPage::buildSets() {
  auto* side = new QWidget(this);
  side->setFixedWidth(sideWidth);
  auto* card = new Card(tr("Data sets"), side);
  m_delete = new QPushButton(tr("Delete…"), card);
  m_delete->setProperty("flat", true);
  m_delete->setToolTip(tr("Delete the selected data set and all that was made from it"));
  connect(m_delete, &QPushButton::clicked, this, &DataPage::askDelete);
  m_export = new QPushButton(tr("Export…"), card);
  m_export->setObjectName(QStringLiteral("exportSetButton"));
  m_export->setProperty("flat", true);
  m_export->setToolTip(tr("Write the selected data set for other programs (Ctrl+Shift+E)"));
  connect(m_export, &QPushButton::clicked, this, [this] { (new ExportSetDialog(this->workbench(), this))->open(); });
  m_combine = new QPushButton(tr("Combine…"), card);
  m_combine->setObjectName(QStringLiteral("combineSets"));
  m_combine->setProperty("flat", true);
  m_combine->setToolTip(tr("Make a new data set of several, so that one training learns from all of them"));
  connect(m_combine, &QPushButton::clicked, this, [this] { (new CombineDialog(this->workbench(), window()))->show(); });
  m_sets = new QListWidget(card);
  m_sets->setObjectName(QStringLiteral("dataSets"));
  m_sets->setAccessibleName(tr("Data sets"));
  m_sets->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_sets->setTextElideMode(Qt::ElideRight);
  m_sets->setMinimumHeight(setsHeight);
  connect(m_sets, &QListWidget::currentItemChanged, this, [this](const QListWidgetItem* item) {
    if (item) this->workbench().setDataSet(item->data(Qt::UserRole).toLongLong());
  });
  card->body()->addWidget(m_sets);
  auto* ways = new QHBoxLayout;
  ways->setSpacing(0);
  for (QPushButton* button : {m_export, m_combine, m_delete}) ways->addWidget(button, 1);
  card->body()->addLayout(ways);

  m_prepare = new PreparePanel(workbench(), side);
  auto* layout = new QVBoxLayout(side);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(12);
  layout->addWidget(card, 1);
  layout->addWidget(m_prepare, 4);
  return side;
}

QWidget* DataPage::buildTables() {
  m_tableCard = new Card({}, this);
  m_tabs = new QTabBar(m_tableCard);
  m_tabs->setObjectName(QStringLiteral("tables"));
  m_tabs->setAccessibleName(tr("What of the data set is shown"));
  m_tabs->setExpanding(false);
  m_tabs->setDrawBase(false);
  m_table = new DataTable(new PagedTableModel(workbench(), this), m_tableCard);
  m_table->setObjectName(QStringLiteral("table"));
  m_bar = new TableBar(m_table, workbench().jobs(), m_tableCard);
  m_bar->setObjectName(QStringLiteral("tableBar"));
  m_none = makeLabel({}, "muted", m_tableCard);
  m_none->setAlignment(Qt::AlignCenter);
  m_none->hide();
  m_tableCard->body()->addWidget(m_tabs);
  m_tableCard->body()->addWidget(m_bar);
  m_tableCard->body()->addWidget(m_table, 1);
  m_tableCard->body()->addWidget(m_none, 1);
  m_about = new DataReportView(workbench(), m_tableCard);
  m_tableCard->body()->addWidget(m_about, 1);
  connect(m_about, &DataReportView::rowsAsked, this, &DataPage::showRowsBehind);

  connect(m_tabs, &QTabBar::currentChanged, this, &DataPage::showTab);
  connect(m_table, &DataTable::rowSelected, this, &DataPage::showRow);
  connect(m_table->rows(), &PagedTableModel::counted, this, [this](int rows) {
    // The fields of the filters stay where a filter leaves nothing: they are the way back.
    const bool nothing = rows == 0 && !m_bar->isFiltered();
    m_table->setVisible(!nothing);
    m_none->setVisible(rows == 0);
    m_none->setText(m_bar->isFiltered() ? tr("Nothing matches. “Show all” takes search and filters away.")
                    : tab() == Examples ? tr("No examples yet: prepare the data set at the left.")
                                        : tr("Nothing here."));
    if (rows > 0 && !m_table->currentIndex().isValid()) m_table->selectRow(0);
    if (rows == 0) clearDetail();
  });
  const auto keepLayout = [this] {
    if (!m_arranging && m_tabs->currentIndex() >= 0)
      m_table->keepLayout(this->workbench().settings(), layoutKey("table"));
  };
  connect(m_table->rows(), &PagedTableModel::wishChanged, this, keepLayout);
  connect(m_bar, &TableBar::layoutChanged, this, keepLayout);
  connect(m_table, &DataTable::widthsChanged, this, keepLayout);
  connect(m_table, &DataTable::tooManyToCopy, this, [this](int most) {
    Q_EMIT this->workbench().noticed(
        tr("At most %1 rows can be copied; “Save rows…” writes all of them to a file").arg(countText(most)));
  });
  return m_tableCard;
}

QWidget* DataPage::buildDetail() {
  m_detail = new Card({}, this);
  m_detail->setMinimumWidth(detailWidth);
  m_ownWindow = new QPushButton(tr("Own window"), m_detail);
  m_ownWindow->setObjectName(QStringLiteral("ownWindow"));
  m_ownWindow->setProperty("flat", true);
  m_ownWindow->setToolTip(tr("The page in a window of its own (Return on a row of the table)"));
  connect(m_ownWindow, &QPushButton::clicked, this, &DataPage::openDetailWindow);
  connect(m_table, &DataTable::rowOpened, this, [this] { tab() == Examples ? inspect() : openDetailWindow(); });
  m_detail->addToHeader(m_ownWindow);
  m_detailTitle = new ElidedLabel({}, m_detail);  // an item's may be long
  m_detailTitle->setProperty("textStyle", QStringLiteral("strong"));
  QSizePolicy wide(QSizePolicy::Expanding, QSizePolicy::Preferred);
  wide.setHorizontalStretch(100);  // before the card's own space
  m_detailTitle->setSizePolicy(wide);
  m_detail->setTitleWidget(m_detailTitle);
  m_view = new DetailView(workbench(), m_detail);
  connect(m_view, &DetailView::titleChanged, m_detailTitle, &QLabel::setText);
  m_example = new QTextEdit(m_detail);
  m_example->setReadOnly(true);
  m_example->setAccessibleName(tr("The example"));
  m_example->setFrameShape(QFrame::NoFrame);
  m_example->setProperty("frameless", true);
  m_detailStack = new QStackedWidget(m_detail);
  m_detailStack->addWidget(m_view);
  m_detailStack->addWidget(m_example);
  m_case = new QPushButton(tr("Open as a case"), m_detail);
  connect(m_case, &QPushButton::clicked, this, &DataPage::openCase);
  m_inspect = new QPushButton(tr("Inspect tokens…"), m_detail);
  m_inspect->setObjectName(QStringLiteral("inspectTokens"));
  m_inspect->setToolTip(tr("The example exactly as a model gets it, token by token (Return on its row)"));
  connect(m_inspect, &QPushButton::clicked, this, &DataPage::inspect);
  auto* ways = new QHBoxLayout;
  ways->setSpacing(gridUnit);
  ways->addWidget(m_case, 1);
  ways->addWidget(m_inspect, 1);
  m_detail->body()->addWidget(m_detailStack, 1);
  m_detail->body()->addLayout(ways);
  return m_detail;
}

void DataPage::activate() {
  refreshSets();
  m_prepare->refresh();
  if (m_tabs->currentIndex() >= 0 && tab() == About) m_about->look();
}

QString DataPage::subheading() const {
  const auto& set = workbench().dataSet();
  if (!set) return {};
  const QString format = QStringLiteral(" · ") + toQt(set->format);
  if (set->interactions == 0) return countedText(set->examples, tr("1 example"), tr("%1 examples")) + format;
  return usersAndItems(*set) + QStringLiteral(" · ") +
         countedText(set->interactions, tr("1 interaction"), tr("%1 interactions")) + format;
}

void DataPage::refreshSets() {
  const QSignalBlocker quiet(m_sets);
  m_sets->clear();
  std::vector<DataSet> sets;
  workbench().attempt(tr("The data sets could not be read"), [&] { sets = list_data_sets(workbench().workspace()); });
  const auto& current = workbench().dataSet();
  for (const DataSet& set : sets) {
    const QString counts =
        set.interactions == 0 ? countedText(set.examples, tr("1 example"), tr("%1 examples")) : usersAndItems(set);
    auto* item = new QListWidgetItem(toQt(set.name) + QLatin1Char('\n') + counts, m_sets);
    item->setData(Qt::UserRole, static_cast<qlonglong>(set.id));
    item->setToolTip(QStringLiteral("<p>") +
                     tr("Imported %1 from %2").arg(toQt(set.imported_at), toQt(set.source)).toHtmlEscaped() +
                     QStringLiteral("</p>"));
    if (current && current->id == set.id) m_sets->setCurrentItem(item);
  }
  m_delete->setEnabled(current.has_value());
  m_export->setEnabled(current.has_value());
  m_combine->setEnabled(std::count_if(sets.begin(), sets.end(), [](const DataSet& s) { return s.interactions > 0; }) >
                        1);
  m_stack->setCurrentIndex(sets.empty() ? 0 : 1);
  Q_EMIT headingChanged();
}

void DataPage::showTables() {
  const auto& set = workbench().dataSet();
  if (!set) return;
  {
    const QSignalBlocker quiet(m_tabs);
    while (m_tabs->count() > 0) m_tabs->removeTab(0);
    const std::pair<Tab, QString> tabs[] = {{Users, tr("Users")},
                                            {Items, tr("Items")},
                                            {Interactions, tr("Interactions")},
                                            {Examples, tr("Examples")},
                                            {About, tr("About this set")}};
    m_shownTabs.clear();
    for (const auto& [tab, title] : tabs) {
      if (set->interactions == 0 && tab != Examples && tab != About) continue;
      m_shownTabs.push_back(tab);
      m_tabs->addTab(title);
      if (workbench().settings().value(QStringLiteral("data/tab")) == QLatin1String(tabNames[tab]))
        m_tabs->setCurrentIndex(m_tabs->count() - 1);
    }
  }
  showTab(m_tabs->currentIndex());
}

DataPage::Tab DataPage::tab() const {
  const int index = m_tabs->currentIndex();
  return index < 0 ? Users : m_shownTabs[static_cast<size_t>(index)];
}

QString DataPage::layoutKey(const char* what) const {
  return QStringLiteral("data/%1-%2").arg(QLatin1String(tabNames[tab()]), QLatin1String(what));
}

void DataPage::showTab(int index) {
  const auto& set = workbench().dataSet();
  if (!set || index < 0) return;
  const Tab tab = this->tab();
  QSettings& settings = workbench().settings();
  settings.setValue(QStringLiteral("data/tab"), QLatin1String(tabNames[tab]));
  m_arranging = true;
  const QString hints[] = {tr("Search users"), tr("Search titles and attributes"), tr("Search items or a user"),
                           tr("Search targets or a user"), QString()};
  m_bar->setHint(hints[tab]);
  m_table->setAccessibleName(m_tabs->tabText(index));
  const bool about = tab == About;
  m_table->setVisible(!about);
  m_bar->setVisible(!about);
  m_about->setVisible(about);
  m_none->hide();
  clearDetail();
  m_detail->setVisible(!about);
  // Narrow lists leave their room to the pages of each.
  if (!m_splitter->restoreState(settings.value(layoutKey("splitter")).toByteArray()))
    m_splitter->setSizes(tab == Users   ? QList<int>{490, 510}
                         : tab == Items ? QList<int>{580, 420}
                                        : QList<int>{595, 405});
  TableSource source = tab == Users          ? userTable(*set)
                       : tab == Items        ? itemTable(*set)
                       : tab == Interactions ? interactionTable(*set)
                       : tab == Examples     ? exampleTable(workbench().preparation(), set->interactions == 0)
                                             : TableSource();
  const std::vector<SortKey> order = m_table->keptOrder(settings, layoutKey("table"), source.columns);
  m_table->rows()->setSource(std::move(source), order);
  m_table->restoreColumns(settings, layoutKey("table"));
  if (about && isVisible()) m_about->look();
  m_arranging = false;
}

void DataPage::showRow(qint64 id) {
  if (id == 0 || m_tabs->currentIndex() < 0) return;
  const bool example = tab() == Examples;
  m_ownWindow->setVisible(!example);
  if (example) {
    showExample(id);
    return;
  }
  m_detailStack->setCurrentWidget(m_view);
  m_case->hide();
  m_inspect->hide();
  m_caseExample = 0;
  m_view->begin({tab() != Items, id});
}

void DataPage::openDetailWindow() {
  if (tab() == Examples || m_view->subject().id == 0) return;
  (new DetailWindow(workbench(), m_view->subject(), window()))->show();
}

void DataPage::showExample(qint64 example) {
  workbench().attempt(tr("The example could not be read"), [&] {
    const Example shown = read_example(workbench().workspace(), example);
    m_detailTitle->setText(shown.pairs.empty() ? tr("Example of user %1").arg(toQt(shown.user_key))
                                               : tr("Example %1").arg(shown.position + 1));
    writeExample(workbench().workspace(), shown, m_example);
    m_detailStack->setCurrentWidget(m_example);
    m_caseExample = example;
    m_case->setVisible(shown.pairs.empty());  // a pair has no candidate list
    m_inspect->show();
  });
}

void DataPage::clearDetail() {
  m_example->clear();
  m_view->clear();
  m_ownWindow->hide();
  m_case->hide();
  m_inspect->hide();
  m_caseExample = 0;
}

void DataPage::openCase() {
  if (m_caseExample != 0) workbench().requestCase(m_caseExample, workbench().run());
}

void DataPage::inspect() {
  if (m_caseExample != 0) inspectExample(workbench(), this, m_caseExample);
}

void DataPage::openTab(Tab tab) {
  const auto place = std::find(m_shownTabs.begin(), m_shownTabs.end(), tab);
  if (place != m_shownTabs.end()) m_tabs->setCurrentIndex(static_cast<int>(place - m_shownTabs.begin()));
}

void DataPage::askDelete() {
  const auto& set = workbench().dataSet();
  if (!set) return;
  auto* box = new QMessageBox(QMessageBox::NoIcon, tr("Delete a data set"), {}, QMessageBox::Cancel, this);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setTextFormat(Qt::PlainText);
  box->setText(tr("Delete “%1” and everything made from it?").arg(toQt(set->name)));
  size_t runs = 0, preparations = 0;
  if (!workbench().attempt(tr("The data set could not be looked at"), [&] {
        runs = list_runs(workbench().workspace(), set->id).size();
        preparations = list_preparations(workbench().workspace(), set->id).size();
      }))
    return box->deleteLater();
  box->setInformativeText(tr("With it go interactions: %1, examples: %2, preparations: %3, runs: %4. The files it was "
                             "imported from stay as they are. This cannot be undone.")
                              .arg(countText(set->interactions), countText(set->examples))
                              .arg(preparations)
                              .arg(runs));
  QPushButton* yes = box->addButton(tr("Delete"), QMessageBox::DestructiveRole);
  yes->setObjectName(QStringLiteral("confirmDelete"));
  box->setDefaultButton(QMessageBox::Cancel);
  connect(yes, &QPushButton::clicked, this,
          [this, id = set->id, name = set->name] { workbench().deleteDataSet(id, name); });
  box->open();
}

}  // namespace prefscope
