// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/changes_view.h"

#include <QEvent>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

#include "engine/explain/case_text.h"
#include "engine/explain/evidence_text.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int lineHeight = 20, leastLines = 2;

QString shortened(const ItemText& item) {
  return toQt(short_title(item.title)).simplified();
}

}  // namespace

QString changesSummary(const KeptCounterfactual& kept) {
  return toQt(changes_summary(kept.found, kept.candidates.at(kept.found.first).title)).simplified() +
         ChangesView::tr(" A line opens that edit.");
}

std::optional<Counterfactual> ChangesView::found() const {
  return m_found ? std::optional(m_found->found) : std::nullopt;
}

ChangesView::ChangesView(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  m_text = makeLabel({}, "small", this);
  m_text->setObjectName(QStringLiteral("changes"));
  m_text->setWordWrap(true);
  m_look = new QPushButton(tr("Look for the smallest change"), this);
  m_look->setObjectName(QStringLiteral("lookForChanges"));
  m_look->setToolTip(
      tr("Takes every item out of the history, every pair, then larger sets, and adds items of the "
         "catalogue, until another candidate is first"));
  m_list = new QListWidget(this);
  m_list->setObjectName(QStringLiteral("changeList"));
  m_list->setAccessibleName(tr("Changes that put another candidate first; Return opens one"));
  m_list->setFrameShape(QFrame::NoFrame);
  m_list->setFont(smallFont());
  m_list->setMinimumHeight(leastLines * lineHeight);
  m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_list->setCursor(Qt::PointingHandCursor);
  layout->addWidget(m_text);
  layout->addWidget(m_look, 0, Qt::AlignLeft);
  layout->addWidget(m_list, 1);
  layout->addStretch();
  connect(m_look, &QPushButton::clicked, this, &ChangesView::look);
  connect(m_list, &QListWidget::itemClicked, this, [this](QListWidgetItem* item) { open(m_list->row(item)); });
  // Return; a double click came as two clicks already, and the second finds the edit made.
  connect(m_list, &QListWidget::itemActivated, this, [this](QListWidgetItem* item) { open(m_list->row(item)); });
  offer({});
}

void ChangesView::offer(const QString& text) {
  m_lines.clear();
  m_list->clear();
  m_list->hide();
  m_text->setText(text.isEmpty()
                      ? tr("The fewest items of the history to remove, or of the catalogue to add, so that another "
                           "candidate comes first: each is ranked anew, and opens as an edit.")
                      : text);
  m_look->setText(tr("Look for the smallest change"));
  m_look->show();
}

void ChangesView::setCase(const RankOptions& options) {
  m_workbench.jobs().cancel(m_job);
  m_job = 0;
  ++m_generation;
  m_options = options;
  m_found.reset();
  offer({});
  if (options.user.empty()) return;
  m_workbench.jobs().submit(
      JobKind::Light, {}, [options](const TaskContext&) { return kept_counterfactual(options, {}); }, this,
      [this, generation = m_generation](const std::optional<KeptCounterfactual>& kept) {
        if (generation == m_generation && kept) setFound(*kept);
      },
      [](const QString&) {});  // a case of given pairs has no history to change; looking says so
}

void ChangesView::look() {
  if (m_job != 0) {
    m_workbench.jobs().cancel(m_job);
    m_job = 0;
    ++m_generation;
    return offer({});
  }
  m_text->setText(tr("Looking…"));
  m_look->setText(tr("Stop"));  // it keeps the focus
  m_job = m_workbench.jobs().submit(
      JobKind::Light, tr("Looking for what would change the ranking of user %1").arg(toQt(m_options.user)),
      [options = m_options](const TaskContext& context) {
        counterfactual(*open_case(options, context), {}, context);
        return kept_counterfactual(options, {});
      },
      this,
      [this, generation = m_generation](const std::optional<KeptCounterfactual>& kept) {
        if (generation == m_generation && kept) setFound(*kept);
      },
      [this, generation = m_generation](const QString& message) {
        if (generation != m_generation) return;
        m_job = 0;
        offer(tr("It could not be looked for: %1").arg(message));
      });
}

void ChangesView::setFound(const KeptCounterfactual& found) {
  m_job = 0;
  m_found = found;
  m_lines.clear();
  m_list->clear();
  m_text->setText(changesSummary(found));
  for (const HistoryChange& change : found.found.removals) addLine(change);
  for (const HistoryChange& change : found.found.additions) addLine(change);
  m_list->setVisible(m_list->count() > 0);
  if (m_list->count() > 0) {
    m_list->setCurrentRow(0);
    m_list->clearSelection();
  }
  if (m_look->hasFocus()) m_list->setFocus();  // before it goes: else to whatever stands next
  m_look->hide();
}

void ChangesView::addLine(const HistoryChange& change) {
  // By plain joining: a title may hold what looks like a place to fill in.
  const QString text = toQt(change_text(change, m_found->history)).simplified() + QStringLiteral(": ") +
                       shortened(m_found->candidates.at(change.first)) +
                       tr(" is first, by %1").arg(change.lead, 0, 'f', 2);
  auto* line = new QListWidgetItem(text, m_list);
  line->setForeground(theme().accent);
  line->setSizeHint({0, lineHeight});
  line->setToolTip(QStringLiteral("<p>%1</p><p>%2</p>")
                       .arg(text.toHtmlEscaped(), tr("A click or Return opens this edit in the What-if window")));
  m_lines.push_back(change);
}

void ChangesView::open(int row) {
  if (row < 0 || row >= static_cast<int>(m_lines.size())) return;
  const HistoryChange& change = m_lines[static_cast<size_t>(row)];
  CaseEdit edit = m_found->unchanged;
  for (auto position = change.removed.rbegin(); position != change.removed.rend(); ++position)
    edit.history.erase(edit.history.begin() + static_cast<std::ptrdiff_t>(*position));
  for (const ItemText& item : change.added) edit.history.push_back(item.id);
  QStringList titles;
  for (const size_t position : change.removed) titles << shortened(m_found->history.at(position));
  for (const ItemText& item : change.added) titles << shortened(item);
  Q_EMIT editChosen(edit, change.added, (change.added.empty() ? tr("remove ") : tr("add ")) + titles.join(tr(" and ")));
}

void ChangesView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::StyleChange || !m_list) return;
  for (int row = 0; row < m_list->count(); ++row) m_list->item(row)->setForeground(theme().accent);
}

}  // namespace prefscope
