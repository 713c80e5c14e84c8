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
#include "ui/pages/user_list_dialog.h"
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
  const std::pair<const char*, QString> groups[Groups] = {
      {"improvedUsers", tr("Users whose chosen item ranks higher than before")},
      {"worsenedUsers", tr("Users whose chosen item ranks lower than before")},
      {"unchangedUsers", tr("Users whose chosen item kept its rank")}};
  for (int group = 0; group < Groups; ++group) {
    auto* number = new QPushButton(this);
    number->setObjectName(QString::fromLatin1(groups[group].first));
    number->setProperty("flat", true);
    QFont underlined = number->font();
    underlined.setUnderline(true);
    number->setFont(underlined);
    number->setStyleSheet(QStringLiteral("padding: 3px 2px;"));  // words of a line, which begins where the page does
    number->setCursor(Qt::PointingHandCursor);
    number->setToolTip(tr("%1: opens the list").arg(groups[group].second));
    connect(number, &QPushButton::clicked, this, [this, group] { openList(static_cast<Group>(group)); });
    line->addWidget(number);
    m_numbers[static_cast<size_t>(group)] = number;
  }
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
  m_before = tally.before;
  m_after = tally.after;
  m_users = std::move(tally.users);
  const Comparison& n = tally.comparison;
  const QString texts[Groups] = {
      n.improved == 1 ? tr("1 user improved") : tr("%1 users improved").arg(countText(n.improved)),
      tr("%1 worsened").arg(countText(n.worsened)), tr("%1 unchanged").arg(countText(n.unchanged))};
  const int64_t counts[Groups] = {n.improved, n.worsened, n.unchanged};
  for (size_t group = 0; group < Groups; ++group) {
    m_numbers[group]->setText(texts[group]);
    m_numbers[group]->setVisible(whole);
    m_numbers[group]->setEnabled(counts[group] > 0);
  }
  m_score->setVisible(!whole && !scoring);
  if (whole) {
    m_text->setText(tr("of %1 held out, %2 against %3").arg(countText(c.held_out)).arg(m_after, m_before));
  } else {
    // First the reference, then the run itself, as they are scored.
    const bool before = c.scored_before < c.held_out;
    const QString scored =
        tr("%1 of %2 held-out users").arg(countText(before ? c.scored_before : c.scored_after), countText(c.held_out));
    const QString model = before ? m_before : m_after;
    m_text->setText(scoring ? tr("Scoring %1 under %2…").arg(scored, model)
                            : tr("%1 are scored under %2: no tally yet.").arg(scored, model));
  }
  setVisible(c.held_out > 0);
  // Many users take long to read: the scoring comes first.
  if (scoring && !whole) m_poll.start(std::max<int>(pollMs, static_cast<int>(4 * m_reading.elapsed())));
  const int64_t before = std::exchange(m_scored, std::ssize(c.after));
  if (m_scored > before) Q_EMIT scored();
}

void TallyLine::openList(Group group) {
  std::vector<UserChange> users = m_users;
  std::erase_if(users, [group](const UserChange& u) {
    const double change = u.rankBefore - u.rankAfter;
    return group != (change > 0 ? Improved : change < 0 ? Worsened : Unchanged);
  });
  const QString title = m_numbers[static_cast<size_t>(group)]->text();
  auto* list = new UserListDialog(title, m_text->text(), std::move(users), m_before, m_after, window());
  connect(list, &UserListDialog::userOpened, &m_workbench,
          [bench = &m_workbench, run = m_run](qint64 example) { bench->requestCase(example, run); });
  // Its users are of this preparation.
  connect(&m_workbench, &Workbench::currentPreparationChanged, list, &QDialog::close);
  list->show();
}

}  // namespace prefscope
