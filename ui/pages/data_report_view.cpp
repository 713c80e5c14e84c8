// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/data_report_view.h"

#include <QApplication>
#include <QClipboard>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>

#include "ui/jobs/job_line.h"
#include "ui/pages/data_report_plots.h"
#include "ui/pages/data_report_text.h"
#include "ui/pages/leaks_view.h"
#include "ui/pages/places_view.h"
#include "ui/pages/same_set.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/scrolling.h"
#include "ui/widgets/text_table.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int twoColumnsFrom = 1300;  // pixels of width
constexpr int sectionSpace = 24;
constexpr int remarksHeight = 320, figuresHeight = 4000;  // from which the tables scroll

QLabel* makeLines(const char* name, QWidget* parent) {
  QLabel* label = makeLabel({}, "muted", parent);
  label->setObjectName(QString::fromLatin1(name));
  label->setWordWrap(true);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  return label;
}

QVBoxLayout* makeColumn(QWidget* widget, int spacing) {
  auto* layout = new QVBoxLayout(widget);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(spacing);
  return layout;
}

}  // namespace

DataReportView::DataReportView(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench) {
  m_line = new JobLine(workbench.jobs(), this);
  m_instead = new EmptyState(QStringLiteral("data"), {}, {}, {}, this);
  m_instead->hide();
  auto* content = new QWidget(this);
  m_grid = new QGridLayout(content);
  m_grid->setContentsMargins(0, 0, gridUnit, 0);
  m_grid->setHorizontalSpacing(sectionSpace + gridUnit);
  m_grid->setVerticalSpacing(sectionSpace);
  m_left = new QWidget(content);
  auto* left = makeColumn(m_left, sectionSpace);
  left->addWidget(buildImport());
  left->addWidget(buildFigures());
  left->addStretch(1);
  m_right = new QWidget(content);
  auto* right = makeColumn(m_right, sectionSpace);
  right->addWidget(buildPlots());
  m_leaks = new LeaksView(workbench, m_right);
  right->addWidget(m_leaks);
  m_places = new PlacesView(workbench, m_right);
  right->addWidget(m_places);
  right->addStretch(1);
  m_scroll = makeScrolling(content, this);
  m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_scroll->hide();
  auto* layout = makeColumn(this, gridUnit);
  layout->addWidget(m_line);
  layout->addWidget(m_instead, 1);
  layout->addWidget(m_scroll, 1);
  layout->addStretch(0);
  connect(m_line, &JobLine::stopped, this, [this] {
    sayInstead(tr("Counting was stopped"), tr("The figures of this set were not all counted. The set is as it was."));
  });
  connect(m_instead, &EmptyState::pressed, this, &DataReportView::look);
  arrange();
}

QWidget* DataReportView::buildImport() {
  auto* part = new QWidget(m_left);
  m_headline = makeLabel({}, "", part);
  m_headline->setObjectName(QStringLiteral("importHeadline"));
  m_headline->setWordWrap(true);
  m_facts = makeLines("importFacts", part);
  m_hash = makeLines("contentHash", part);
  m_copy = new QPushButton(tr("Copy as text"), part);
  m_copy->setObjectName(QStringLiteral("copyReport"));
  m_copy->setToolTip(tr("Copy all that stands here: import, figures and leaks"));
  connect(m_copy, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(text()); });
  m_remarks =
      new TextTable(tr("What the import dropped and mended"),
                    {{tr("What")}, {tr("Count"), true}, {tr("Where")}, {tr("Why"), false, true}}, remarksHeight, part);
  m_remarks->setObjectName(QStringLiteral("remarks"));
  auto* head = new QHBoxLayout;
  head->addWidget(makeLabel(tr("What was read and mended"), "strong", part));
  head->addStretch(1);
  head->addWidget(m_copy);
  auto* layout = makeColumn(part, gridUnit);
  layout->addLayout(head);
  layout->addWidget(m_headline);
  layout->addWidget(m_remarks);
  layout->addWidget(m_facts);
  layout->addWidget(m_hash);
  return part;
}

QWidget* DataReportView::buildFigures() {
  auto* part = new QWidget(m_left);
  m_figures = new TextTable(tr("Figures"), {{tr("Figure")}, {tr("Value")}, {tr("What it means"), false, true}},
                            figuresHeight, part);
  m_figures->setObjectName(QStringLiteral("figures"));
  m_coresNote = makeLabel(
      tr("k-cores: what is left when users and items with fewer than k rows are taken away, again and again, until "
         "there are none. Many papers keep the 5-core; numbers on different cores cannot be compared."),
      "muted", part);
  m_coresNote->setWordWrap(true);
  m_cores = new TextTable(tr("k-cores"),
                          {{tr("k"), true},
                           {tr("Users"), true},
                           {tr("Items"), true},
                           {tr("Rows"), true},
                           {tr("Of all rows"), true},
                           {QString(), false, true}},
                          figuresHeight, part);
  m_cores->setObjectName(QStringLiteral("cores"));
  auto* layout = makeColumn(part, gridUnit);
  layout->addWidget(makeLabel(tr("Figures of all imported rows"), "strong", part));
  layout->addWidget(m_figures);
  layout->addWidget(m_coresNote);
  layout->addWidget(m_cores);
  return part;
}

QWidget* DataReportView::buildPlots() {
  m_plots = new QWidget(m_right);
  m_ranks = new CountPlot(tr("Long tail"), QStringLiteral("long-tail"), m_plots);
  m_lengths = new CountPlot(tr("Rows of a user"), QStringLiteral("histories"), m_plots);
  m_ratings = new CountPlot(tr("Ratings"), QStringLiteral("ratings"), m_plots);
  m_months = new CountPlot(tr("Rows by month"), QStringLiteral("months"), m_plots);
  m_means = new CountPlot(tr("Mean rating by month"), QStringLiteral("mean-ratings"), m_plots);
  m_means->setObjectName(QStringLiteral("meanPlot"));
  m_ranks->setObjectName(QStringLiteral("rankPlot"));
  m_lengths->setObjectName(QStringLiteral("lengthPlot"));
  m_ratings->setObjectName(QStringLiteral("ratingPlot"));
  m_months->setObjectName(QStringLiteral("monthPlot"));
  for (CountPlot* plot : {m_ranks, m_lengths, m_ratings, m_months, m_means}) plot->setOpens();
  connect(m_ranks, &CountPlot::chosen, this,
          [this](int i) { Q_EMIT rowsAsked(Behind::Items, filterOfRank(m_counted->report, i)); });
  connect(m_lengths, &CountPlot::chosen, this,
          [this](int i) { Q_EMIT rowsAsked(Behind::Users, filterOfLength(m_counted->report, i)); });
  connect(m_ratings, &CountPlot::chosen, this,
          [this](int i) { Q_EMIT rowsAsked(Behind::Ratings, filterOfRating(m_counted->report, i)); });
  for (CountPlot* plot : {m_months, m_means})
    connect(plot, &CountPlot::chosen, this,
            [this](int i) { Q_EMIT rowsAsked(Behind::Months, filterOfMonth(m_counted->report, i)); });
  m_plotGrid = new QGridLayout(m_plots);
  m_plotGrid->setContentsMargins(0, 0, 0, 0);
  m_plotGrid->setHorizontalSpacing(sectionSpace);
  m_plotGrid->setVerticalSpacing(pageMargin);
  QLabel* hint = makeLabel(tr("A click, or an arrow key and Return, shows the rows of a bar in their table. The "
                              "context menu of a plot copies and saves it."),
                           "small", m_plots);
  hint->setWordWrap(true);
  m_plotGrid->addWidget(hint, 3, 0, 1, 2);
  return m_plots;
}

void DataReportView::look() {
  const auto& set = m_workbench.dataSet();
  if (!set) return;
  m_leaks->look();
  m_places->look();
  if (sameSet(m_of, set)) return;
  const int generation = ++m_generation;
  m_of = set;
  m_counted.reset();
  m_instead->hide();
  m_scroll->hide();
  m_line->follow(m_workbench.jobs().submit(
                     JobKind::Light, {},
                     [folder = m_workbench.workspaceFolder(), name = set->name](const TaskContext& context) {
                       Counted counted;
                       counted.report = report_data(folder, name, context);
                       Workspace workspace(folder);
                       counted.remarks = remarksOf(counted.report, dropped_of(workspace, counted.report.data_set.id));
                       return counted;
                     },
                     this,
                     [this, generation](Counted counted) {
                       if (generation == m_generation) showCounted(std::move(counted));
                     },
                     [this, generation](const QString& message) {
                       if (generation == m_generation) sayInstead(tr("This set could not be counted"), message);
                     }),
                 tr("Counting…"));
}

void DataReportView::sayInstead(const QString& title, const QString& text) {
  m_of.reset();
  m_scroll->hide();
  m_instead->setTexts(title, text, tr("Count again"));
  m_instead->show();
}

void DataReportView::showCounted(Counted counted) {
  m_counted = std::move(counted);
  m_scroll->show();
  showImport();
  std::vector<QStringList> figures;
  for (const Figure& f : figuresOf(m_counted->report)) figures.push_back({f.name, f.value, f.meaning});
  m_figures->setRows(figures);
  const bool some = m_counted->report.data_set.interactions > 0;
  m_cores->setVisible(some);
  m_coresNote->setVisible(some);
  m_cores->setRows(coreRows(m_counted->report));
  showPlots();
}

void DataReportView::showImport() {
  const DataReport& report = m_counted->report;
  m_headline->setText(report.import ? importHeadline(*report.import)
                                    : tr("This set was imported before reports were kept. Import its files again to "
                                         "see what was read, mended and dropped."));
  if (m_counted->remarks.empty() && report.import) m_headline->setText(m_headline->text() + tr(" · nothing to remark"));
  m_remarks->setVisible(!m_counted->remarks.empty());
  m_remarks->setRows(remarkRows(m_counted->remarks));
  m_facts->setText(report.import ? importFacts(*report.import).join(u'\n') : QString());
  m_facts->setVisible(report.import.has_value());
  m_hash->setText(tr("Content hash %1").arg(toQt(report.data_set.content_hash)));
}

void DataReportView::showPlots() {
  const DataReport& report = m_counted->report;
  m_ranks->setSeries(rankSeries(report));
  m_lengths->setSeries(lengthSeries(report));
  m_ratings->setSeries(ratingSeries(report));
  m_months->setSeries(monthSeries(report));
  m_means->setSeries(meanSeries(report));
  // Two in a line, those that there are; one that is alone in its line has all of it.
  std::vector<CountPlot*> shown;
  for (CountPlot* plot : {m_ranks, m_lengths, m_ratings, m_months, m_means}) {
    m_plotGrid->removeWidget(plot);
    plot->setVisible(!plot->series().counts.empty());
    if (!plot->series().counts.empty()) shown.push_back(plot);
  }
  const auto count = static_cast<int>(shown.size());
  for (int place = 0; place < count; ++place) {
    const bool alone = place % 2 == 0 && place + 1 == count;
    m_plotGrid->addWidget(shown[static_cast<size_t>(place)], place / 2, place % 2, 1, alone ? 2 : 1);
  }
  for (int column : {0, 1}) m_plotGrid->setColumnStretch(column, 1);
  m_plots->setVisible(count > 0);
}

QString DataReportView::text() const {
  if (!m_counted) return {};
  const QString places = m_places->text();
  return reportText(m_counted->report, m_counted->remarks, m_leaks->leaks()) +
         (places.isEmpty() ? QString() : places + u'\n');
}

void DataReportView::arrange() {
  const bool two = width() >= twoColumnsFrom;
  if (m_grid->count() > 0 && two == m_twoColumns) return;
  m_twoColumns = two;
  m_grid->removeWidget(m_left);
  m_grid->removeWidget(m_right);
  m_grid->addWidget(m_left, 0, 0);
  m_grid->addWidget(m_right, two ? 0 : 1, two ? 1 : 0);
  m_grid->setColumnStretch(0, 1);
  m_grid->setColumnStretch(1, two ? 1 : 0);
  m_grid->setRowStretch(0, two ? 1 : 0);
  m_grid->setRowStretch(1, two ? 0 : 1);
}

void DataReportView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  arrange();
}

}  // namespace prefscope
