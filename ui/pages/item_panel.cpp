// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/item_panel.h"

#include <QComboBox>
#include <QLabel>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/jobs/counting_line.h"
#include "ui/models/page_tables.h"
#include "ui/pages/data_report_plots.h"
#include "ui/pages/page_figures.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/data_table.h"
#include "ui/widgets/scrolling.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int besideFrom = 760;            // pixels of width from which the plots stand side by side
constexpr qsizetype mostAttributes = 240;  // characters: some sets have whole descriptions among them

QString tabKey() {
  return QStringLiteral("data/item-tab");
}
QString orderKey() {
  return QStringLiteral("data/together-by");
}

QVBoxLayout* makeColumn(QWidget* widget) {
  auto* layout = new QVBoxLayout(widget);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(gridUnit);
  return layout;
}

}  // namespace

ItemPanel::ItemPanel(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench) {
  m_facts = makeLabel({}, "muted", this);
  m_facts->setObjectName(QStringLiteral("itemFacts"));
  m_facts->setWordWrap(true);
  m_attributes = makeLabel({}, "small", this);
  m_attributes->setObjectName(QStringLiteral("itemAttributes"));
  m_attributes->setWordWrap(true);
  m_factsLine = new CountingLine(workbench.jobs(), this);
  m_tabs = new QTabBar(this);
  m_tabs->setObjectName(QStringLiteral("itemTabs"));
  m_tabs->setAccessibleName(tr("Parts of the item's page"));
  m_tabs->setExpanding(false);
  m_tabs->setDrawBase(false);
  for (const QString& title : {tr("Ratings and time"), tr("Users"), tr("Seen together")}) m_tabs->addTab(title);
  m_users = new DataTable(new PagedTableModel(workbench, this), this);
  m_users->setObjectName(QStringLiteral("itemUsers"));
  m_users->setAccessibleName(tr("Users of the item"));
  m_stack = new QStackedWidget(this);
  m_stack->addWidget(buildRatings());
  m_stack->addWidget(m_users);
  m_stack->addWidget(buildTogether());
  auto* layout = makeColumn(this);
  layout->addWidget(m_facts);
  layout->addWidget(m_attributes);
  layout->addWidget(m_factsLine);
  layout->addWidget(m_tabs);
  layout->addWidget(m_stack, 1);

  connect(m_tabs, &QTabBar::currentChanged, this, [this](int tab) {
    m_workbench.settings().setValue(tabKey(), tab);
    m_stack->setCurrentIndex(tab);
    look();
  });
  connect(m_users, &DataTable::rowOpened, this, [this](qint64 user) {
    if (user != 0) Q_EMIT userOpened(user);
  });
  m_tabs->setCurrentIndex(std::clamp(workbench.settings().value(tabKey()).toInt(), 0, m_tabs->count() - 1));
}

QWidget* ItemPanel::buildRatings() {
  auto* content = new QWidget(this);
  m_ratings = new CountPlot(tr("Ratings"), QStringLiteral("item-ratings"), content);
  m_ratings->setObjectName(QStringLiteral("itemRatings"));
  m_timeline = new CountPlot(tr("Timeline"), QStringLiteral("item-timeline"), content);
  m_timeline->setObjectName(QStringLiteral("itemTimeline"));
  m_plots = new QBoxLayout(QBoxLayout::TopToBottom);
  m_plots->setSpacing(pageMargin);
  m_plots->addWidget(m_ratings, 1);
  m_plots->addWidget(m_timeline, 1);
  auto* layout = makeColumn(content);
  layout->setContentsMargins(0, 0, gridUnit, 0);
  layout->addLayout(m_plots);
  layout->addStretch(1);
  QScrollArea* scroll = makeScrolling(content, this);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  return scroll;
}

QWidget* ItemPanel::buildTogether() {
  auto* part = new QWidget(this);
  m_order = new QComboBox(part);
  m_order->setObjectName(QStringLiteral("togetherBy"));
  m_order->setAccessibleName(tr("What orders the items seen together"));
  m_order->addItem(tr("Cosine"), static_cast<int>(TogetherOrder::Cosine));
  m_order->addItem(tr("Users in common"), static_cast<int>(TogetherOrder::Users));
  m_order->addItem(tr("Lift"), static_cast<int>(TogetherOrder::Lift));
  m_order->setCurrentIndex(std::max(0, m_order->findData(m_workbench.settings().value(orderKey()).toInt())));
  m_togetherLine = new CountingLine(m_workbench.jobs(), part);
  m_togetherNote = makeLabel({}, "small", part);
  m_togetherNote->setObjectName(QStringLiteral("togetherNote"));
  m_togetherNote->setWordWrap(true);
  m_together = new DataTable(new PagedTableModel(m_workbench, this), part);
  m_together->setObjectName(QStringLiteral("together"));
  m_together->setAccessibleName(tr("Items seen together with this one"));
  QLabel* by = makeLabel(tr("The first %1 by").arg(together_count), "", part);
  auto* line = new QHBoxLayout;
  line->addWidget(by);
  line->addWidget(m_order);
  line->addStretch(1);
  auto* layout = makeColumn(part);
  layout->addLayout(line);
  layout->addWidget(m_togetherLine);
  layout->addWidget(m_together, 1);
  layout->addWidget(m_togetherNote);
  layout->addStretch(0);
  connect(m_order, &QComboBox::activated, this, [this] {
    m_workbench.settings().setValue(orderKey(), m_order->currentData());
    m_togetherAsked = false;
    look();
  });
  connect(m_together, &DataTable::rowOpened, this, [this](qint64 item) {
    if (item != 0) Q_EMIT itemOpened(item);
  });
  return part;
}

void ItemPanel::setItem(qint64 item, const std::optional<DataSet>& dataSet) {
  m_item = item;
  m_set = dataSet;
  m_known.reset();
  m_togetherAsked = false;
  m_factsLine->drop();
  m_togetherLine->drop();
  m_facts->clear();
  m_attributes->hide();
  for (CountPlot* plot : {m_ratings, m_timeline}) plot->hide();
  m_users->rows()->setSource({});
  m_togetherNote->clear();
  m_together->hide();
  if (item == 0) return;
  m_factsLine->count(
      tr("Reading the item's rows…"),
      [folder = m_workbench.workspaceFolder(), item](const TaskContext& context) {
        return item_facts(folder, item, context);
      },
      [this](const ItemFacts& facts) { showFacts(facts); });
}

void ItemPanel::look() {
  if (!m_known || m_tabs->currentIndex() != TogetherTab || m_togetherAsked) return;
  m_togetherAsked = true;
  m_together->hide();
  m_togetherNote->clear();
  m_togetherLine->count(
      tr("Comparing items…"),
      [folder = m_workbench.workspaceFolder(), item = m_item,
       order = static_cast<TogetherOrder>(m_order->currentData().toInt())](const TaskContext& context) {
        return items_together(folder, item, order, context);
      },
      [this](const std::vector<TogetherItem>& items) { showTogether(items); });
}

void ItemPanel::showFacts(const ItemFacts& facts) {
  m_known = facts;
  m_facts->setText(factsText(facts));
  const QString attributes = toQt(facts.attributes).simplified();
  m_attributes->setText(attributes.size() > mostAttributes ? attributes.left(mostAttributes) + QChar(0x2026)
                                                           : attributes);
  m_attributes->setVisible(!attributes.isEmpty());
  m_ratings->setSeries(ratingSeries(facts.ratings, facts.mean_rating));
  m_ratings->setVisible(!facts.ratings.counts.empty());
  m_timeline->setSeries(timelineSeries(facts.timeline));
  m_timeline->setVisible(!facts.timeline.parts.empty());
  if (m_set) m_users->rows()->setSource(itemRowsTable(*m_set, m_item));
  look();
  Q_EMIT named(facts.title.empty() ? tr("Item %1").arg(toQt(facts.key)) : toQt(facts.title).simplified());
}

void ItemPanel::showTogether(const std::vector<TogetherItem>& items) {
  const bool lift = static_cast<TogetherOrder>(m_order->currentData().toInt()) == TogetherOrder::Lift;
  m_together->setVisible(!items.empty());
  m_togetherNote->setText(
      !items.empty()
          ? tr("Cosine: users in common / √(users × users). Lift: users in common / as many as chance would "
               "give.%1 Return opens an item, Alt+Left comes back.")
                .arg(lift ? tr(" Items with fewer than %1 users in common are left out.").arg(least_users_for_lift)
                          : QString())
      : lift ? tr("No item has %1 users in common with this one.").arg(least_users_for_lift)
             : tr("No other item has a user of this one."));
  m_together->rows()->setSource(togetherTable(items, m_known->users));
}

void ItemPanel::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  m_plots->setDirection(width() >= besideFrom ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

}  // namespace prefscope
