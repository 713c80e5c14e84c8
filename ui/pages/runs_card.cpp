// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/runs_card.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QTabBar>
#include <QTableView>
#include <set>

#include "ui/theme.h"

namespace prefscope {
namespace {

QTableView* newTable(QAbstractItemModel* model, const char* name, QWidget* parent) {
  auto* table = new QTableView(parent);
  table->setObjectName(QString::fromLatin1(name));
  table->setModel(model);
  table->setShowGrid(false);
  table->setWordWrap(false);
  table->setSelectionBehavior(QAbstractItemView::SelectRows);
  table->setSelectionMode(QAbstractItemView::SingleSelection);
  table->setTabKeyNavigation(false);
  table->verticalHeader()->hide();
  table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  table->verticalHeader()->setDefaultSectionSize(tableRowHeight);
  table->horizontalHeader()->setHighlightSections(false);
  return table;
}

}  // namespace

RunsCard::RunsCard(QWidget* parent) : Card(QStringLiteral(" "), parent) {
  setAccessibleName(tr("Runs"));
  m_tabs = new QTabBar(this);
  m_tabs->setObjectName(QStringLiteral("runTabs"));
  m_tabs->setAccessibleName(tr("Runs or examples"));
  m_tabs->setDrawBase(false);
  m_tabs->addTab(tr("Runs"));
  m_tabs->addTab(tr("Examples"));
  m_tabs->setTabToolTip(1, tr("Log-ratios and ranks of the panel; drag over the plot to pick some of them"));
  setTitleWidget(m_tabs);
  m_stack = new QStackedWidget(this);
  body()->addWidget(m_stack, 1);

  const auto button = [this](const QString& text, const char* name, const QString& tip) {
    auto* made = new QPushButton(text, this);
    made->setObjectName(QString::fromLatin1(name));
    made->setToolTip(tip);
    made->setProperty("flat", true);
    return made;
  };
  m_note = makeLabel({}, "small", this);
  m_note->setObjectName(QStringLiteral("exampleNote"));
  m_all = button(tr("Show all"), "allExamples", tr("All examples of the panel again"));
  m_compare = button(tr("Compare settings"), "compareSettings", {});
  m_copy = button(tr("Copy command"), "copyRunCommand", tr("The prefscope-cli line that makes such a run again"));
  m_delete = button(tr("Delete…"), "deleteRun", tr("Delete the run, its curves, its scores and its adapter"));
  addToHeader(m_note);
  for (QPushButton* each : {m_all, m_compare, m_copy, m_delete}) addToHeader(each);
  connect(m_all, &QPushButton::clicked, this, &RunsCard::allWanted);
  connect(m_compare, &QPushButton::clicked, this, &RunsCard::compareWanted);
  connect(m_copy, &QPushButton::clicked, this, &RunsCard::copyWanted);
  connect(m_delete, &QPushButton::clicked, this, &RunsCard::deleteWanted);

  buildRuns();
  buildExamples();
  connect(m_tabs, &QTabBar::currentChanged, this, &RunsCard::showTab);
  showTab(0);
}

void RunsCard::buildRuns() {
  m_runs = new RunModel(this);
  m_runTable = newTable(m_runs, "runs", this);
  m_runTable->setAccessibleName(tr("Runs"));
  const int widths[] = {150, 110, 80, 100, 90};
  for (int i = 0; i < RunModel::Settings; ++i) m_runTable->setColumnWidth(i, widths[i]);
  m_runTable->horizontalHeader()->setSectionResizeMode(RunModel::Settings, QHeaderView::Stretch);
  m_stack->addWidget(m_runTable);
  connect(m_runTable->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& current) {
            if (const Run* run = m_runs->runAt(current.row())) Q_EMIT runSelected(run->id);
          });
  connect(m_runs, &RunModel::checkedChanged, this, [this] {
    showTab(m_tabs->currentIndex());
    Q_EMIT checkedChanged();
  });
}

void RunsCard::buildExamples() {
  m_examples = new PanelExampleModel(this);
  m_exampleTable = newTable(m_examples, "panelExamples", this);
  m_exampleTable->setAccessibleName(tr("Examples of the panel"));
  m_exampleTable->setCursor(Qt::PointingHandCursor);
  m_exampleTable->setToolTip(tr("A click opens the case"));
  const int widths[] = {72, 240, 84, 84, 96, 110, 110};
  for (int i = 0; i < PanelExampleModel::Columns; ++i) m_exampleTable->setColumnWidth(i, widths[i]);
  QHeaderView* header = m_exampleTable->horizontalHeader();
  header->setSectionResizeMode(PanelExampleModel::Target, QHeaderView::Stretch);
  header->setSortIndicatorShown(true);
  header->setSectionsClickable(true);
  header->setSortIndicator(PanelExampleModel::ChosenChange, Qt::AscendingOrder);
  connect(header, &QHeaderView::sortIndicatorChanged, m_examples, &PanelExampleModel::sort);
  m_stack->addWidget(m_exampleTable);
  const auto open = [this](const QModelIndex& index) {
    if (const PanelExample* example = m_examples->exampleAt(index.row())) Q_EMIT caseWanted(example->example);
  };
  connect(m_exampleTable, &QTableView::clicked, this, open);
  connect(m_exampleTable, &QTableView::activated, this, open);
}

void RunsCard::showTab(int tab) {
  m_stack->setCurrentIndex(tab);
  const bool runs = tab == 0;
  m_note->setVisible(!runs);
  m_all->setVisible(!runs && !m_note->text().isEmpty());
  m_copy->setVisible(runs && m_some);
  m_delete->setVisible(runs && m_some && !m_busy);
  m_compare->setVisible(runs && m_some);
  std::set<int64_t> compared;
  for (const int64_t run : m_runs->checkedRuns()) compared.insert(run);
  if (const Run* selected = m_runs->runAt(m_runTable->currentIndex().row())) compared.insert(selected->id);
  m_compare->setEnabled(compared.size() > 1);
  m_compare->setToolTip(compared.size() > 1
                            ? tr("What differs between the run selected and those that are ticked, and their results")
                            : tr("Tick another run in the list: it is compared with the one selected"));
}

void RunsCard::showExamplesTab() {
  m_tabs->setCurrentIndex(1);
}

void RunsCard::setRuns(std::vector<Run> runs) {
  // The model is read anew; what is looked at stays the same.
  const QSignalBlocker quiet(m_runTable->selectionModel());
  m_runs->setRuns(std::move(runs));
}

void RunsCard::selectRun(int64_t run) {
  const int row = m_runs->rowOf(run);
  m_some = row >= 0;
  if (row >= 0 && m_runTable->currentIndex().row() != row) {
    const QSignalBlocker quiet(m_runTable->selectionModel());
    m_runTable->selectRow(row);
    m_runTable->viewport()->update();
  }
  showTab(m_tabs->currentIndex());
}

void RunsCard::setBusy(bool busy) {
  m_busy = busy;
  showTab(m_tabs->currentIndex());
}

void RunsCard::setExamples(std::vector<PanelExample> examples, const QString& note) {
  m_tabs->setTabText(1, examples.empty() ? tr("Examples") : tr("Examples (%1)").arg(examples.size()));
  m_note->setText(note);
  m_examples->setExamples(std::move(examples));
  showTab(m_tabs->currentIndex());
}

}  // namespace prefscope
