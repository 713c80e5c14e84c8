// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/top_bar.h"

#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

#include "ui/page.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/elided_label.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int barHeight = 44;

}  // namespace

TopBar::TopBar(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench) {
  setObjectName(QStringLiteral("topBar"));
  setAttribute(Qt::WA_StyledBackground);
  setFixedHeight(barHeight);
  m_dataSets = new QComboBox(this);
  m_dataSets->setObjectName(QStringLiteral("dataSetSwitcher"));
  m_dataSets->setAccessibleName(tr("Data set"));
  m_dataSets->setToolTip(tr("The data set that every page shows"));
  m_dataSets->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  m_dataSets->setMaximumWidth(320);
  m_heading = makeLabel({}, "strong", this);
  m_subheading = new ElidedLabel({}, this);
  m_subheading->setProperty("textStyle", QStringLiteral("muted"));
  m_primary = new QPushButton(this);
  m_primary->setProperty("primary", true);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(gridUnit, 0, pageMargin, 0);
  layout->setSpacing(gridUnit);
  layout->addWidget(m_dataSets);
  layout->addWidget(m_heading);
  layout->addSpacing(pageMargin);
  layout->addWidget(m_subheading, 1);
  layout->addWidget(m_primary);
  connect(m_dataSets, &QComboBox::activated, this,
          [this](int index) { m_workbench.setDataSet(m_dataSets->itemData(index).toLongLong()); });
  connect(m_primary, &QPushButton::clicked, this, &TopBar::press);
  connect(&workbench, &Workbench::dataSetsChanged, this, &TopBar::refreshDataSets);
  connect(&workbench, &Workbench::currentDataSetChanged, this, &TopBar::refreshDataSets);
  refreshDataSets();
}

void TopBar::showPage(Page* page, const QString& title) {
  if (m_page) m_page->disconnect(this);
  m_page = page;
  m_title = title;
  connect(page, &Page::headingChanged, this, &TopBar::refresh);
  refresh();
}

void TopBar::press() {
  if (QAction* action = m_page ? m_page->primaryAction() : nullptr) action->trigger();
}

void TopBar::refreshDataSets() {
  m_workbench.attempt(tr("The data sets could not be read"), [this] {
    m_dataSets->clear();
    for (const DataSet& set : list_data_sets(m_workbench.workspace()))
      m_dataSets->addItem(toQt(set.name), static_cast<qlonglong>(set.id));
  });
  const auto& current = m_workbench.dataSet();
  m_dataSets->setVisible(m_dataSets->count() > 0);
  if (current) m_dataSets->setCurrentIndex(m_dataSets->findData(static_cast<qlonglong>(current->id)));
  refresh();
}

void TopBar::refresh() {
  const auto& set = m_workbench.dataSet();
  window()->setWindowTitle(set ? toQt(set->name) : QString());
  if (!m_page) return;
  const QString heading = m_page->heading().isEmpty() ? m_title : m_page->heading();
  m_heading->setText(set ? QStringLiteral("/  ") + heading : heading);
  m_subheading->setText(m_page->subheading());
  const QAction* action = m_page->primaryAction();
  m_primary->setVisible(action != nullptr);
  if (!action) return;
  m_primary->setText(QString(action->text()).remove(QLatin1Char('&')));
  m_primary->setEnabled(action->isEnabled());
  m_primary->setToolTip(action->toolTip());
}

}  // namespace prefscope
