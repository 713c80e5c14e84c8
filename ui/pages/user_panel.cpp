// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/user_panel.h"

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QResizeEvent>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/jobs/counting_line.h"
#include "ui/models/page_tables.h"
#include "ui/models/table_sources.h"
#include "ui/pages/data_report_plots.h"
#include "ui/pages/example_inspector.h"
#include "ui/pages/page_figures.h"
#include "ui/pages/same_set.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/data_table.h"
#include "ui/widgets/scrolling.h"
#include "ui/widgets/text_table.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int besideFrom = 760;    // pixels of width from which the plots stand side by side
constexpr int tasteHeight = 4000;  // the page around it scrolls
constexpr int shareColumn = 2, setShareColumn = 3, ratingColumn = 5;
constexpr int ratingWidth = 80;                     // pixels
constexpr int shareFrom = 320, setShareFrom = 400;  // pixels of width that leave room for the shares beside the lift

QString tabKey() {
  return QStringLiteral("data/user-tab");
}
QString attributeKey() {
  return QStringLiteral("data/user-attribute");
}

QVBoxLayout* makeColumn(QWidget* widget, int spacing) {
  auto* layout = new QVBoxLayout(widget);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(spacing);
  return layout;
}

QLabel* makeNote(const QString& text, QWidget* parent) {
  QLabel* note = makeLabel(text, "small", parent);
  note->setWordWrap(true);
  return note;
}

}  // namespace

UserPanel::UserPanel(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench) {
  m_facts = makeLabel({}, "muted", this);
  m_facts->setObjectName(QStringLiteral("userFacts"));
  m_facts->setWordWrap(true);
  m_factsLine = new CountingLine(workbench.jobs(), this);
  m_tabs = new QTabBar(this);
  m_tabs->setObjectName(QStringLiteral("userTabs"));
  m_tabs->setAccessibleName(tr("Parts of the user's page"));
  m_tabs->setExpanding(false);
  m_tabs->setDrawBase(false);
  for (const QString& title : {tr("History"), tr("Timeline and taste"), tr("Nearest users")}) m_tabs->addTab(title);
  m_history = new DataTable(new PagedTableModel(workbench, this), this);
  m_history->setObjectName(QStringLiteral("history"));
  m_history->setAccessibleName(tr("History of the user"));
  m_stack = new QStackedWidget(this);
  m_stack->addWidget(m_history);
  m_stack->addWidget(buildTaste());
  m_stack->addWidget(buildNearest());
  m_case = new QPushButton(tr("Open as a case"), this);
  m_case->setObjectName(QStringLiteral("userCase"));
  m_case->setAutoDefault(false);
  m_case->hide();
  m_inspect = new QPushButton(tr("Inspect tokens…"), this);
  m_inspect->setObjectName(QStringLiteral("userTokens"));
  m_inspect->setToolTip(tr("The user's example exactly as a model gets it, token by token"));
  m_inspect->setAutoDefault(false);
  m_inspect->hide();
  auto* layout = makeColumn(this, gridUnit);
  layout->addWidget(m_facts);
  layout->addWidget(m_factsLine);
  layout->addWidget(m_tabs);
  layout->addWidget(m_stack, 1);
  auto* ways = new QHBoxLayout;
  ways->setSpacing(gridUnit);
  ways->addWidget(m_case, 1);
  ways->addWidget(m_inspect, 1);
  layout->addLayout(ways);

  connect(m_tabs, &QTabBar::currentChanged, this, [this](int tab) {
    m_workbench.settings().setValue(tabKey(), tab);
    m_stack->setCurrentIndex(tab);
    look();
  });
  connect(m_history, &DataTable::rowOpened, this, [this](qint64 item) {
    if (item != 0) Q_EMIT itemOpened(item);
  });
  connect(m_case, &QPushButton::clicked, this, [this] { m_workbench.requestCase(m_caseExample, m_workbench.run()); });
  connect(m_inspect, &QPushButton::clicked, this, [this] { inspectExample(m_workbench, this, m_caseExample); });
  connect(&workbench, &Workbench::currentPreparationChanged, this, &UserPanel::findCase);
  connect(&workbench, &Workbench::currentDataSetChanged, this, &UserPanel::findCase);
  m_tabs->setCurrentIndex(std::clamp(workbench.settings().value(tabKey()).toInt(), 0, m_tabs->count() - 1));
}

QWidget* UserPanel::buildTaste() {
  auto* content = new QWidget(this);
  m_timeline = new CountPlot(tr("Timeline"), QStringLiteral("user-timeline"), content);
  m_timeline->setObjectName(QStringLiteral("userTimeline"));
  m_ratings = new CountPlot(tr("Ratings"), QStringLiteral("user-ratings"), content);
  m_ratings->setObjectName(QStringLiteral("userRatings"));
  m_tastePart = new QWidget(content);
  m_attribute = new QComboBox(m_tastePart);
  m_attribute->setObjectName(QStringLiteral("tasteAttribute"));
  m_attribute->setAccessibleName(tr("Attribute"));
  m_attribute->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  m_attribute->setMinimumContentsLength(10);
  m_tasteLine = new CountingLine(m_workbench.jobs(), m_tastePart);
  m_tasteNote = makeNote({}, m_tastePart);
  m_tasteNote->setObjectName(QStringLiteral("tasteNote"));
  m_taste = new TextTable(tr("Values that the user has most"),
                          {{tr("Value"), false, true},
                           {tr("Rows"), true},
                           {tr("Share"), true},
                           {tr("All users"), true},
                           {tr("Lift"), true},
                           {tr("Rating ±"), true}},
                          tasteHeight, m_tastePart);
  m_taste->setObjectName(QStringLiteral("taste"));
  const QString tips[] = {QString(),
                          tr("Of this user, on items with this value"),
                          tr("Of the user's rows. An item with several values counts for each"),
                          tr("The same share of all users' rows"),
                          tr("Share / share of all users, not smoothed; from %1 rows on").arg(least_rows_for_lift),
                          tr("Mean rating of these rows against the user's own mean")};
  for (int column = 0; column < m_taste->columnCount(); ++column)
    m_taste->horizontalHeaderItem(column)->setToolTip(tips[column]);
  auto* head = new QHBoxLayout;
  head->addWidget(makeLabel(tr("Taste by attribute"), "strong", m_tastePart));
  head->addStretch(1);
  head->addWidget(m_attribute);
  auto* part = makeColumn(m_tastePart, gridUnit);
  part->addLayout(head);
  part->addWidget(m_tasteLine);
  part->addWidget(m_taste);
  part->addWidget(m_tasteNote);
  m_tasteGrid = new QGridLayout;
  m_tasteGrid->setHorizontalSpacing(pageMargin);
  m_tasteGrid->setVerticalSpacing(pageMargin);
  auto* layout = makeColumn(content, 0);
  layout->setContentsMargins(0, 0, gridUnit, 0);
  layout->addLayout(m_tasteGrid);
  layout->addStretch(1);
  arrange();
  m_tasteScroll = makeScrolling(content, this);
  m_tasteScroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  connect(m_attribute, &QComboBox::activated, this, [this] {
    m_workbench.settings().setValue(attributeKey(), m_attribute->currentText());
    showAttribute();
  });
  return m_tasteScroll;
}

QWidget* UserPanel::buildNearest() {
  auto* part = new QWidget(this);
  m_nearestLine = new CountingLine(m_workbench.jobs(), part);
  m_nearestNote = makeNote({}, part);
  m_nearestNote->setObjectName(QStringLiteral("nearestNote"));
  m_nearest = new DataTable(new PagedTableModel(m_workbench, this), part);
  m_nearest->setObjectName(QStringLiteral("nearest"));
  m_nearest->setAccessibleName(tr("Nearest users"));
  m_shared = new DataTable(new PagedTableModel(m_workbench, this), part);
  m_shared->setObjectName(QStringLiteral("sharedItems"));
  m_shared->setAccessibleName(tr("Items that both users have"));
  auto* splitter = new QSplitter(Qt::Vertical, part);
  splitter->setChildrenCollapsible(false);
  splitter->addWidget(m_nearest);
  splitter->addWidget(m_shared);
  m_nearestTables = splitter;
  auto* layout = makeColumn(part, gridUnit);
  layout->addWidget(m_nearestLine);
  layout->addWidget(m_nearestNote);
  layout->addWidget(splitter, 1);
  layout->addStretch(0);
  connect(m_nearest, &DataTable::rowSelected, this, [this](qint64 other) {
    const auto near = std::find_if(m_near.begin(), m_near.end(), [&](const NearUser& n) { return n.id == other; });
    if (near == m_near.end() || !m_known) return;
    m_shared->rows()->setSource(sharedTable(m_user, other, near->shared, !m_known->ratings.counts.empty()));
  });
  connect(m_nearest, &DataTable::rowOpened, this, [this](qint64 user) {
    if (user != 0) Q_EMIT userOpened(user);
  });
  connect(m_shared, &DataTable::rowOpened, this, [this](qint64 item) {
    if (item != 0) Q_EMIT itemOpened(item);
  });
  return part;
}

void UserPanel::setUser(qint64 user, const std::optional<DataSet>& dataSet) {
  m_user = user;
  m_set = dataSet;
  m_known.reset();
  m_tasteAsked = m_nearestAsked = false;
  for (CountingLine* line : {m_factsLine, m_tasteLine, m_nearestLine}) line->drop();
  m_facts->clear();
  showTastes({});
  m_tasteNote->clear();
  for (CountPlot* plot : {m_timeline, m_ratings}) plot->hide();
  m_near.clear();
  m_nearestNote->clear();
  m_nearestTables->hide();
  m_case->hide();
  m_inspect->hide();
  m_caseExample = 0;
  if (user == 0) {
    m_history->rows()->setSource({});
    return;
  }
  m_history->rows()->setSource(historyTable(user, m_set && m_set->has_ratings));
  m_factsLine->count(
      tr("Reading the user's rows…"),
      [folder = m_workbench.workspaceFolder(), user](const TaskContext& context) {
        return user_facts(folder, user, context);
      },
      [this](const UserFacts& facts) { showFacts(facts); });
  look();
}

void UserPanel::look() {
  if (m_user == 0) return;
  const auto folder = m_workbench.workspaceFolder();
  if (m_tabs->currentIndex() == TasteTab && !m_tasteAsked) {
    m_tasteAsked = true;
    m_tasteLine->count(
        tr("Counting attributes…"),
        [folder, user = m_user](const TaskContext& context) { return user_taste(folder, user, context); },
        [this](std::vector<Taste> tastes) {
          m_tasteNote->setText(tastes.empty() ? tr("The items of this user have no attributes.")
                                              : tr("Lift: the user's share / the share of all users, not smoothed; "
                                                   "from %1 rows on.")
                                                    .arg(least_rows_for_lift));
          showTastes(std::move(tastes));
        });
  }
  if (m_tabs->currentIndex() == NearestTab && !m_nearestAsked && m_known) {
    m_nearestAsked = true;
    m_nearestLine->count(
        tr("Comparing users…"),
        [folder, user = m_user](const TaskContext& context) { return nearest_users(folder, user, context); },
        [this](std::vector<NearUser> users) { showNearest(std::move(users)); });
  }
}

void UserPanel::showFacts(const UserFacts& facts) {
  m_known = facts;
  m_facts->setText(factsText(facts));
  m_timeline->setSeries(timelineSeries(facts.timeline));
  m_timeline->setVisible(!facts.timeline.parts.empty());
  m_ratings->setSeries(ratingSeries(facts.ratings, facts.mean_rating));
  m_ratings->setVisible(!facts.ratings.counts.empty());
  arrange();
  showAttribute();  // against the mean that is known now
  findCase();
  look();
  Q_EMIT named(tr("User %1").arg(toQt(facts.key)));
}

void UserPanel::showTastes(std::vector<Taste> tastes) {
  m_tastes = std::move(tastes);
  m_attribute->clear();
  for (const Taste& taste : m_tastes) m_attribute->addItem(toQt(taste.attribute));
  const int remembered = m_attribute->findText(m_workbench.settings().value(attributeKey()).toString());
  if (remembered >= 0) m_attribute->setCurrentIndex(remembered);
  m_attribute->setVisible(!m_tastes.empty());
  m_taste->setVisible(!m_tastes.empty());
  showAttribute();
}

void UserPanel::showAttribute() {
  const int index = m_attribute->currentIndex();
  if (index < 0 || index >= static_cast<int>(m_tastes.size())) return;
  const Taste& taste = m_tastes[static_cast<size_t>(index)];
  hideColumns();
  m_taste->setRows(tasteRows(taste, m_known ? m_known->mean_rating : std::nullopt));
}

void UserPanel::hideColumns() {
  const bool rated = m_known && !m_known->ratings.counts.empty();
  const int room = width() - (rated ? ratingWidth : 0);
  m_taste->setColumnHidden(ratingColumn, !rated);
  m_taste->setColumnHidden(setShareColumn, room < setShareFrom);
  m_taste->setColumnHidden(shareColumn, room < shareFrom);
}

void UserPanel::showNearest(std::vector<NearUser> users) {
  m_near = std::move(users);
  m_nearestTables->setVisible(!m_near.empty());
  m_nearestNote->setText(m_near.empty()
                             ? tr("No other user has an item of this one.")
                             : tr("By the cosine of the sets of items: shared / √(items × items), the highest %1. "
                                  "Ratings do not count. Return opens a user, Alt+Left comes back.")
                                   .arg(nearest_count));
  m_shared->rows()->setSource({});
  const auto first = [this] { m_nearest->selectRow(0); };
  connect(m_nearest->rows(), &PagedTableModel::counted, this, first, Qt::SingleShotConnection);
  m_nearest->rows()->setSource(nearestTable(m_near, m_known ? m_known->items : 0));
}

void UserPanel::findCase() {
  m_caseExample = 0;
  if (m_known && m_workbench.preparation() != 0 && sameSet(m_set, m_workbench.dataSet())) {
    try {
      m_caseExample = find_example(m_workbench.workspace(), m_workbench.preparation(), m_known->key).id;
    } catch (const std::exception&) {  // a user with too few positives has none
    }
  }
  m_case->setVisible(m_caseExample != 0);
  m_inspect->setVisible(m_caseExample != 0);
}

void UserPanel::arrange() {
  const bool beside = width() >= besideFrom;
  for (QWidget* part : {static_cast<QWidget*>(m_timeline), m_tastePart, static_cast<QWidget*>(m_ratings)})
    m_tasteGrid->removeWidget(part);
  m_tasteGrid->addWidget(m_timeline, 0, 0);
  m_tasteGrid->addWidget(m_tastePart, 1, 0, 1, beside ? 2 : 1);
  m_tasteGrid->addWidget(m_ratings, beside ? 0 : 2, beside ? 1 : 0);
  m_tasteGrid->setColumnStretch(0, 1);
  m_tasteGrid->setColumnStretch(1, beside && !m_ratings->isHidden() ? 1 : 0);
}

void UserPanel::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  if ((width() >= besideFrom) != (event->oldSize().width() >= besideFrom)) arrange();
  hideColumns();  // the table fits itself to its new width
}

}  // namespace prefscope
