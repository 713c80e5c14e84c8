// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/plane_card.h"

#include <QBoxLayout>
#include <QButtonGroup>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QShortcut>
#include <QStackedWidget>
#include <algorithm>

#include "ui/models/table_sources.h"
#include "ui/pages/users_window.h"
#include "ui/theme.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/plane_plot.h"

namespace prefscope {
namespace {

constexpr int roomForBoth = 300;   // pixels of each plane
constexpr int aroundPlanes = 130;  // pixels of height that the rest of the card takes

/// A pill whose key is in its tool tip.
QPushButton* toolPill(QWidget* parent, const char* name, const QString& text, const QString& tip,
                      const QKeySequence& keys) {
  auto* pill = new QPushButton(text, parent);
  pill->setObjectName(QString::fromLatin1(name));
  pill->setProperty("pill", true);
  pill->setShortcut(keys);
  pill->setToolTip(QStringLiteral("<p>%1 (%2)</p>").arg(tip, keys.toString(QKeySequence::NativeText)));
  return pill;
}

}  // namespace

PlaneCard::PlaneCard(QWidget* parent) : Card(tr("Held-out users"), parent) {
  auto* planes = new QWidget(this);
  m_planes = new QBoxLayout(QBoxLayout::LeftToRight, planes);
  m_planes->setContentsMargins(0, 0, 0, 0);
  m_planes->setSpacing(gridUnit);
  for (int i = 0; i < Sides; ++i) {
    auto* plot = new PlanePlot(planes);
    plot->setPlane(i == MarginSide ? PlanePlot::Plane::Margin : PlanePlot::Plane::Displacement);
    m_planes->addWidget(plot, 1);
    m_plots[static_cast<size_t>(i)] = plot;
  }
  m_pills = buildPills();
  addToHeader(m_pills);
  m_tools = buildTools();
  m_note = makeLabel({}, "small", this);
  m_note->setWordWrap(true);
  m_empty = new EmptyState(QStringLiteral("train"), {}, {}, {}, this);
  m_stack = new QStackedWidget(this);
  m_stack->addWidget(planes);
  m_stack->addWidget(m_empty);
  body()->addWidget(m_tools);
  body()->addWidget(m_stack, 1);
  body()->addWidget(m_note);
  // The Tab key goes down the card.
  QWidget* before = nullptr;
  for (QWidget* line : {m_pills, m_tools, planes}) {
    for (QWidget* each : line->findChildren<QWidget*>(Qt::FindDirectChildrenOnly)) {
      if (before) setTabOrder(before, each);
      before = each;
    }
  }
  for (PlanePlot* plot : m_plots) {
    PlanePlot* other = m_plots[plot == m_plots[MarginSide] ? DisplacementSide : MarginSide];
    connect(plot, &PlanePlot::exampleChosen, this, &PlaneCard::exampleChosen);
    connect(plot, &PlanePlot::exampleHovered, other, &PlanePlot::setHovered);
    connect(plot, &PlanePlot::viewChanged, this, &PlaneCard::writeNote);
    connect(plot, &PlanePlot::examplesChosen, this, [this](const std::vector<qint64>& examples) {
      if (!examples.empty()) return usersWindow()->showChosen(examples);
      clearSelection();
    });
  }
  connect(m_empty, &EmptyState::pressed, this, &PlaneCard::trainRequested);
  auto* escape = new QShortcut(QKeySequence(Qt::Key_Escape), this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut);
  connect(escape, &QShortcut::activated, this, [this] {
    clearSelection();
    m_lasso->setChecked(false);
  });
  showSides();
}

QWidget* PlaneCard::buildPills() {
  auto* pills = new QWidget(this);
  auto* line = new QHBoxLayout(pills);
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(gridUnit);
  auto* group = new QButtonGroup(this);
  const std::tuple<QString, QString, Side> choices[] = {
      {tr("margin"), tr("The margin before and after training: above the diagonal it was raised"), MarginSide},
      {tr("displacement"), tr("What training did to the chosen and to the rejected, each for itself"),
       DisplacementSide}};
  for (const auto& [text, tip, which] : choices) {
    auto* pill = new QPushButton(text, pills);
    pill->setObjectName(text + QStringLiteral("Plane"));
    pill->setProperty("pill", true);
    pill->setToolTip(tip);
    pill->setCheckable(true);
    pill->setChecked(which == MarginSide);
    group->addButton(pill);
    line->addWidget(pill);
    connect(pill, &QPushButton::clicked, this, [this, which = which] {
      m_side = which;
      showSides();
    });
  }
  return pills;
}

QWidget* PlaneCard::buildTools() {
  auto* tools = new QWidget(this);
  tools->setObjectName(QStringLiteral("cardHeader"));  // its buttons are as high as those there
  auto* line = new QHBoxLayout(tools);
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(gridUnit);
  m_lasso = toolPill(tools, "lasso", tr("lasso"),
                     tr("Drag round users to list them; off: dragging moves the view, with Shift it goes round users. "
                        "Escape takes the marks away"),
                     QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_L));
  m_lasso->setCheckable(true);
  connect(m_lasso, &QPushButton::toggled, this, [this](bool on) {
    for (PlanePlot* plot : m_plots) plot->setLasso(on);
  });
  m_hardestButton = toolPill(
      tools, "hardestRejected", tr("hardest rejected"),
      tr("The rejected side is the rejected item with the highest log-prob, which may be another after training: the "
         "margin is above 0 where the chosen ranks first. Off: the mean of all rejected"),
      QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_H));
  m_hardestButton->setCheckable(true);
  connect(m_hardestButton, &QPushButton::toggled, this, &PlaneCard::setHardest);
  auto* list = toolPill(tools, "listUsers", tr("list"), tr("List users by what changed"),
                        QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_U));
  auto* menu = new QMenu(list);
  menu->setToolTipsVisible(true);
  for (const UserRule rule : allRules)
    menu->addAction(ruleTitle(rule), this, [this, rule] { usersWindow()->showRule(rule); });
  list->setMenu(menu);
  list->setProperty("menu", true);
  line->addWidget(m_lasso);
  line->addWidget(m_hardestButton);
  line->addStretch(1);
  line->addWidget(list);
  return tools;
}

UsersWindow* PlaneCard::usersWindow() {
  if (!m_users) {
    m_users = new UsersWindow(window());
    m_users->setPoints(m_points, m_hardest);
    // Beside the planes, where they can be seen with it.
    const QPoint corner = mapToGlobal(QPoint(0, 0)), least = window()->mapToGlobal(QPoint(0, 0));
    m_users->move(std::max(least.x(), corner.x() - m_users->width() - gridUnit), corner.y());
    connect(m_users, &UsersWindow::userOpened, this, &PlaneCard::exampleChosen);
    for (PlanePlot* plot : m_plots) {
      connect(m_users, &UsersWindow::listed, plot, &PlanePlot::setSelected);
      connect(m_users, &UsersWindow::userPointed, plot, &PlanePlot::setHovered);
      connect(m_users, &QObject::destroyed, plot, [plot] {
        plot->setSelected({});
        plot->setHovered(0);
      });
    }
  }
  m_users->show();
  m_users->raise();
  m_users->activateWindow();
  return m_users;
}

void PlaneCard::clearSelection() {
  for (PlanePlot* plot : m_plots) plot->setSelected({});
  if (UsersWindow* list = m_users) {
    m_users.clear();
    list->disconnect();  // it is deleted later, when others may be selected
    list->close();
  }
}

void PlaneCard::setHardest(bool hardest) {
  m_hardest = hardest;
  for (PlanePlot* plot : m_plots) plot->setHardest(hardest);
  if (m_users) m_users->setPoints(m_points, hardest);
  writeNote();
}

void PlaneCard::showSides() {
  const Arrangement now = arrangement();
  m_arrangement = now;
  const bool both = now != Arrangement::One;
  m_planes->setDirection(now == Arrangement::Stacked ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
  m_pills->setVisible(!both && !m_points.empty());
  m_tools->setVisible(!m_points.empty());
  for (int i = 0; i < Sides; ++i) m_plots[static_cast<size_t>(i)]->setVisible(both || i == m_side);
  writeNote();
}

PlaneCard::Arrangement PlaneCard::arrangement() const {
  const int w = width() - 2 * cardMargin, h = height() - aroundPlanes;
  const int beside = std::min(w / 2, h), stacked = std::min(w, h / 2);  // the shorter side of a plane
  if (std::max(beside, stacked) < roomForBoth) return Arrangement::One;
  return 1.2 * beside >= stacked ? Arrangement::Beside : Arrangement::Stacked;
}

void PlaneCard::resizeEvent(QResizeEvent* event) {
  Card::resizeEvent(event);
  if (arrangement() != m_arrangement) showSides();
}

void PlaneCard::showNoReference() {
  m_empty->setTexts(tr("Nothing to compare yet"),
                    tr("Train a run: each held-out user then has a mark here, before and after."), tr("Train a run"));
  m_points.clear();
  clearSelection();
  for (PlanePlot* plot : m_plots) plot->setPoints({}, 0);
  m_stack->setCurrentWidget(m_empty);
  showSides();
}

void PlaneCard::showPoints(const std::vector<MarginPoint>& points, qint64 marked, int64_t heldOut) {
  m_points = points;
  m_heldOut = heldOut;
  for (PlanePlot* plot : m_plots) plot->setPoints(points, marked);
  if (m_users) m_users->setPoints(points, m_hardest);
  m_empty->setTexts(tr("Not scored yet"), tr("The held-out users are scored under this run after it is trained."));
  m_stack->setCurrentIndex(points.empty() ? 1 : 0);
  showSides();
}

void PlaneCard::writeNote() {
  m_note->setVisible(!m_points.empty());
  if (m_points.empty()) return;
  const auto count = [this](auto holds) {
    return countText(std::count_if(m_points.begin(), m_points.end(),
                                   [&](const MarginPoint& p) { return holds(margin_of(p, m_hardest)); }));
  };
  const PlanePlot& margin = *m_plots[MarginSide];
  const PlanePlot& displacement = *m_plots[DisplacementSide];
  QString text;
  if (std::ssize(m_points) < m_heldOut) {
    // Wins and losses are not counted before all are there.
    text = tr("%1 of %2 users are scored. ").arg(m_points.size()).arg(m_heldOut);
  } else {
    if (!margin.isHidden())
      text += tr("Margin raised for %1 users (above the diagonal), lowered for %2. ")
                  .arg(count([](const Margin& m) { return m.policy > m.reference; }),
                       count([](const Margin& m) { return m.policy < m.reference; }));
    if (!displacement.isHidden())
      text += tr("Shaded: the chosen fell together with the rejected, for %1 of %2 users. ")
                  .arg(count([](const Margin& m) { return m.ratio_chosen < 0 && m.ratio_rejected < 0; }),
                       countText(std::ssize(m_points)));
  }
  text += tr("Filled: the chosen ranks first.");
  const int outside = std::max(margin.isHidden() ? 0 : margin.marksOutside(),
                               displacement.isHidden() ? 0 : displacement.marksOutside());
  if (outside > 0) text += tr(" %1 outside of the view: a double click shows all.").arg(outside);
  m_note->setText(text);
  m_note->setToolTip(
      tr("<p>A click opens a user, the wheel zooms, dragging moves, dragging with Shift goes round "
         "users. By keys, with the focus in a plane: + and − zoom, the arrows move, 0 shows all.</p>"));
}

}  // namespace prefscope
