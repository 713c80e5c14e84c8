// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/places_view.h"

#include <QLabel>
#include <QLocale>
#include <QStyle>
#include <QVBoxLayout>

#include "ui/jobs/job_line.h"
#include "ui/models/table_sources.h"
#include "ui/pages/same_set.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/count_plot.h"
#include "ui/widgets/picture_menu.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

QString listsText(int64_t lists) {
  return countedText(lists, PlacesView::tr("1 list"), PlacesView::tr("%1 lists"));
}

CountSeries seriesOf(const TargetPlaces& places) {
  CountSeries series;
  series.across = PlacesView::tr("place in the list");
  series.up = PlacesView::tr("lists");
  series.csv << QStringLiteral("place,lists,by_chance\n");
  for (size_t i = 0; i < places.counts.size(); ++i) {
    series.counts.push_back(static_cast<double>(places.counts[i]));
    series.ticks << countText(static_cast<qint64>(i) + 1);
    series.csv << csvLine({QString::number(i + 1), QString::number(places.counts[i]), exact(places.expected[i])});
  }
  series.summary = listsText(places.lists);
  series.say = [places](size_t i) {
    return PlacesView::tr("Place %1: %2; by chance %3")
        .arg(countText(static_cast<qint64>(i) + 1), listsText(places.counts[i]),
             QLocale().toString(places.expected[i], 'f', 1));
  };
  return series;
}

}  // namespace

PlacesView::PlacesView(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench) {
  m_line = new JobLine(workbench.jobs(), this);
  m_said = makeLabel({}, "", this);
  m_said->setObjectName(QStringLiteral("placesSaid"));
  m_said->setWordWrap(true);
  m_said->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_plot = new CountPlot(tr("Place of the target"), QStringLiteral("target-places"), this);
  m_plot->setObjectName(QStringLiteral("placesPlot"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(gridUnit);
  layout->addWidget(makeLabel(tr("Where targets stand in their lists"), "strong", this));
  layout->addWidget(m_line);
  layout->addWidget(m_said);
  layout->addWidget(m_plot);
  connect(m_line, &JobLine::stopped, this, [this] {
    m_preparation = 0;
    m_said->setText(tr("Stopped. Open this tab again to count them."));
  });
  m_plot->hide();
  hide();
}

void PlacesView::look() {
  const auto& set = m_workbench.dataSet();
  const qint64 preparation = set ? m_workbench.preparation() : 0;
  if (preparation == m_preparation && preparation != 0 && sameSet(set, m_set)) return;
  const int generation = ++m_generation;
  m_line->drop();
  m_preparation = preparation;
  m_set = set;
  m_places.reset();
  m_said->clear();
  m_plot->hide();
  setVisible(preparation != 0);
  if (preparation == 0) return;
  m_line->follow(m_workbench.jobs().submit(
                     JobKind::Light, {},
                     [folder = m_workbench.workspaceFolder(), name = set->name, preparation](
                         const TaskContext& context) { return find_target_places(folder, name, preparation, context); },
                     this,
                     [this, generation](TargetPlaces places) {
                       if (generation == m_generation) showPlaces(std::move(places));
                     },
                     [this, generation](const QString& message) {
                       if (generation != m_generation) return;
                       m_preparation = 0;
                       m_said->setText(tr("They could not be counted: %1").arg(message));
                     }),
                 tr("Counting places…"));
}

QString PlacesView::text() const {
  return m_places ? toQt(target_places_text(*m_places)) : QString();
}

void PlacesView::showPlaces(TargetPlaces places) {
  m_places = std::move(places);
  const bool trouble = m_places->uneven() || m_places->keeps_places();
  m_said->setProperty("textStyle", trouble ? QStringLiteral("warning") : QStringLiteral("muted"));
  m_said->style()->unpolish(m_said);
  m_said->style()->polish(m_said);
  m_said->setText(text());
  m_plot->setVisible(m_places->lists > 0);
  if (m_places->lists > 0) m_plot->setSeries(seriesOf(*m_places));
}

}  // namespace prefscope
