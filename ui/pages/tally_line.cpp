// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/tally_line.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <algorithm>
#include <limits>
#include <utility>

#include "engine/evaluate/metrics.h"
#include "engine/tasks/evaluate.h"
#include "ui/models/table_sources.h"
#include "ui/pages/change_counts.h"
#include "ui/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int pollMs = 700;

}  // namespace

/// Crosses from the job as a value.
struct TallyLine::Tally {
  RunChange change;  // without its users where they are not all scored
  Comparison comparison;
  std::vector<UserChange> users;
  QString before, after;
};

TallyLine::TallyLine(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench) {
  auto* line = new QHBoxLayout(this);
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(gridUnit);
  m_counts = new ChangeCounts({}, this);
  connect(m_counts, &ChangeCounts::userOpened, this,
          [this](qint64 example) { m_workbench.requestCase(example, m_run); });
  // Its users are of this preparation.
  connect(m_counts, &ChangeCounts::listOpened, this, [this](QWidget* list) {
    connect(&m_workbench, &Workbench::currentPreparationChanged, list, &QWidget::close);
  });
  line->addWidget(m_counts);
  m_text = new ElidedLabel({}, this);
  m_text->setObjectName(QStringLiteral("tallyText"));
  m_text->setProperty("textStyle", QStringLiteral("muted"));
  m_score = new QPushButton(tr("Score the others"), this);
  m_score->setObjectName(QStringLiteral("scoreOthers"));
  m_score->setToolTip(tr("Score all held-out users under this run and its reference, in the background"));
  connect(m_score, &QPushButton::clicked, this, [this] {
    m_workbench.attempt(tr("The users could not be scored"), [this] { m_workbench.scoreHeldOut(m_run); });
    refresh();
  });
  line->addWidget(m_text, 1);
  line->addWidget(m_score);
  m_poll.setSingleShot(true);
  connect(&m_poll, &QTimer::timeout, this, &TallyLine::refresh);
  connect(&workbench, &Workbench::scoresChanged, this, [this](qint64 run) {
    if (run == m_run) refresh();
  });
  hide();
}

void TallyLine::setRun(int64_t preparation, int64_t run, const QString& score) {
  if (preparation == m_preparation && run == m_run && score == m_how && isVisibleTo(parentWidget())) return;
  m_preparation = preparation;
  m_run = run;
  m_how = score;
  m_scored = std::numeric_limits<int64_t>::max();  // the page has read what there is
  hide();
  refresh();
}

void TallyLine::refresh() {
  m_workbench.jobs().cancel(m_job);
  m_poll.stop();
  if (m_run == 0) return;
  m_reading.start();
  m_job = m_workbench.jobs().submit(
      JobKind::Light, {},
      [folder = m_workbench.workspaceFolder(), preparation = m_preparation, run = m_run,
       score = m_how.toStdString()](const TaskContext& context) {
        Workspace workspace(folder);
        const Run row = read_run(workspace, run);
        Tally tally{run_change(workspace, preparation, run, score, context), {}, {}, {}, toQt(row.name)};
        tally.before = row.parent ? toQt(read_run(workspace, *row.parent).name) : tr("the base model");
        const RunChange& c = tally.change;
        if (std::ssize(c.after) < c.held_out) return tally;
        tally.comparison = compare_users(c.before, c.after, 0);
        tally.users = userChanges(workspace, preparation, c.before, c.after);
        return tally;
      },
      this,
      [this, run = m_run](Tally tally) {
        if (run == m_run) show(std::move(tally));
      },
      [this](const QString& message) {  // the run is gone, or its scores are broken: nothing to count
        hide();
        Q_EMIT m_workbench.noticed(tr("The held-out users could not be counted: %1").arg(message));
      });
}

void TallyLine::show(Tally tally) {
  const RunChange& c = tally.change;
  const bool whole = std::ssize(c.after) == c.held_out;
  const bool scoring = m_workbench.isScoring(m_run);
  m_counts->setVisible(whole);
  m_score->setVisible(!whole && !scoring);
  if (whole) {
    m_text->setText(tr("of %1 held out, by the chosen item's rank: %2 against %3")
                        .arg(countText(c.held_out))
                        .arg(tally.after, tally.before));
    m_counts->setUsers(tally.comparison, std::move(tally.users), m_text->text(), tally.before, tally.after);
  } else {
    // First the reference, then the run itself, as they are scored.
    const bool before = c.scored_before < c.held_out;
    const QString scored =
        tr("%1 of %2 held-out users").arg(countText(before ? c.scored_before : c.scored_after), countText(c.held_out));
    const QString model = before ? tally.before : tally.after;
    m_text->setText(scoring ? tr("Scoring %1 under %2…").arg(scored, model)
                            : tr("%1 are scored under %2: no tally yet.").arg(scored, model));
  }
  setVisible(c.held_out > 0);
  // Many users take long to read: the scoring comes first.
  if (scoring && !whole) m_poll.start(std::max<int>(pollMs, static_cast<int>(4 * m_reading.elapsed())));
  const int64_t before = std::exchange(m_scored, std::ssize(c.after));
  if (m_scored > before) Q_EMIT scored();
}

}  // namespace prefscope
