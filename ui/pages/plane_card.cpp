// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/plane_card.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/theme.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/plane_plot.h"

namespace prefscope {

PlaneCard::PlaneCard(QWidget* parent) : Card(tr("Held-out users"), parent) {
  auto* pills = new QWidget(this);
  auto* line = new QHBoxLayout(pills);
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(gridUnit);
  auto* planes = new QButtonGroup(this);
  const std::tuple<QString, QString, PlanePlot::Plane> choices[] = {
      {tr("margin"), tr("The margin before and after training: above the diagonal it was raised"),
       PlanePlot::Plane::Margin},
      {tr("displacement"), tr("What training did to the chosen and to the rejected, each for itself"),
       PlanePlot::Plane::Displacement}};
  for (const auto& [text, tip, plane] : choices) {
    auto* pill = new QPushButton(text, pills);
    pill->setObjectName(text + QStringLiteral("Plane"));
    pill->setProperty("pill", true);
    pill->setToolTip(tip);
    pill->setCheckable(true);
    pill->setChecked(plane == PlanePlot::Plane::Margin);
    planes->addButton(pill);
    line->addWidget(pill);
    connect(pill, &QPushButton::clicked, this, [this, plane = plane] {
      m_plot->setPlane(plane);
      writeNote();
    });
  }
  addToHeader(pills);
  m_plot = new PlanePlot(this);
  m_note = makeLabel({}, "small", this);
  m_note->setWordWrap(true);
  m_empty = new EmptyState(QStringLiteral("train"), {}, {}, {}, this);
  m_stack = new QStackedWidget(this);
  m_stack->addWidget(m_plot);
  m_stack->addWidget(m_empty);
  body()->addWidget(m_stack, 1);
  body()->addWidget(m_note);
  connect(m_plot, &PlanePlot::exampleChosen, this, &PlaneCard::exampleChosen);
  connect(m_plot, &PlanePlot::viewChanged, this, &PlaneCard::writeNote);
  connect(m_empty, &EmptyState::pressed, this, &PlaneCard::trainRequested);
}

void PlaneCard::showNoReference() {
  m_points.clear();
  m_plot->setPoints({}, 0);
  m_empty->setTexts(tr("Nothing to compare yet"),
                    tr("Train a run: each held-out user then has a mark here, before and after."), tr("Train a run"));
  m_stack->setCurrentWidget(m_empty);
  writeNote();
}

void PlaneCard::showPoints(const std::vector<MarginPoint>& points, qint64 marked, int64_t heldOut) {
  m_points = points;
  m_heldOut = heldOut;
  m_plot->setPoints(points, marked);
  m_empty->setTexts(tr("Not scored yet"), tr("The held-out users are scored under this run after it is trained."));
  m_stack->setCurrentWidget(points.empty() ? static_cast<QWidget*>(m_empty) : m_plot);
  writeNote();
}

void PlaneCard::writeNote() {
  m_note->setVisible(!m_points.empty());
  if (m_points.empty()) return;
  const auto count = [this](auto holds) { return std::count_if(m_points.begin(), m_points.end(), holds); };
  QString text;
  if (std::ssize(m_points) < m_heldOut) {
    // Wins and losses are not counted before all are there.
    text = tr("%1 of %2 users are scored.").arg(m_points.size()).arg(m_heldOut);
  } else if (m_plot->plane() == PlanePlot::Plane::Margin) {
    const auto raised = count([](const MarginPoint& p) { return p.policy > p.reference; });
    const auto lowered = count([](const MarginPoint& p) { return p.policy < p.reference; });
    text = tr("Margin raised for %1 users (above the diagonal), lowered for %2.").arg(raised).arg(lowered);
  } else {
    const auto fell = count([](const MarginPoint& p) { return p.ratio_chosen < 0 && p.ratio_rejected < 0; });
    text = tr("Shaded: the chosen fell together with the rejected, for %1 of %2 users.").arg(fell).arg(m_points.size());
  }
  text += tr(" Filled: the chosen ranks first. A click opens the user, the wheel zooms.");
  if (const int outside = m_plot->marksOutside(); outside > 0)
    text += tr(" %1 outside of the view: a double click shows all.").arg(outside);
  m_note->setText(text);
}

}  // namespace prefscope
