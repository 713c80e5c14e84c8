// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/run_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <cmath>

#include "ui/models/panel_example_model.h"
#include "ui/models/run_model.h"
#include "ui/models/table_sources.h"
#include "ui/pages/before_start.h"
#include "ui/theme.h"

namespace prefscope {
namespace {

/// Rich text of numbers and our own words.
QString summaryText(const RunHistory& h) {
  const Theme& t = theme();
  QStringList parts;
  if (h.panel.size() >= 2) {
    const RankChanges changes = rankChanges(panelExamples(h.scores));
    const PanelSummary &first = h.panel.front(), &last = h.panel.back();
    const double error = std::sqrt(last.hr_1 * (1 - last.hr_1) / static_cast<double>(last.examples));
    const auto counted = [](const QColor& color, int n, const QString& what) {
      return QStringLiteral("<b style='color:%1'>%2 %3</b>").arg(color.name()).arg(n).arg(what);
    };
    parts << RunBar::tr("Panel of %1 since the start:").arg(last.examples) + QLatin1Char(' ') +
                 counted(t.positive, changes.improved, RunBar::tr("improved")) + QStringLiteral("&nbsp; ") +
                 counted(t.negative, changes.worsened, RunBar::tr("worsened")) + QStringLiteral("&nbsp; ") +
                 RunBar::tr("%1 unchanged").arg(changes.same);
    parts
        << RunBar::tr("HR@1 %1 to %2 ± %3").arg(first.hr_1, 0, 'f', 2).arg(last.hr_1, 0, 'f', 2).arg(error, 0, 'f', 2);
  } else if (h.panel.size() == 1) {
    parts << RunBar::tr("Panel of %1, measured once").arg(h.panel.front().examples);
  }
  if (h.run.best_step) parts << RunBar::tr("best at step %1, kept").arg(countText(*h.run.best_step));
  if (h.run.steps_total > 0)
    parts << RunBar::tr("step %1 of %2").arg(countText(h.run.steps_done), countText(h.run.steps_total));
  if (h.run.peak_bytes) {
    parts << (h.run.estimated_bytes ? RunBar::tr("memory %1, expected %2")
                                          .arg(bytesText(*h.run.peak_bytes), bytesText(*h.run.estimated_bytes))
                                    : RunBar::tr("memory %1").arg(bytesText(*h.run.peak_bytes)));
  }
  return parts.join(QStringLiteral(" · "));
}

}  // namespace

RunBar::RunBar(QWidget* parent) : Card({}, parent) {
  m_text = makeLabel({}, "", this);
  m_text->setObjectName(QStringLiteral("runSummary"));
  m_text->setTextFormat(Qt::RichText);
  m_text->setWordWrap(true);
  m_text->setToolTip(
      tr("<p>Improved: the target ranks better among its candidates than at the first evaluation of this "
         "run. The panel is watched while training; results are measured on held-out users.</p>"));
  m_message = makeLabel({}, "smallWarning", this);
  m_message->setObjectName(QStringLiteral("runMessage"));
  m_message->setWordWrap(true);
  m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_message->hide();
  m_resume = new QPushButton(tr("Resume"), this);
  m_resume->setObjectName(QStringLiteral("resumeRun"));
  m_resume->setToolTip(tr("Go on from the last checkpoint"));
  m_pause = new QPushButton(tr("Pause"), this);
  m_pause->setObjectName(QStringLiteral("stopRun"));
  m_pause->setToolTip(tr("Stop with a checkpoint; the run can go on later"));
  m_finish = new QPushButton(tr("Finish now"), this);
  m_finish->setObjectName(QStringLiteral("finishRun"));
  m_finish->setToolTip(tr("End after this step and keep what is learned: the run is then done"));
  auto* texts = new QVBoxLayout;
  texts->setSpacing(2);
  texts->addWidget(m_text);
  texts->addWidget(m_message);
  auto* line = new QHBoxLayout;
  line->addLayout(texts, 1);
  for (QPushButton* button : {m_resume, m_pause, m_finish}) line->addWidget(button);
  body()->addLayout(line);
  connect(m_resume, &QPushButton::clicked, this, &RunBar::resumeWanted);
  connect(m_pause, &QPushButton::clicked, this, &RunBar::pauseWanted);
  connect(m_finish, &QPushButton::clicked, this, &RunBar::finishWanted);
}

void RunBar::show(const RunHistory& history, bool busy) {
  const Run& run = history.run;
  const QString summary = summaryText(history);
  m_text->setText(summary);
  m_text->setVisible(!summary.isEmpty());
  const bool trouble = !run.message.empty() && run.status != RunStatus::Done;
  m_message->setText(statusText(run));
  m_message->setVisible(trouble);
  m_pause->setVisible(busy);
  m_pause->setText(run.status == RunStatus::Running ? tr("Pause") : tr("Cancel"));
  m_finish->setVisible(busy && run.status == RunStatus::Running);
  m_resume->setVisible(!busy && run.status != RunStatus::Done && run.status != RunStatus::Running);
  m_resume->setText(run.status == RunStatus::Queued ? tr("Start") : tr("Resume"));
}

}  // namespace prefscope
