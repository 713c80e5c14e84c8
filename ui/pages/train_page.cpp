// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/train_page.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QHBoxLayout>
#include <QMessageBox>
#include <QPushButton>
#include <QStackedWidget>
#include <algorithm>
#include <cmath>

#include "ui/pages/compare_dialog.h"
#include "ui/pages/live_view.h"
#include "ui/pages/run_bar.h"
#include "ui/pages/runs_card.h"
#include "ui/pages/train_form.h"
#include "ui/pages/train_settings.h"
#include "ui/pages/unknown_set_panel.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/empty_state.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int formWidth = 308;
constexpr int lowRunsHeight = 172, highRunsHeight = 240;
constexpr int highFrom = 800;  // pixels of the page
constexpr int pollMs = 250;    // four times a second

}  // namespace

TrainPage::TrainPage(Workbench& workbench, QWidget* parent) : Page(workbench, parent) {
  m_form = new TrainForm(workbench, this);
  m_form->setFixedWidth(formWidth);
  auto* empty = new Card({}, this);
  m_empty = new EmptyState(QStringLiteral("train"), {}, {}, {}, empty);
  connect(m_empty, &EmptyState::pressed, this, &TrainPage::doNext);
  empty->body()->addWidget(m_empty);
  m_live = new LiveView(workbench, this);
  m_stack = new QStackedWidget(this);
  m_stack->addWidget(empty);
  m_stack->addWidget(m_live);
  m_stack->addWidget(asPage(new UnknownSetPanel(workbench), this));
  m_bar = new RunBar(this);
  m_runsCard = new RunsCard(this);

  auto* right = new QVBoxLayout;
  right->setSpacing(12);
  right->addWidget(m_stack, 1);
  right->addWidget(m_bar);
  right->addWidget(m_runsCard);
  auto* columns = new QHBoxLayout(this);
  columns->setContentsMargins(pageMargin, 12, pageMargin, 12);
  columns->setSpacing(12);
  columns->addWidget(m_form);
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
  connect(m_runsCard, &RunsCard::runSelected, this, [this](qint64 run) { this->workbench().setRun(run); });
  connect(m_runsCard, &RunsCard::checkedChanged, this, &TrainPage::showOthers);
  connect(m_runsCard, &RunsCard::copyWanted, this, &TrainPage::copyCommand);
  connect(m_runsCard, &RunsCard::compareWanted, this, &TrainPage::compareSettings);
  connect(m_runsCard, &RunsCard::deleteWanted, this, &TrainPage::askDelete);
  const auto openCase = [this](qint64 example) {
    const auto shown = m_history.find(m_run);
    if (shown == m_history.end()) return;
    this->workbench().setPreparation(shown->second.run.preparation);  // whose example it is
    this->workbench().requestCase(example, m_run);
  };
  connect(m_runsCard, &RunsCard::caseWanted, this, openCase);
  connect(m_live, &LiveView::caseWanted, this, openCase);
  connect(m_live, &LiveView::brushed, this, [this](const PanelRange& range) {
    m_brush = range;
    listExamples();
    m_runsCard->showExamplesTab();
  });
  const auto all = [this] {
    m_brush.reset();
    m_live->clearBrush();
    listExamples();
  };
  connect(m_live, &LiveView::brushCleared, this, all);
  connect(m_runsCard, &RunsCard::allWanted, this, all);
  connect(m_bar, &RunBar::resumeWanted, this, &TrainPage::resume);
  connect(m_bar, &RunBar::pauseWanted, this,
          [this] { this->workbench().jobs().cancel(this->workbench().jobOfRun(m_run)); });
  connect(m_bar, &RunBar::finishWanted, this, [this] { this->workbench().finishRun(m_run); });
  refreshRuns();
  m_form->suggest();
  showRun(workbench.run());
}

void TrainPage::activate() {
  refreshRuns();
  m_poll.start();
}

void TrainPage::deactivate() {
  m_poll.stop();
}

void TrainPage::resizeEvent(QResizeEvent* event) {
  Page::resizeEvent(event);
  m_runsCard->setFixedHeight(height() >= highFrom ? highRunsHeight : lowRunsHeight);
}

QString TrainPage::subheading() const {
  const std::vector<Run>& runs = m_runsCard->runs().runs();
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
  for (const Run& run : runs) {
    if (const auto known = m_history.find(run.id); known != m_history.end()) known->second.run = run;
  }
  m_runsCard->setRuns(std::move(runs));
  m_form->refresh();
  showRun(workbench().run());
  Q_EMIT headingChanged();
}

void TrainPage::showNothing() {
  if (!m_runsCard->runs().runs().empty()) return;
  const auto& set = workbench().dataSet();
  m_stack->setCurrentIndex(m_form->startsFromForeign() && workbench().lacksModel() ? 2 : 0);
  if (!set) {
    m_empty->setTexts(tr("No data set yet"), tr("A run trains on the users of a data set. Import one first."),
                      tr("Go to Data"));
  } else if (workbench().preparation() == 0) {
    m_empty->setTexts(tr("Not prepared yet"),
                      tr("Prepare the data set first: that holds users out and makes the examples a run trains on."),
                      tr("Go to Data"));
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
  } else {
    m_form->start();
  }
}

void TrainPage::showRun(int64_t id) {
  m_runsCard->selectRun(id);
  const RunModel& runs = m_runsCard->runs();
  const Run* run = runs.runAt(runs.rowOf(id));
  const bool none = runs.runs().empty();
  if (none) {
    showNothing();
  } else {
    m_stack->setCurrentWidget(m_live);
  }
  m_runsCard->setVisible(!none);
  m_bar->setVisible(run != nullptr);
  const int64_t before = m_run;
  m_run = run ? run->id : 0;
  if (run) {
    m_history[m_run].run = *run;
    m_runsCard->setBusy(workbench().jobOfRun(m_run) != 0);
    m_bar->show(m_history[m_run], workbench().jobOfRun(m_run) != 0);
  }
  if (m_run == before) return;
  m_brush.reset();
  m_live->clearBrush();
  showOthers();
}

void TrainPage::showOthers() {
  const std::vector<int64_t> checked = m_runsCard->runs().checkedRuns();
  const auto wanted = [&](int64_t run) {
    return run == m_run || std::find(checked.begin(), checked.end(), run) != checked.end();
  };
  m_live->show(nullptr, {});  // what it draws is about to go
  std::erase_if(m_history, [&](const auto& known) { return !wanted(known.first); });
  for (const int64_t run : checked) {
    const RunModel& runs = m_runsCard->runs();
    if (const Run* row = runs.runAt(runs.rowOf(run))) m_history[run].run = *row;
  }
  draw();
  listExamples();
  poll();
}

bool TrainPage::wantsReading(int64_t run) const {
  const auto known = m_history.find(run);
  if (known == m_history.end()) return false;
  // Another program may train it too.
  return known->second.run.status == RunStatus::Running || workbench().jobOfRun(run) != 0 ||
         !known->second.isComplete();
}

void TrainPage::poll() {
  if (m_reading) return;
  std::vector<RunRequest> requests;
  for (const auto& [run, known] : m_history) {
    if (wantsReading(run)) requests.push_back(nextRequest(run, known));
  }
  if (requests.empty()) return;
  m_reading = true;
  workbench().jobs().submit(
      JobKind::Light, {},
      [folder = workbench().workspaceFolder(), requests](const TaskContext&) {
        Workspace workspace(folder);
        std::vector<RunNews> news;
        for (const RunRequest& request : requests) news.push_back(readNews(workspace, request));
        return news;
      },
      this,
      [this](std::vector<RunNews> news) {
        m_reading = false;
        take(std::move(news));
      },
      [this](const QString& message) {
        m_reading = false;
        m_poll.stop();
        workbench().reportError(tr("The curves could not be read"), message);
      });
}

void TrainPage::take(std::vector<RunNews> news) {
  std::vector<Run> runs(m_runsCard->runs().runs().rbegin(), m_runsCard->runs().runs().rend());
  bool drawAgain = false, newExamples = false, statusChanged = false;
  for (RunNews& part : news) {
    const auto known = m_history.find(part.run.id);
    if (known == m_history.end()) continue;  // no longer shown
    RunHistory& history = known->second;
    for (Run& row : runs) {
      if (row.id != part.run.id) continue;
      statusChanged = statusChanged || row.status != part.run.status;
      row = part.run;
    }
    // What was asked for before the run was forgotten does not follow what is known.
    if (!part.metrics.empty() && !history.metrics.empty() && part.metrics.front().step <= history.metrics.back().step)
      continue;
    newExamples = newExamples || (part.run.id == m_run && !part.scores.empty());
    drawAgain = addNews(history, std::move(part)) || drawAgain;
  }
  m_runsCard->setRuns(std::move(runs));
  if (const auto shown = m_history.find(m_run); shown != m_history.end())
    m_bar->show(shown->second, workbench().jobOfRun(m_run) != 0);
  if (drawAgain) draw();
  if (newExamples) listExamples();
  if (statusChanged) Q_EMIT headingChanged();
  // Another run was chosen meanwhile: it need not wait for the next beat.
  if (std::any_of(m_history.begin(), m_history.end(), [](const auto& h) { return !h.second.read; })) poll();
}

void TrainPage::draw() {
  const auto shown = m_history.find(m_run);
  std::vector<const RunHistory*> others;
  for (const auto& [run, known] : m_history) {
    if (run != m_run) others.push_back(&known);
  }
  m_live->show(shown == m_history.end() ? nullptr : &shown->second, others);
}

void TrainPage::listExamples() {
  const auto shown = m_history.find(m_run);
  if (shown == m_history.end()) {
    m_runsCard->setExamples({}, {});
    return;
  }
  std::vector<PanelExample> examples = namedExamples(shown->second);
  QString note;
  if (m_brush) {
    const std::vector<int64_t> within = examplesWithin(shown->second.scores, *m_brush);
    std::erase_if(examples,
                  [&](const PanelExample& e) { return !std::binary_search(within.begin(), within.end(), e.example); });
    note = tr("%1 of %2 pass through %3 .. %4 nats at steps %5 .. %6")
               .arg(examples.size())
               .arg(shown->second.panel.empty() ? 0 : shown->second.panel.back().examples)
               .arg(signedText(m_brush->low), signedText(m_brush->high))
               .arg(std::max<qint64>(0, std::llround(m_brush->firstStep)))
               .arg(std::llround(m_brush->lastStep));
  }
  m_runsCard->setExamples(std::move(examples), note);
}

void TrainPage::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange && m_bar) showRun(m_run);
  Page::changeEvent(event);
}

void TrainPage::resume() {
  workbench().attempt(tr("The run could not be started"), [this] { workbench().trainRun(m_run); });
}

void TrainPage::copyCommand() {
  workbench().attempt(tr("The run could not be read"), [this] {
    Workspace& workspace = workbench().workspace();
    QApplication::clipboard()->setText(trainCommand(options_of(workspace, read_run(workspace, m_run))));
    Q_EMIT workbench().noticed(tr("The command is on the clipboard"));
  });
}

void TrainPage::compareSettings() {
  std::vector<Run> runs;
  for (const auto& [id, known] : m_history) runs.push_back(known.run);
  (new CompareDialog(workbench(), runs, this))->open();
}

void TrainPage::askDelete() {
  const Run* run = m_runsCard->runs().runAt(m_runsCard->runs().rowOf(m_run));
  if (!run) return;
  auto* box = new QMessageBox(QMessageBox::NoIcon, tr("Delete a run"), {}, QMessageBox::Cancel, this);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setTextFormat(Qt::PlainText);
  box->setText(tr("Delete %1?").arg(toQt(run->name)));
  box->setInformativeText(tr("Its curves, scores, cases and its adapter go with it. This cannot be undone."));
  QPushButton* yes = box->addButton(tr("Delete"), QMessageBox::DestructiveRole);
  yes->setObjectName(QStringLiteral("confirmDeleteRun"));
  box->setDefaultButton(QMessageBox::Cancel);
  connect(yes, &QPushButton::clicked, this, [this, id = run->id] { workbench().deleteRun(id); });
  box->open();
}

}  // namespace prefscope
