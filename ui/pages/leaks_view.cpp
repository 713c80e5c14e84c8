// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/leaks_view.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/jobs/job_line.h"
#include "ui/models/table_sources.h"
#include "ui/pages/data_report_text.h"
#include "ui/pages/same_set.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/text_table.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int kindsHeight = 400, rowsHeight = 260;  // from which the tables scroll

}  // namespace

LeaksView::LeaksView(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench) {
  m_line = new JobLine(workbench.jobs(), this);
  m_note = makeLabel({}, "muted", this);
  m_note->setObjectName(QStringLiteral("leaksNote"));
  m_note->setWordWrap(true);
  m_again = new QPushButton(tr("Look again"), this);
  m_again->setObjectName(QStringLiteral("leaksAgain"));
  m_again->hide();
  m_kinds = new TextTable(tr("Kinds of leaks"),
                          {{tr("Count"), true}, {tr("Kind")}, {tr("What it counts"), false, true}}, kindsHeight, this);
  m_kinds->setObjectName(QStringLiteral("leakKinds"));
  m_rowsNote = makeLabel({}, "small", this);
  m_rowsNote->setObjectName(QStringLiteral("leakRowsNote"));
  m_rowsNote->setWordWrap(true);
  m_rows = new TextTable(tr("Examples of the chosen kind"), {{tr("Example of")}, {tr("What it shares"), false, true}},
                         rowsHeight, this);
  m_rows->setObjectName(QStringLiteral("leakRows"));
  auto* head = new QHBoxLayout;
  head->addWidget(makeLabel(tr("Leaks between training and test"), "strong", this));
  head->addStretch(1);
  head->addWidget(m_again);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(gridUnit);
  layout->addLayout(head);
  layout->addWidget(m_line);
  layout->addWidget(m_note);
  layout->addWidget(m_kinds);
  layout->addWidget(m_rowsNote);
  layout->addWidget(m_rows);
  connect(m_line, &JobLine::stopped, this, [this] {
    m_preparation = 0;
    say(tr("Stopped."), true);
  });
  connect(m_again, &QPushButton::clicked, this, &LeaksView::look);
  connect(m_kinds, &QTableWidget::currentCellChanged, this, [this](int row) { showRows(row); });
  connect(m_rows, &QTableWidget::cellActivated, this, &LeaksView::openRow);
  say({}, false);
}

void LeaksView::look() {
  const auto& set = m_workbench.dataSet();
  const qint64 preparation = set ? m_workbench.preparation() : 0;
  if (preparation == m_preparation && preparation != 0 && sameSet(set, m_set)) return;
  const int generation = ++m_generation;
  m_line->drop();
  m_preparation = preparation;
  m_set = set;
  if (preparation == 0) {
    say(tr("Nothing is held out yet: prepare the data set at the left, and what its test shares with its training "
           "stands here."),
        false);
    return;
  }
  say({}, false);
  m_line->follow(m_workbench.jobs().submit(
                     JobKind::Light, {},
                     [folder = m_workbench.workspaceFolder(), name = set->name, preparation](
                         const TaskContext& context) { return find_leaks(folder, name, preparation, context); },
                     this,
                     [this, generation](std::vector<Leak> leaks) {
                       if (generation == m_generation) showLeaks(std::move(leaks));
                     },
                     [this, generation](const QString& message) {
                       if (generation != m_generation) return;
                       m_preparation = 0;
                       say(tr("They could not be looked for: %1").arg(message), true);
                     }),
                 tr("Looking for leaks…"));
}

void LeaksView::say(const QString& text, bool again) {
  m_leaks.clear();
  m_kind = -1;
  m_note->setText(text);
  m_note->setVisible(!text.isEmpty());
  m_again->setVisible(again);
  for (QWidget* widget :
       {static_cast<QWidget*>(m_kinds), static_cast<QWidget*>(m_rows), static_cast<QWidget*>(m_rowsNote)})
    widget->hide();
}

void LeaksView::showLeaks(std::vector<Leak> leaks) {
  say({}, false);
  m_leaks = std::move(leaks);
  std::vector<QStringList> rows;
  int first = 0;  // the first kind that there is
  for (size_t i = m_leaks.size(); i-- > 0;) {
    if (m_leaks[i].count > 0) first = static_cast<int>(i);
  }
  for (const Leak& leak : m_leaks) {
    QString meaning = toQt(leak.meaning);
    if (!meaning.isEmpty()) meaning[0] = meaning[0].toUpper();
    rows.push_back({countText(leak.count), leakTitle(leak), meaning + u'.'});
  }
  const bool clean = std::all_of(m_leaks.begin(), m_leaks.end(), [](const Leak& leak) { return leak.count == 0; });
  m_note->setText(clean ? tr("None was found.") : QString());
  m_note->setVisible(clean);
  m_kinds->show();
  m_kinds->setRows(rows);
  m_kinds->setCurrentCell(first, 0);
  showRows(first);
}

const Leak* LeaksView::shownLeak() const {
  return m_kind >= 0 && m_kind < static_cast<int>(m_leaks.size()) ? &m_leaks[static_cast<size_t>(m_kind)] : nullptr;
}

bool LeaksView::opensCases() const {
  return m_workbench.dataSet() && m_workbench.dataSet()->interactions > 0;  // a given pair has no candidate list
}

void LeaksView::showRows(int kind) {
  m_kind = kind;
  const Leak* leak = shownLeak();
  const bool some = leak && !leak->rows.empty();
  m_rows->setVisible(some);
  m_rowsNote->setVisible(some);
  if (!some) return;
  const auto shown = static_cast<int64_t>(leak->rows.size());
  QString note =
      shown < leak->count
          ? tr("%1: the first %2 of %3 examples.").arg(leakTitle(*leak), countText(shown), countText(leak->count))
          : tr("%1: the examples.").arg(leakTitle(*leak));
  if (opensCases()) note += tr(" Return or a double click opens the case.");
  m_rowsNote->setText(note);
  std::vector<QStringList> rows;
  for (const LeakRow& row : leak->rows)
    rows.push_back({opensCases() ? tr("user %1").arg(toQt(row.subject)) : toQt(row.subject), toQt(row.detail)});
  m_rows->setRows(rows);
  m_rows->setCurrentCell(0, 0);
}

void LeaksView::openRow(int row) {
  const Leak* leak = shownLeak();
  if (!leak || row < 0 || row >= static_cast<int>(leak->rows.size()) || !opensCases()) return;
  m_workbench.requestCase(leak->rows[static_cast<size_t>(row)].example, m_workbench.run());
}

}  // namespace prefscope
