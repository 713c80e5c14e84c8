// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/train_page.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTableView>
#include <algorithm>
#include <cmath>

#include "ui/models/run_model.h"
#include "ui/pages/train_form.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/curve_card.h"
#include "ui/widgets/empty_state.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int formWidth = 300;
constexpr int runsHeight = 200;
constexpr int pollMs = 250;  // four times a second

}  // namespace

TrainPage::TrainPage(Workbench& workbench, QWidget* parent) : Page(workbench, parent) {
  m_form = new TrainForm(workbench, this);
  auto* scroll = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);  // its fields take the focus
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFixedWidth(formWidth);
  scroll->setWidget(m_form);

  auto* empty = new Card({}, this);
  m_empty = new EmptyState(QStringLiteral("train"), {}, {}, {}, empty);
  connect(m_empty, &EmptyState::pressed, this, &TrainPage::doNext);
  empty->body()->addWidget(m_empty);
  m_stack = new QStackedWidget(this);
  m_stack->addWidget(empty);
  m_stack->addWidget(buildCurves());

  auto* right = new QVBoxLayout;
  right->setSpacing(12);
  right->addWidget(m_stack, 1);
  right->addWidget(buildRuns());
  auto* columns = new QHBoxLayout(this);
  columns->setContentsMargins(pageMargin, 12, pageMargin, 12);
  columns->setSpacing(12);
  columns->addWidget(scroll);
  columns->addLayout(right, 1);

  m_poll.setInterval(pollMs);
  connect(&m_poll, &QTimer::timeout, this, &TrainPage::poll);
  connect(&workbench, &Workbench::runsChanged, this, &TrainPage::refreshRuns);
  connect(&workbench, &Workbench::preparationsChanged, m_form, &TrainForm::refresh);
  connect(&workbench, &Workbench::currentPreparationChanged, this, [this] {
    m_form->refresh();
    showNothing();
  });
  connect(m_form, &TrainForm::modelChanged, this, &TrainPage::showNothing);
  connect(&workbench, &Workbench::currentDataSetChanged, this, [this] {
    refreshRuns();
    m_form->suggest();
  });
  connect(&workbench, &Workbench::currentRunChanged, this, [this] { showRun(this->workbench().run()); });
  refreshRuns();
  m_form->suggest();
  showRun(workbench.run());
}

QWidget* TrainPage::buildCurves() {
  auto* curves = new QWidget(this);
  auto* layout = new QVBoxLayout(curves);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(12);
  m_main = new CurveCard(curves);
  layout->addWidget(m_main, 5);
  auto* row = new QHBoxLayout;
  row->setSpacing(12);
  for (CurveCard*& card : m_small) {
    card = new CurveCard(curves);
    row->addWidget(card, 1);
  }
  layout->addLayout(row, 4);
  return curves;
}

QWidget* TrainPage::buildRuns() {
  m_runsCard = new Card(tr("Runs"), this);
  m_runsCard->setFixedHeight(runsHeight);
  m_runs = new RunModel(this);
  m_table = new QTableView(m_runsCard);
  m_table->setObjectName(QStringLiteral("runs"));
  m_table->setAccessibleName(tr("Runs"));
  m_table->setModel(m_runs);
  m_table->setShowGrid(false);
  m_table->setWordWrap(false);
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setSelectionMode(QAbstractItemView::SingleSelection);
  m_table->setTabKeyNavigation(false);
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  m_table->verticalHeader()->setDefaultSectionSize(tableRowHeight);
  QHeaderView* header = m_table->horizontalHeader();
  header->setHighlightSections(false);
  const int widths[] = {120, 110, 80, 100, 90};
  for (int i = 0; i < RunModel::Settings; ++i) m_table->setColumnWidth(i, widths[i]);
  header->setSectionResizeMode(RunModel::Settings, QHeaderView::Stretch);

  m_resume = new QPushButton(tr("Resume"), m_runsCard);
  m_stop = new QPushButton(tr("Stop"), m_runsCard);
  m_delete = new QPushButton(tr("Delete…"), m_runsCard);
  m_resume->setObjectName(QStringLiteral("resumeRun"));
  m_stop->setObjectName(QStringLiteral("stopRun"));
  m_resume->setToolTip(tr("Go on from the last checkpoint"));
  m_stop->setToolTip(tr("Stop with a checkpoint; the run can go on later"));
  m_delete->setToolTip(tr("Delete the run, its curves, its scores and its adapter"));
  m_stop->setProperty("flat", true);
  m_delete->setProperty("flat", true);
  for (QPushButton* button : {m_resume, m_stop, m_delete}) m_runsCard->addToHeader(button);
  m_runsCard->body()->addWidget(m_table);

  connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& current) {
    if (const Run* run = m_runs->runAt(current.row())) workbench().setRun(run->id);
  });
  connect(m_resume, &QPushButton::clicked, this, &TrainPage::resume);
  connect(m_stop, &QPushButton::clicked, this, [this] { workbench().jobs().cancel(workbench().jobOfRun(m_run)); });
  connect(m_delete, &QPushButton::clicked, this, &TrainPage::askDelete);
  return m_runsCard;
}

void TrainPage::activate() {
  refreshRuns();
  m_poll.start();
}

void TrainPage::deactivate() {
  m_poll.stop();
}

QString TrainPage::subheading() const {
  const std::vector<Run>& runs = m_runs->runs();
  if (runs.empty()) return workbench().protocolText();
  const auto count = [&](RunStatus status) {
    return std::count_if(runs.begin(), runs.end(), [status](const Run& r) { return r.status == status; });
  };
  QString text = runs.size() == 1 ? tr("1 run") : tr("%1 runs").arg(runs.size());
  if (const auto n = count(RunStatus::Running); n > 0) text += tr(" · %1 running").arg(n);
  if (const auto n = count(RunStatus::Queued); n > 0) text += tr(" · %1 queued").arg(n);
  return text;
}

void TrainPage::refreshRuns() {
  std::vector<Run> runs;
  const auto& set = workbench().dataSet();
  if (set)
    workbench().attempt(tr("The runs could not be read"), [&] { runs = list_runs(workbench().workspace(), set->id); });
  {
    // The model is read anew; what is looked at stays the same.
    const QSignalBlocker quiet(m_table->selectionModel());
    m_runs->setRuns(std::move(runs));
  }
  m_form->refresh();
  showRun(workbench().run());
  Q_EMIT headingChanged();
}

void TrainPage::showNothing() {
  const auto& set = workbench().dataSet();
  if (!set) {
    m_empty->setTexts(tr("No data set yet"), tr("A run trains on the users of a data set. Import one first."),
                      tr("Go to Data"));
  } else if (workbench().preparation() == 0) {
    m_empty->setTexts(tr("Not prepared yet"),
                      tr("Prepare the data set first: that holds users out and makes the examples a run trains on."),
                      tr("Go to Data"));
  } else if (workbench().isTrainingSmallModel(set->id)) {
    m_empty->setTexts(
        tr("The small model is being trained"),
        tr("It is chosen here when it is done; then train SFT, and DMPO from it. It may be stopped at any "
           "time and goes on later from there. How far it is stands below."));
  } else if (m_form->wantsSmallModel()) {
    m_empty->setTexts(tr("No model knows this data set yet"),
                      tr("The bundled starter knows the titles of the sample world only. Train a small model on %1 "
                         "first, which takes about half an hour in the background, or choose the folder of a language "
                         "model at the left. Then train SFT, and DMPO from it.")
                          .arg(toQt(set->name)),
                      tr("Train a small model…"));
  } else {
    m_empty->setTexts(tr("No run yet"),
                      tr("Start with SFT, which teaches the model the form of an answer; then run DMPO from it, which "
                         "teaches what the users prefer. The curves appear here, live."),
                      tr("Start"));
  }
}

void TrainPage::doNext() {
  if (workbench().preparation() == 0) {
    Q_EMIT workbench().pageRequested(QStringLiteral("data"));
  } else if (m_form->wantsSmallModel()) {
    m_form->askSmallModel();
  } else {
    m_form->start();
  }
}

void TrainPage::showRun(int64_t id) {
  const int row = m_runs->rowOf(id);
  if (row >= 0 && m_table->currentIndex().row() != row) {
    const QSignalBlocker quiet(m_table->selectionModel());
    m_table->selectRow(row);
    m_table->viewport()->update();
  }
  const Run* run = m_runs->runAt(row);
  if (m_runs->runs().empty()) {
    showNothing();
    m_run = 0;
  }
  m_stack->setCurrentIndex(m_runs->runs().empty() ? 0 : 1);
  m_runsCard->setVisible(!m_runs->runs().empty());
  const bool busy = run && workbench().jobOfRun(run->id) != 0;
  m_stop->setVisible(busy);
  m_resume->setVisible(run && !busy && run->status != RunStatus::Done && run->status != RunStatus::Running);
  m_resume->setText(run && run->status == RunStatus::Queued ? tr("Start") : tr("Resume"));
  m_delete->setVisible(run && !busy && run->status != RunStatus::Running);
  if (!run || run->id == m_run) return;

  m_run = run->id;
  ++m_generation;
  m_reading = m_read = false;
  m_metrics.clear();
  const QString name = toQt(run->name);
  const QString waiting = tr("The curve begins with the first step.");
  if (run->objective == "sft") {
    m_main->setUp(tr("Loss of %1").arg(name), tr("nats a token"), CurveCard::Range::Values, waiting);
    m_small[0]->setUp(tr("Gradient norm"), {}, CurveCard::Range::Zero, waiting);
    m_small[1]->setUp(tr("Learning rate"), {}, CurveCard::Range::Zero, waiting);
    m_small[2]->setUp(tr("Speed"), tr("tokens a second"), CurveCard::Range::Zero, waiting);
  } else {
    m_main->setUp(tr("Reward of chosen and rejected, %1").arg(name), tr("nats × beta"), CurveCard::Range::Signed,
                  waiting);
    m_small[0]->setUp(tr("Loss"), tr("nats"), CurveCard::Range::Values, waiting);
    m_small[1]->setUp(tr("Margin"), tr("nats × beta"), CurveCard::Range::Signed, waiting);
    m_small[2]->setUp(tr("Accuracy"), tr("of examples"), CurveCard::Range::Unit, waiting);
  }
  poll();
}

void TrainPage::poll() {
  if (m_run == 0 || m_reading) return;
  const Run* run = m_runs->runAt(m_runs->rowOf(m_run));
  const bool live = run && workbench().jobOfRun(m_run) != 0;
  // The last steps of a run that has just ended are still to be read.
  if (!live && m_read && (!run || std::ssize(m_metrics) >= run->steps_done)) return;
  m_reading = true;
  const int64_t after = m_metrics.empty() ? 0 : m_metrics.back().step;
  struct News {
    std::vector<StepMetric> metrics;
    Run run;
  };
  workbench().jobs().submit(
      JobKind::Light, {},
      [folder = workbench().workspaceFolder(), id = m_run, after](const TaskContext&) {
        Workspace workspace(folder);
        return News{read_step_metrics(workspace, id, after), read_run(workspace, id)};
      },
      this,
      [this, live, generation = m_generation](News news) {
        if (generation != m_generation) return;
        m_reading = false;
        m_read = true;
        if (live) {
          std::vector<Run> runs(m_runs->runs().rbegin(), m_runs->runs().rend());
          for (Run& row : runs) {
            if (row.id == news.run.id) row = news.run;
          }
          m_runs->setRuns(std::move(runs));
          Q_EMIT headingChanged();
        }
        // A run resumed from an older checkpoint takes steps again.
        if (news.run.steps_done < static_cast<int64_t>(m_metrics.size())) {
          m_metrics.clear();
          return;
        }
        if (news.metrics.empty()) return;
        m_metrics.insert(m_metrics.end(), news.metrics.begin(), news.metrics.end());
        drawCurves();
      },
      [this, generation = m_generation](const QString& message) {
        if (generation != m_generation) return;
        m_reading = false;
        m_poll.stop();
        workbench().reportError(tr("The curves could not be read"), message);
      });
}

void TrainPage::drawCurves() {
  const Run* run = m_runs->runAt(m_runs->rowOf(m_run));
  if (!run || m_metrics.empty()) return;
  const auto values = [this](auto get) {
    std::vector<double> result;
    result.reserve(m_metrics.size());
    for (const StepMetric& m : m_metrics) result.push_back(get(m));
    return result;
  };
  const auto orNothing = [](const std::optional<double>& v) { return v.value_or(std::nan("")); };
  const Theme& t = theme();
  const auto total = static_cast<double>(run->steps_total);
  const auto steps = values([](const StepMetric& m) { return static_cast<double>(m.step); });
  const Curve loss{tr("loss"), run->objective == "sft" ? t.sft : t.dmpo, values([](const auto& m) { return m.loss; })};
  if (run->objective == "sft") {
    m_main->setData(steps, {loss}, total);
    m_small[0]->setData(steps, {{tr("norm"), t.sft, values([](const auto& m) { return m.gradient_norm; })}}, total);
    m_small[1]->setData(steps, {{tr("rate"), t.sft, values([](const auto& m) { return m.learning_rate; }), true}},
                        total);
    m_small[2]->setData(steps, {{tr("speed"), t.sft, values([](const auto& m) {
                                   return m.seconds > 0 ? static_cast<double>(m.tokens) / m.seconds : std::nan("");
                                 })}},
                        total);
    return;
  }
  m_main->setData(steps,
                  {{tr("chosen"), t.chosen, values([&](const auto& m) { return orNothing(m.reward_chosen); })},
                   {tr("rejected"), t.rejected, values([&](const auto& m) { return orNothing(m.reward_rejected); })}},
                  total);
  m_small[0]->setData(steps, {loss}, total);
  m_small[1]->setData(steps, {{tr("margin"), t.dmpo, values([&](const auto& m) { return orNothing(m.margin); })}},
                      total);
  m_small[2]->setData(steps, {{tr("accuracy"), t.dmpo, values([&](const auto& m) { return orNothing(m.accuracy); })}},
                      total);
}

void TrainPage::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange && m_main) drawCurves();
  Page::changeEvent(event);
}

void TrainPage::resume() {
  workbench().attempt(tr("The run could not be started"), [this] { workbench().trainRun(m_run); });
}

void TrainPage::askDelete() {
  const Run* run = m_runs->runAt(m_runs->rowOf(m_run));
  if (!run) return;
  auto* box = new QMessageBox(QMessageBox::NoIcon, tr("Delete a run"), {}, QMessageBox::Cancel, this);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setTextFormat(Qt::PlainText);
  box->setText(tr("Delete %1?").arg(toQt(run->name)));
  box->setInformativeText(tr("Its curves, scores, cases and its adapter go with it. This cannot be undone."));
  QPushButton* yes = box->addButton(tr("Delete"), QMessageBox::DestructiveRole);
  box->setDefaultButton(QMessageBox::Cancel);
  connect(yes, &QPushButton::clicked, this, [this, id = run->id] { workbench().deleteRun(id); });
  box->open();
}

}  // namespace prefscope
