// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/live_view.h"

#include <QComboBox>
#include <QEvent>
#include <QGridLayout>
#include <QHeaderView>
#include <QLabel>
#include <QStackedWidget>
#include <QTableView>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "ui/theme.h"
#include "ui/widgets/band_plot.h"
#include "ui/widgets/card.h"
#include "ui/widgets/curve_card.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int tallFrom = 620;  // pixels: with less there is one row of small charts
constexpr size_t columns = 4;  // of small charts
constexpr size_t lostShown = 20;
constexpr double noticeable = 0.005;  // nats: less is shown as 0.00

double betaOf(const Run& run) {
  const auto options = nlohmann::json::parse(run.options, nullptr, false);
  return options.is_object() ? options.value("beta", 1.0) : 1.0;
}

template <typename Row, typename Get>
std::vector<double> valuesOf(const std::vector<Row>& rows, Get get) {
  std::vector<double> values;
  values.reserve(rows.size());
  for (const Row& row : rows) values.push_back(get(row));
  return values;
}

/// A list is as wide as the word that it shows, so that there is room for the figure beside it.
void fitToText(QComboBox* box) {
  QFont font = box->font();
  font.setWeight(QFont::DemiBold);
  box->setFixedWidth(QFontMetrics(font).horizontalAdvance(box->currentText()) + 24);
}

double orNothing(const std::optional<double>& value) {
  return value.value_or(std::nan(""));
}

}  // namespace

std::vector<PanelExample> namedExamples(const RunHistory& history) {
  std::vector<PanelExample> examples = panelExamples(history.scores);
  for (PanelExample& example : examples) {
    if (const auto name = history.names.find(example.example); name != history.names.end()) {
      example.user = name->second.user;
      example.target = name->second.target;
    }
  }
  return examples;
}

LiveView::LiveView(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(12);
  m_main = new QStackedWidget(this);
  layout->addWidget(m_main, 5);
  m_grid = new QGridLayout;
  m_grid->setSpacing(12);
  layout->addLayout(m_grid, 4);
  buildMain();
  buildLost();
  const QString titles[] = {tr("Loss"),     tr("Margin"),        tr("HR@1"),          tr("NDCG@5"),
                            tr("Accuracy"), tr("Learning rate"), tr("Gradient norm"), tr("Speed")};
  QSettings& settings = workbench.settings();
  for (size_t i = 0; i < cells; ++i) {
    m_cells[i] = new CurveCard(this);
    auto* figures = new QComboBox(m_cells[i]);
    figures->setProperty("flat", true);
    figures->setObjectName(QStringLiteral("figure%1").arg(i));
    figures->setAccessibleName(tr("Figure of chart %1").arg(i + 1));
    figures->setToolTip(tr("What this chart shows"));
    for (const QString& title : titles) figures->addItem(title);
    const QString key = QStringLiteral("train/chart%1").arg(i);
    figures->setCurrentIndex(std::clamp(settings.value(key, static_cast<int>(i)).toInt(), 0, figures->count() - 1));
    m_cells[i]->setTitleWidget(figures);
    m_figures[i] = figures;
    fitToText(figures);
    connect(figures, &QComboBox::activated, this, [this, i, key](int index) {
      fitToText(m_figures[i]);
      m_workbench.settings().setValue(key, index);
      drawCell(i);
    });
  }
  arrange();
}

void LiveView::buildMain() {
  m_bandCard = new Card(tr("Log-ratio of chosen and rejected"), this);
  m_bandReadout = makeLabel({}, "", m_bandCard);
  m_bandReadout->setObjectName(QStringLiteral("bandReadout"));
  m_bandReadout->setTextFormat(Qt::RichText);  // numbers and words of ours only
  m_bandReadout->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  m_bandReadout->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  m_bandCard->addToHeader(m_bandReadout, true);
  m_bands = new BandPlot(m_bandCard);
  m_bands->setAccessibleName(tr("Log-ratios of the panel by step: median, 25-75 %, 5-95 %"));
  m_bandCard->body()->addWidget(m_bands, 1);
  m_rewards = new CurveCard(this);
  m_main->addWidget(m_bandCard);
  m_main->addWidget(m_rewards);
  connect(m_bands, &BandPlot::hovered, this, &LiveView::drawBandReadout);
  connect(m_bands, &BandPlot::brushed, this, &LiveView::brushed);
  connect(m_bands, &BandPlot::brushCleared, this, &LiveView::brushCleared);
}

void LiveView::buildLost() {
  m_lostCard = new Card(tr("Lost most"), this);
  m_lostCard->setAccessibleName(tr("Examples that lost most"));
  m_lostBy = new QComboBox(m_lostCard);
  m_lostBy->setProperty("flat", true);
  m_lostBy->setObjectName(QStringLiteral("lostBy"));
  m_lostBy->setAccessibleName(tr("Lost in"));
  m_lostBy->setToolTip(tr("Since the start of this run, in nats"));
  m_lostBy->addItem(tr("chosen"));
  m_lostBy->addItem(tr("margin"));
  m_lostCard->addToHeader(m_lostBy);
  m_lost = new PanelExampleModel(this);
  m_lostTable = new QTableView(m_lostCard);
  m_lostTable->setObjectName(QStringLiteral("lost"));
  m_lostTable->setAccessibleName(tr("Examples that lost most"));
  m_lostTable->setModel(m_lost);
  m_lostTable->setShowGrid(false);
  m_lostTable->setWordWrap(false);
  m_lostTable->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_lostTable->setSelectionMode(QAbstractItemView::SingleSelection);
  m_lostTable->setTabKeyNavigation(false);
  m_lostTable->setCursor(Qt::PointingHandCursor);
  m_lostTable->verticalHeader()->hide();
  m_lostTable->verticalHeader()->setDefaultSectionSize(22);
  m_lostTable->horizontalHeader()->hide();
  m_lostTable->horizontalHeader()->setMinimumSectionSize(20);
  for (const int hidden : {PanelExampleModel::Chosen, PanelExampleModel::Rejected, PanelExampleModel::Rank})
    m_lostTable->setColumnHidden(hidden, true);
  m_lostTable->setColumnWidth(PanelExampleModel::User, 44);
  m_lostTable->setColumnWidth(PanelExampleModel::ChosenChange, 52);
  m_lostTable->setColumnWidth(PanelExampleModel::MarginChange, 52);
  m_lostTable->horizontalHeader()->setSectionResizeMode(PanelExampleModel::Target, QHeaderView::Stretch);
  m_lostEmpty = makeLabel({}, "muted", m_lostCard);
  m_lostEmpty->setAlignment(Qt::AlignCenter);
  m_lostEmpty->setWordWrap(true);
  m_lostCard->body()->addWidget(m_lostTable, 1);
  m_lostCard->body()->addWidget(m_lostEmpty, 1);
  fitToText(m_lostBy);
  connect(m_lostBy, &QComboBox::currentIndexChanged, this, [this] {
    fitToText(m_lostBy);
    drawLost();
  });
  const auto open = [this](const QModelIndex& index) {
    if (const PanelExample* example = m_lost->exampleAt(index.row())) Q_EMIT caseWanted(example->example);
  };
  connect(m_lostTable, &QTableView::clicked, this, open);
  connect(m_lostTable, &QTableView::activated, this, open);
}

void LiveView::arrange() {
  // Where there is little room, the first charts and the examples; each chart can show every figure.
  const size_t shown = m_tall ? cells : columns - 1;
  for (size_t i = 0; i < cells; ++i) {
    m_grid->removeWidget(m_cells[i]);
    m_cells[i]->setVisible(i < shown);
    if (i < shown) m_grid->addWidget(m_cells[i], static_cast<int>(i / columns), static_cast<int>(i % columns));
  }
  m_grid->removeWidget(m_lostCard);
  m_grid->addWidget(m_lostCard, static_cast<int>(shown / columns), static_cast<int>(shown % columns));
  for (int column = 0; column < static_cast<int>(columns); ++column) m_grid->setColumnStretch(column, 1);
}

void LiveView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  const bool tall = height() >= tallFrom;
  if (tall == m_tall) return;
  m_tall = tall;
  arrange();
  for (size_t i = columns - 1; i < cells; ++i) drawCell(i);
}

void LiveView::show(const RunHistory* history, const std::vector<const RunHistory*>& others) {
  m_history = history;
  m_others = others;
  drawMain();
  for (size_t i = 0; i < cells; ++i) drawCell(i);
  drawLost();
}

void LiveView::clearBrush() {
  m_bands->clearBrush();
}

void LiveView::drawMain() {
  const bool panel = m_history && !m_history->panel.empty();
  // A run that will have a panel shows its empty place at once.
  m_main->setCurrentWidget(panel ? static_cast<QWidget*>(m_bandCard) : m_rewards);
  if (!m_history) {
    m_rewards->setUp(QStringLiteral(" "), {}, CurveCard::Range::Signed, {});
    return;
  }
  const Run& run = m_history->run;
  const QString name = toQt(run.name);
  const auto total = static_cast<double>(run.steps_total);
  if (panel) {
    m_bandCard->setTitle(tr("Log-ratio of chosen and rejected, %1").arg(name));
    std::vector<BandPlot::Ghost> ghosts;
    for (const RunHistory* other : m_others) {
      if (!other->panel.empty()) ghosts.push_back({toQt(other->run.name), other->panel});
    }
    m_bands->setData(m_history->panel, find_alarms(m_history->panel, betaOf(run)), ghosts, total);
    drawBandReadout(static_cast<int>(m_history->panel.size()) - 1);
    return;
  }
  const QString waiting = tr("The curve begins with the first step.");
  const Theme& t = theme();
  std::vector<double> steps = valuesOf(m_history->metrics, [](const StepMetric& m) { return double(m.step); });
  if (run.objective == "sft") {
    m_rewards->setUp(tr("Loss of %1").arg(name), tr("nats a token"), CurveCard::Range::Values, waiting);
    std::vector<GhostCurve> ghosts;
    for (const RunHistory* other : m_others) {
      if (other->run.objective == "sft")
        ghosts.push_back({toQt(other->run.name),
                          valuesOf(other->metrics, [](const StepMetric& m) { return double(m.step); }),
                          valuesOf(other->metrics, [](const StepMetric& m) { return m.loss; })});
    }
    m_rewards->setData(std::move(steps),
                       {{tr("loss"), t.sft, valuesOf(m_history->metrics, [](const StepMetric& m) { return m.loss; })}},
                       total, std::move(ghosts));
    return;
  }
  m_rewards->setUp(tr("Reward of chosen and rejected, %1").arg(name), tr("nats × beta"), CurveCard::Range::Signed,
                   waiting);
  m_rewards->setData(std::move(steps),
                     {{tr("chosen"), t.chosen,
                       valuesOf(m_history->metrics, [](const StepMetric& m) { return orNothing(m.reward_chosen); })},
                      {tr("rejected"), t.rejected,
                       valuesOf(m_history->metrics, [](const StepMetric& m) { return orNothing(m.reward_rejected); })}},
                     total);
}

void LiveView::drawBandReadout(int evaluation) {
  if (!m_history || evaluation < 0 || evaluation >= static_cast<int>(m_history->panel.size())) return;
  const PanelSummary& s = m_history->panel[static_cast<size_t>(evaluation)];
  const Theme& t = theme();
  const auto part = [](const QColor& color, const QString& name, const Quantiles& q) {
    return QStringLiteral("<span style='color:%1'>● %2</span> <b>%3</b> (%4 .. %5)&nbsp;&nbsp; ")
        .arg(color.name(), name, signedText(q.p50), signedText(q.p5), signedText(q.p95));
  };
  m_bandReadout->setText(
      part(t.chosen, tr("chosen"), s.chosen) + part(t.rejected, tr("rejected"), s.rejected) +
      QStringLiteral("<span style='color:%1'>%2</span>").arg(t.muted.name(), tr("nats · step %1").arg(s.step)));
}

void LiveView::drawCell(size_t cell) {
  CurveCard* card = m_cells[cell];
  if (card->isHidden()) return;
  using Range = CurveCard::Range;
  const auto figure = static_cast<Figure>(m_figures[cell]->currentIndex());
  const QString waiting =
      m_history && m_history->metrics.empty() ? tr("Begins with the first step.") : tr("This run has no such figure.");
  const auto range = figure == Figure::Loss                                                           ? Range::Values
                     : figure == Figure::Margin                                                       ? Range::Signed
                     : figure == Figure::Hr1 || figure == Figure::Ndcg5 || figure == Figure::Accuracy ? Range::Unit
                                                                                                      : Range::Zero;
  const bool ofPanel = figure == Figure::Hr1 || figure == Figure::Ndcg5;
  const bool sft = m_history && m_history->run.objective == "sft";
  const QString unit = figure == Figure::Loss       ? sft ? tr("nats a token") : tr("nats")
                             : figure == Figure::Margin ? sft ? tr("nats, panel") : tr("nats × beta")
                             : ofPanel ? tr("panel")
                       : figure == Figure::Accuracy ? tr("of examples")
                       : figure == Figure::Speed    ? tr("tokens a second")
                                                    : QString();
  const QString title = m_figures[cell]->currentText();
  card->setUp(title, unit, range, waiting);
  card->setAccessibleName(title);
  if (!m_history) return;

  // Steps and values of a run; margins of an SFT run, which compares no pairs, come from its panel.
  const auto curve = [&](const RunHistory& h, std::vector<double>& steps) {
    const bool panelMargin = figure == Figure::Margin && h.run.objective == "sft";
    if (ofPanel || panelMargin) {
      steps = valuesOf(h.panel, [](const PanelSummary& s) { return double(s.step); });
      return valuesOf(h.panel, [&](const PanelSummary& s) {
        return figure == Figure::Hr1 ? s.hr_1 : figure == Figure::Ndcg5 ? s.ndcg_5 : s.margin;
      });
    }
    steps = valuesOf(h.metrics, [](const StepMetric& m) { return double(m.step); });
    return valuesOf(h.metrics, [&](const StepMetric& m) {
      switch (figure) {
        case Figure::Loss:
          return m.loss;
        case Figure::Margin:
          return orNothing(m.margin);
        case Figure::Accuracy:
          return orNothing(m.accuracy);
        case Figure::LearningRate:
          return m.learning_rate;
        case Figure::GradientNorm:
          return m.gradient_norm;
        default:
          return m.seconds > 0 ? static_cast<double>(m.tokens) / m.seconds : std::nan("");
      }
    });
  };
  const bool exact = ofPanel || figure == Figure::LearningRate || (figure == Figure::Margin && sft);
  std::vector<double> steps;
  Curve own{title, sft ? theme().sft : theme().dmpo, curve(*m_history, steps), exact};
  if (figure == Figure::Hr1) {
    for (const PanelSummary& s : m_history->panel)
      own.errors.push_back(std::sqrt(s.hr_1 * (1 - s.hr_1) / static_cast<double>(s.examples)));
  }
  std::vector<GhostCurve> ghosts;
  for (const RunHistory* other : m_others) {
    // A loss in other units would say nothing beside this one.
    if (figure == Figure::Loss && (other->run.objective == "sft") != sft) continue;
    if (figure == Figure::Margin && (other->run.objective == "sft") != sft) continue;
    GhostCurve ghost{toQt(other->run.name), {}, {}, exact};
    ghost.values = curve(*other, ghost.steps);
    ghosts.push_back(std::move(ghost));
  }
  card->setData(std::move(steps), {std::move(own)}, static_cast<double>(m_history->run.steps_total), std::move(ghosts));
}

void LiveView::drawLost() {
  const bool byMargin = m_lostBy->currentIndex() == 1;
  std::vector<PanelExample> examples;
  if (m_history) examples = namedExamples(*m_history);
  const auto change = [byMargin](const PanelExample& e) { return byMargin ? e.marginChange : e.chosenChange; };
  std::erase_if(examples, [&](const PanelExample& e) { return change(e) > -noticeable; });
  std::stable_sort(examples.begin(), examples.end(),
                   [&](const auto& a, const auto& b) { return change(a) < change(b); });
  if (examples.size() > lostShown) examples.resize(lostShown);
  const bool none = examples.empty();
  m_lostTable->setColumnHidden(PanelExampleModel::ChosenChange, byMargin);
  m_lostTable->setColumnHidden(PanelExampleModel::MarginChange, !byMargin);
  m_lost->setExamples(std::move(examples));
  m_lost->sort(byMargin ? PanelExampleModel::MarginChange : PanelExampleModel::ChosenChange, Qt::AscendingOrder);
  m_lostTable->setVisible(!none);
  m_lostEmpty->setVisible(none);
  m_lostEmpty->setText(!m_history || m_history->panel.empty()
                           ? tr("The panel's examples that lost most since the start of the run.")
                       : m_history->panel.size() == 1 ? tr("Known from the second evaluation on.")
                                                      : tr("No example of the panel lost."));
}

void LiveView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange && m_main) show(m_history, m_others);
  QWidget::changeEvent(event);
}

}  // namespace prefscope
