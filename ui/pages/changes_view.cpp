// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/changes_view.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "engine/tasks/open_case.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr size_t mostLines = 3;  // of each kind

QString nats(double value) {
  return QString::number(value, 'f', 2);
}

/// The answer in plain words.
QString words(const OpenCase& opened, const Counterfactual& found) {
  const std::vector<ItemText> history = history_of(opened);
  const auto candidate = [&](size_t place) {
    return toQt(item_text(opened, example_of(opened).candidates.at(place)).title);
  };
  QStringList lines = {ChangesView::tr("First is %1, by %2 nats.").arg(candidate(found.first), nats(found.lead))};
  for (size_t i = 0; i < std::min(mostLines, found.removals.size()); ++i) {
    const HistoryChange& change = found.removals[i];
    QStringList titles;
    for (const size_t position : change.removed) titles << toQt(history.at(position).title);
    lines << ChangesView::tr("Without %1: %2 is first, by %3.")
                 .arg(titles.join(ChangesView::tr(" and ")), candidate(change.first), nats(change.lead));
  }
  if (found.removals.empty()) {
    lines << ChangesView::tr("No small set of history items was found whose removal changes that.");
  } else if (found.smallest) {
    lines << ChangesView::tr("No smaller set does it: all were tried.");
  } else {
    lines << ChangesView::tr("No one or two items do it; this set was found step by step.");
  }
  for (size_t i = 0; i < std::min(mostLines, found.additions.size()); ++i) {
    const HistoryChange& change = found.additions[i];
    QStringList titles;
    for (const ItemText* item : change.added) titles << toQt(item->title);
    lines << ChangesView::tr("With %1 added: %2 is first, by %3.")
                 .arg(titles.join(ChangesView::tr(" and ")), candidate(change.first), nats(change.lead));
  }
  lines << ChangesView::tr("%1 histories were scored; each change was ranked anew on its own.").arg(found.prompts);
  return lines.join(u'\n');
}

}  // namespace

ChangesView::ChangesView(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  m_look = new QPushButton(tr("Look for the smallest change"), this);
  m_look->setObjectName(QStringLiteral("lookForChanges"));
  m_look->setToolTip(
      tr("Takes every item out of the history, every pair, then larger sets, and adds items of the "
         "catalogue, until another candidate is first"));
  m_text = makeLabel({}, "small", this);
  m_text->setObjectName(QStringLiteral("changes"));
  m_text->setWordWrap(true);
  m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  layout->addWidget(m_look, 0, Qt::AlignLeft);
  layout->addWidget(m_text);
  layout->addStretch(1);
  connect(m_look, &QPushButton::clicked, this, &ChangesView::look);
}

void ChangesView::setCase(const RankOptions& options) {
  m_workbench.jobs().cancel(m_job);
  ++m_generation;
  m_options = options;
  m_text->clear();
  m_look->show();
  m_look->setEnabled(true);
}

void ChangesView::look() {
  m_look->setEnabled(false);
  m_text->setText(tr("Looking…"));
  m_job = m_workbench.jobs().submit(
      JobKind::Light, tr("Looking for what would change the ranking of user %1").arg(toQt(m_options.user)),
      [options = m_options](const TaskContext& context) {
        const OpenCasePtr opened = open_case(options, context);
        return words(*opened, counterfactual(*opened, {}, context));
      },
      this,
      [this, generation = m_generation](const QString& text) {
        if (generation != m_generation) return;
        m_look->hide();
        m_text->setText(text);
      },
      [this, generation = m_generation](const QString& message) {
        if (generation != m_generation) return;
        m_look->setEnabled(true);
        m_text->setText(tr("It could not be looked for: %1").arg(message));
      });
}

}  // namespace prefscope
