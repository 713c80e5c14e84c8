// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/case_page.h"

#include <QAction>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "engine/store/example_rows.h"
#include "engine/store/results.h"
#include "ui/pages/candidates_card.h"
#include "ui/pages/case_bar.h"
#include "ui/pages/evidence_card.h"
#include "ui/pages/keep_case.h"
#include "ui/pages/next_step.h"
#include "ui/pages/no_case.h"
#include "ui/pages/notebook_window.h"
#include "ui/pages/parts_card.h"
#include "ui/pages/plane_card.h"
#include "ui/pages/rationale_card.h"
#include "ui/pages/tally_line.h"
#include "ui/pages/unknown_set_panel.h"
#include "ui/theme.h"
#include "ui/widgets/candidate_chart.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/scrolling.h"
#include "ui/workbench.h"

namespace prefscope {

CasePage::CasePage(Workbench& workbench, QWidget* parent) : Page(workbench, parent) {
  m_export = new QAction(tr("Export…"), this);
  m_export->setToolTip(tr("The case as HTML that loads nothing from outside, Markdown, PDF or case.json (Ctrl+E)"));
  m_export->setEnabled(false);
  connect(m_export, &QAction::triggered, this, [this] {
    if (m_case) askCaseFile(this->workbench(), shown(), this);
  });

  m_empty = new EmptyState(QStringLiteral("case"), tr("No case yet"), {}, {}, this);
  connect(m_empty, &EmptyState::pressed, this, [this] {
    if (m_pressed) m_pressed();
  });
  auto* content = new QWidget(this);
  auto* layout = new QVBoxLayout(content);
  layout->setContentsMargins(pageMargin, gridUnit, pageMargin, 12);
  layout->setSpacing(gridUnit);
  m_bar = new CaseBar(content);
  connect(m_bar, &CaseBar::stepped, this, &CasePage::step);
  connect(m_bar, &CaseBar::interestingRequested, this, [this](Interest interest) {
    if (!m_case) return;
    if (const auto next = nextInteresting(m_case->points, interest, m_example)) {
      open(*next, m_run);
    } else {
      Q_EMIT this->workbench().noticed(m_case->points.empty() ? tr("The held-out users are not scored under a run yet")
                                                              : tr("No held-out user is so"));
    }
  });
  connect(m_bar, &CaseBar::userEntered, this, &CasePage::findUser);
  connect(m_bar, &CaseBar::runChosen, this, [this](qint64 run) { open(m_example, run); });
  connect(m_bar, &CaseBar::scoreChosen, this, [this] { open(m_example, m_run); });
  connect(m_bar, &CaseBar::savedChosen, this, [this](qint64 id) {
    openNotebook(
        this->workbench(), this, [this] { refreshSaved(); }, id);
  });
  connect(m_bar, &CaseBar::saveRequested, this, [this] {
    if (m_case) saveCase(this->workbench(), shown(), [this] { refreshSaved(); });
  });
  auto* find = new QShortcut(QKeySequence::Find, this);
  connect(find, &QShortcut::activated, m_bar, &CaseBar::focusUser);
  m_tally = new TallyLine(workbench, content);
  m_next = new NextStep(workbench, content);
  auto* below = new QHBoxLayout;
  below->setSpacing(pageMargin);
  below->addWidget(m_tally, 1000);
  below->addStretch(1);  // the next step stands at the right by itself too
  below->addWidget(m_next);
  layout->addWidget(m_bar);
  layout->addLayout(below);
  layout->addWidget(buildContent(), 1);
  m_stack = new QStackedWidget(this);
  m_stack->addWidget(m_empty);
  m_stack->addWidget(makeScrolling(content, this));
  m_stack->addWidget(asPage(new UnknownSetPanel(workbench), this));
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(0, 0, 0, 0);
  all->addWidget(m_stack);

  connect(&workbench, &Workbench::caseRequested, this, [this](qint64 example, qint64 run) { open(example, run); });
  const auto anew = [this] {
    m_example = 0;
    if (isVisible()) activate();
  };
  connect(&workbench, &Workbench::currentPreparationChanged, this, anew);
  // A model that knows the set is there now, or another one.
  connect(&workbench, &Workbench::modelChosen, this, anew);
  // An import or a preparation that failed brings no case by itself.
  connect(&workbench.jobs(), &JobQueue::jobFinished, this, [this, anew](const Job& job) {
    if (job.kind == JobKind::Device && !m_case && m_example == 0) anew();
  });
  connect(&workbench, &Workbench::runsChanged, this, &CasePage::refreshModels);
  connect(&workbench, &Workbench::scoresChanged, this, [this](qint64 run) {
    // It was trained and scored while this page stood open.
    if (run == m_run || run == m_seenRun || run != this->workbench().run() || !isVisible() || m_example == 0) return;
    m_seenRun = run;
    open(m_example, run);
  });
  connect(m_tally, &TallyLine::scored, this, &CasePage::fillPlane);
  connect(m_next, &NextStep::trained, this, [this](qint64 run) {
    refreshModels();  // it is new
    if (!isVisible() || m_example == 0) {
      Q_EMIT this->workbench().noticed(tr("DMPO is trained: the Case page shows what it changed"));
    } else if (m_bar->hasRun(run)) {
      m_seenRun = run;
      open(m_example, run);
    }
  });
}

QString CasePage::heading() const {
  return m_case ? tr("User %1").arg(toQt(m_case->rank.example.user_key)) : QString();
}

QString CasePage::subheading() const {
  if (!m_case) return {};
  QString text = workbench().protocolText() + QStringLiteral(" · ") + m_bar->scoreTitle();
  if (m_case->rank.example.role == Role::Panel) text += tr(" · of the panel, watched while training");
  return text;
}

void CasePage::activate() {
  refreshModels();
  refreshSaved();
  const int64_t newest = runToShow();
  if (m_example == 0 || m_preparation != workbench().preparation()) {
    chooseFirst();
  } else if (newest != m_seenRun) {
    open(m_example, newest);
  } else {
    m_tally->refresh();
  }
  m_seenRun = newest;
}

int64_t CasePage::runToShow() const {
  // A run that is not done yet leaves the case as it is.
  const int64_t last = workbench().settings().value(QStringLiteral("case/run")).toLongLong();
  for (const int64_t run : {workbench().run(), m_seenRun, last}) {
    if (m_bar->hasRun(run)) return run;
  }
  return m_bar->newestRun();
}

void CasePage::refreshModels() {
  std::vector<Run> runs;
  workbench().attempt(tr("The runs could not be read"), [&] {
    if (workbench().dataSet()) runs = list_runs(workbench().workspace(), workbench().dataSet()->id);
  });
  std::erase_if(runs, [this](const Run& run) {
    return run.status != RunStatus::Done || run.preparation != workbench().preparation();
  });
  m_bar->setModels(tr("base model"), runs);
  m_bar->setRun(m_run);
}

void CasePage::refreshSaved() {
  std::vector<SavedCase> cases;
  workbench().attempt(tr("The saved cases could not be read"), [&] {
    if (workbench().dataSet()) cases = list_cases(workbench().workspace(), workbench().dataSet()->id);
  });
  m_bar->setSaved(cases);
}

void CasePage::chooseFirst() {
  workbench().jobs().cancel(m_job);
  ++m_generation;  // what is still being ranked is of another set
  m_case.reset();
  m_example = 0;
  m_preparation = workbench().preparation();
  m_export->setEnabled(false);
  Q_EMIT headingChanged();
  if (const auto none = whyNoCase(workbench(), m_bar->newestRun() == 0 && workbench().lacksModel())) {
    return showNothing(none->title, none->text, none->button,
                       [this, page = none->page] { Q_EMIT workbench().pageRequested(page); });
  }
  if (showUnknown()) return;
  std::optional<int64_t> first;
  const QString last = workbench().settings().value(QStringLiteral("case/user")).toString();
  try {  // the user looked at last, where this preparation has it
    if (!last.isEmpty()) first = find_example(workbench().workspace(), m_preparation, last.toStdString()).id;
  } catch (const Error&) {
  }
  workbench().attempt(tr("The examples could not be read"), [&] {
    if (!first) first = next_held_out(workbench().workspace(), m_preparation, -1, true);
  });
  if (!first) {
    return showNothing(tr("No user is held out"), tr("Prepare the data set with a share of held-out users."),
                       tr("Go to Data"), [this] { Q_EMIT workbench().pageRequested(QStringLiteral("data")); });
  }
  showNothing(tr("Ranking the first case…"), tr("The model reads the history and scores each candidate."));
  open(*first, runToShow());
}

bool CasePage::showUnknown() {
  if (m_bar->newestRun() != 0 || !workbench().lacksModel()) return false;
  m_case.reset();
  m_export->setEnabled(false);
  m_stack->setCurrentIndex(2);
  Q_EMIT headingChanged();
  return true;
}

void CasePage::showNothing(const QString& title, const QString& text, const QString& button,
                           std::function<void()> pressed) {
  m_empty->setTexts(title, text, button);
  m_pressed = std::move(pressed);
  m_stack->setCurrentWidget(m_empty);
}

void CasePage::open(int64_t example, int64_t run) {
  if (example == 0) return;
  workbench().jobs().cancel(m_job);
  RankOptions options;
  options.workspace = workbench().workspaceFolder();
  std::string user;
  if (!workbench().attempt(tr("The case could not be opened"), [&] {
        const Example e = read_example(workbench().workspace(), example);
        if (e.candidates.empty())
          throw Error(ErrorKind::BadInput,
                      "an imported pair has no candidate list; a case needs a user of a data set with items");
        user = e.user_key;
      }))
    return;
  m_preparation = workbench().preparation();
  m_example = example;
  refreshModels();
  if (showUnknown()) return;
  if (!m_bar->hasRun(run)) run = 0;  // not finished, or of another preparation
  m_run = run;
  m_bar->setRun(run);
  if (run == 0 && m_bar->score() == QStringLiteral("ratio")) m_bar->setScore(QStringLiteral("sum"));  // to what?
  if (workbench().dataSet()) options.data_set = workbench().dataSet()->name;
  options.preparation = m_preparation;
  options.user = user;
  options.example = example;
  options.score = m_bar->score().toStdString();
  options.model = workbench().baseModel();
  if (run > 0) options.run = run;
  // The marks of a run stay as they are once all users are scored; with many users they take long to read.
  std::vector<MarginPoint> known;
  if (m_case && m_case->asked.run == options.run && m_case->asked.preparation == options.preparation &&
      std::ssize(m_case->points) == m_case->heldOut)
    known = m_case->points;
  const int generation = ++m_generation;
  m_job = workbench().jobs().submit(
      JobKind::Light, tr("Ranking the candidates of user %1").arg(toQt(user)),
      [options, known = std::move(known)](const TaskContext& context) {
        CaseData data{options, rank(options, context), read_chain(options, context), {}, 0};
        if (options.run) {
          Workspace workspace(options.workspace);
          data.heldOut = read_preparation(workspace, *options.preparation).held_out_examples;
          data.points = known.empty() ? read_margin_points(workspace, *options.preparation, *options.run) : known;
        }
        return data;
      },
      this,
      [this, generation](CaseData data) {
        if (generation == m_generation) show(std::move(data));
      },
      [this, generation](const QString& message) {
        if (generation != m_generation) return;
        if (m_case) return workbench().reportError(tr("The case could not be ranked"), message);
        m_example = 0;
        showNothing(tr("The case could not be ranked"), message, tr("Try again"), [this] { activate(); });
      });
}

void CasePage::show(CaseData data) {
  m_case = std::move(data);
  const RankResult& r = m_case->rank;
  m_stack->setCurrentIndex(1);
  m_export->setEnabled(true);
  workbench().settings().setValue(QStringLiteral("case/user"), toQt(r.example.user_key));
  workbench().settings().setValue(QStringLiteral("case/run"), static_cast<qlonglong>(m_run));
  m_bar->setCase(r, workbench().lacksModel()
                        ? tr("The starter does not know these titles: the Data page says what to do.")
                        : tr("Train a run to see what it changes."));
  if (r.has_reference) {
    m_plane->showPoints(m_case->points, r.example.id, m_case->heldOut);
  } else {
    m_plane->showNoReference();
  }
  m_tally->setRun(m_preparation, m_run, m_bar->score());
  m_evidence->setCase(r, m_case->asked);
  m_parts->setCase(m_case->chain, m_case->asked);
  m_candidates->setCase(r, m_case->asked, m_bar->modelName());
  // At first the target is held against the best other candidate in the pictures, against all of them in the evidence.
  if (r.candidates.size() > 1) {
    const qint64 left = m_evidence->other();
    const qint64 rival = left != 0 ? left : r.candidates[r.candidates.front().item == r.target ? 1 : 0].item;
    m_parts->setRival(rival);
    m_candidates->chart()->setRival(rival);
  }
  m_rationale->setCase(r, m_preparation, m_run);
  Q_EMIT headingChanged();
}

void CasePage::fillPlane() {
  if (!m_case || !m_case->rank.has_reference) return;
  workbench().jobs().submit(
      JobKind::Light, {},
      [folder = workbench().workspaceFolder(), preparation = m_preparation, run = m_run](const TaskContext&) {
        Workspace workspace(folder);
        return read_margin_points(workspace, preparation, run);
      },
      this,
      [this, generation = m_generation](std::vector<MarginPoint> points) {
        if (generation != m_generation || !m_case) return;
        m_case->points = std::move(points);
        m_plane->showPoints(m_case->points, m_case->rank.example.id, m_case->heldOut);
      });
}

void CasePage::step(bool forward) {
  if (!m_case) return;
  workbench().attempt(tr("The examples could not be read"), [&] {
    const auto next = next_held_out(workbench().workspace(), m_preparation, m_case->rank.example.position, forward);
    if (next) open(*next, m_run);
  });
}

void CasePage::findUser(const QString& key) {
  const bool found = workbench().attempt(tr("There is no such case"), [&] {
    open(find_example(workbench().workspace(), m_preparation, key.toStdString()).id, m_run);
  });
  if (!found && m_case) m_bar->setUser(toQt(m_case->rank.example.user_key));  // whose case still stands there
}

ShownCase CasePage::shown() const {
  CaseReport report;
  report.rank = m_case->rank;
  report.points = m_case->points;
  report.chain = m_case->chain;
  report.evidence = m_evidence->measured();
  report.evidence_item = m_evidence->item();
  report.rival = m_evidence->rivalTitle().toStdString();
  report.by_effect = m_evidence->byEffect();
  report.rationale = m_rationale->text().toStdString();
  report.rationale_note = m_rationale->note().toStdString();
  report.model = m_bar->modelName().toStdString();
  report.beside = m_candidates->beside();
  report.changes = m_parts->changes();
  return {std::move(report), m_run};
}

}  // namespace prefscope
