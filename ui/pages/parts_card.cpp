// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/parts_card.h"

#include <QButtonGroup>
#include <QEvent>
#include <QHBoxLayout>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/pages/changes_view.h"
#include "ui/pages/film_window.h"
#include "ui/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/rank_slope.h"
#include "ui/widgets/score_waterfall.h"
#include "ui/widgets/token_strips.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

QString viewKey() {
  return QStringLiteral("case/parts");
}

}  // namespace

PartsCard::PartsCard(Workbench& workbench, QWidget* parent) : Card({}, parent), m_workbench(workbench) {
  m_views = new QButtonGroup(this);
  m_stack = new QStackedWidget(this);
  m_strips = new TokenStrips;
  m_waterfall = new ScoreWaterfall;
  m_slope = new RankSlope;
  m_changes = new ChangesView(workbench);
  m_title = new ElidedLabel({}, this);  // what the view is, as long as there is room
  m_title->setProperty("textStyle", QStringLiteral("muted"));
  m_title->setObjectName(QStringLiteral("partsTitle"));
  auto* pills = new QWidget(this);
  auto* line = new QHBoxLayout(pills);
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(gridUnit);
  const std::tuple<QString, QString, QString, QWidget*> choices[] = {
      {QStringLiteral("ranksView"), tr("ranks"),
       tr("The rank of each candidate under each model; dotted: a model beside, which no step of training joins to the "
          "next"),
       m_slope},
      {QStringLiteral("partsView"), tr("parts"), tr("The base model's log-prob, and what each run added to it"),
       m_waterfall},
      {QStringLiteral("tokensView"), tr("tokens"), tr("The log-ratio of each token of the two titles, as its colour"),
       m_strips},
      {QStringLiteral("changesView"), tr("changes"), tr("The smallest change that puts another first"), m_changes}};
  for (const auto& [name, text, tip, widget] : choices) {
    auto* pill = new QPushButton(text, pills);
    pill->setObjectName(name);
    pill->setProperty("pill", true);
    pill->setToolTip(tip);
    pill->setCheckable(true);
    m_views->addButton(pill, m_stack->count());
    line->addWidget(pill);
    if (widget == m_changes) {  // its list scrolls by itself
      widget->setAccessibleName(tip);
      m_stack->addWidget(widget);
      continue;
    }
    auto* scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setAccessibleName(tip);
    if (widget->focusPolicy() != Qt::NoFocus) scroll->setFocusPolicy(Qt::NoFocus);  // one stop of the Tab key, not two
    scroll->setWidget(widget);
    m_stack->addWidget(scroll);
  }
  m_film = new QPushButton(tr("training…"), pills);
  m_film->setObjectName(QStringLiteral("filmButton"));
  m_film->setProperty("pill", true);
  m_film->setShortcut(QKeySequence(tr("Ctrl+T")));
  m_film->setToolTip(tr("Margin, ranks and rationale at every adapter that the runs kept while they trained (Ctrl+T)"));
  line->addWidget(m_film);
  connect(m_film, &QPushButton::clicked, this, [this] { (new FilmWindow(m_workbench, m_options, window()))->show(); });
  addToHeader(pills);
  body()->setSpacing(4);
  body()->addWidget(m_title);
  body()->addWidget(m_stack, 1);
  connect(m_views, &QButtonGroup::idClicked, this, [this](int view) {
    chooseView(view);
    m_workbench.settings().setValue(viewKey(), view);
  });
  connect(m_changes, &ChangesView::editChosen, this, &PartsCard::editChosen);
  const int view = std::clamp(workbench.settings().value(viewKey(), 0).toInt(), 0, m_stack->count() - 1);
  m_views->button(view)->setChecked(true);
  chooseView(view);
  connect(m_slope, &RankSlope::candidateChosen, this, &PartsCard::candidateChosen);
  connect(m_slope, &RankSlope::candidateHovered, this, &PartsCard::candidateHovered);
  connect(m_waterfall, &ScoreWaterfall::candidateHovered, this, &PartsCard::candidateHovered);
  connect(m_strips, &TokenStrips::candidateHovered, this, &PartsCard::candidateHovered);
}

void PartsCard::setCase(const CaseChain& chain, const RankOptions& options) {
  m_chain = chain;
  m_beside.clear();
  m_options = options;
  m_film->setEnabled(options.run.has_value());
  m_changes->setCase(options);
  draw();
}

void PartsCard::chooseView(int view) {
  m_stack->setCurrentIndex(view);
  m_title->setText(m_stack->currentWidget()->accessibleName());
  setAccessibleName(m_title->text());
}

void PartsCard::setBeside(const std::vector<BesideModel>& models) {
  m_beside = models;
  m_slope->setChain(m_chain, m_rival, m_beside);
}

void PartsCard::setRival(qint64 item) {
  m_rival = item;
  draw();
}

void PartsCard::setHovered(qint64 item) {
  m_slope->setHovered(item);
  m_waterfall->setHovered(item);
  m_strips->setHovered(item);
}

std::optional<Counterfactual> PartsCard::changes() const {
  return m_changes->found();
}

void PartsCard::draw() {
  QStringList models;
  for (const ChainModel& model : m_chain.models) models << toQt(model.name);
  std::vector<TokenStrips::Strip> strips;
  std::vector<ScoreWaterfall::Column> columns;
  for (const qint64 item : {static_cast<qint64>(m_chain.example.target), m_rival}) {
    const auto found = std::find_if(m_chain.candidates.begin(), m_chain.candidates.end(),
                                    [&](const ItemText& c) { return c.id == item; });
    if (found == m_chain.candidates.end()) continue;
    const auto place = static_cast<size_t>(found - m_chain.candidates.begin());
    const QColor color = item == m_chain.example.target ? theme().target : theme().accent;
    if (place < m_chain.strips.size()) strips.push_back({toQt(found->title), color, m_chain.strips[place], item});
    ScoreWaterfall::Column column{toQt(found->title), color, m_chain.models.front().scores[place].log_prob, {}, item};
    for (size_t m = 1; m < m_chain.models.size(); ++m)
      column.added.push_back(m_chain.models[m].scores[place].log_ratio);
    columns.push_back(std::move(column));
  }
  m_strips->setStrips(std::move(strips));
  m_waterfall->setColumns(models, std::move(columns));
  m_slope->setChain(m_chain, m_rival, m_beside);
}

void PartsCard::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange && m_slope && !m_chain.models.empty()) draw();
  Card::changeEvent(event);
}

}  // namespace prefscope
