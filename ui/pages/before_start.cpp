// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/before_start.h"

#include <QLabel>
#include <QStyle>
#include <QVBoxLayout>

#include "ui/models/run_model.h"
#include "ui/models/table_sources.h"
#include "ui/pages/train_settings.h"
#include "ui/widgets/card.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int calmMs = 400;  // after the last change
constexpr qint64 staleMs = 60'000;
constexpr int64_t gibibyte = int64_t{1} << 30;
constexpr int64_t reserve = gibibyte;  // that the engine leaves free for the rest of the computer

}  // namespace

QString bytesText(int64_t bytes) {
  if (bytes < gibibyte) return BeforeStart::tr("%1 MiB").arg((bytes + (1 << 19)) >> 20);
  const double gib = static_cast<double>(bytes) / static_cast<double>(gibibyte);
  return BeforeStart::tr("%1 GiB").arg(gib, 0, 'f', gib < 10 ? 1 : 0);
}

BeforeStart::BeforeStart(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench) {
  setAccessibleName(tr("Before you start"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(3);
  layout->addWidget(makeLabel(tr("Before you start"), "strong", this));
  for (QLabel** line : {&m_memory, &m_time, &m_prompts}) {
    *line = makeLabel({}, "small", this);
    (*line)->setWordWrap(true);
    layout->addWidget(*line);
  }
  m_memory->setObjectName(QStringLiteral("memoryLine"));
  m_time->setObjectName(QStringLiteral("timeLine"));
  m_later.setSingleShot(true);
  m_later.setInterval(calmMs);
  connect(&m_later, &QTimer::timeout, this, &BeforeStart::estimate);
}

void BeforeStart::setOptions(const std::optional<TrainOptions>& options, const QString& instead) {
  if (options && m_options && m_known.isValid() && !m_known.hasExpired(staleMs) &&
      trainCommand(*options) == trainCommand(*m_options))
    return;
  m_options = options;
  m_known.invalidate();
  ++m_generation;
  if (m_job != 0) m_workbench.jobs().cancel(m_job);
  m_job = 0;
  m_later.stop();
  if (!options) {
    say(m_memory, instead);
    say(m_time, {});
    say(m_prompts, {});
  } else if (isVisible()) {
    m_later.start();
  }
}

void BeforeStart::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  // What is known of these options a moment ago stands; later, what is free may have changed.
  if (m_options && (!m_known.isValid() || m_known.hasExpired(staleMs))) m_later.start();
}

void BeforeStart::estimate() {
  if (!m_options || m_job != 0) return;
  if (m_memory->text().isEmpty()) say(m_memory, tr("Estimating…"));
  m_job = m_workbench.jobs().submit(
      JobKind::Light, {},
      [options = *m_options](const TaskContext& context) { return estimate_training(options, context); }, this,
      [this, generation = m_generation](const TrainEstimate& estimate) {
        if (generation != m_generation) return;
        m_job = 0;
        m_known.start();
        show(estimate);
      },
      [this, generation = m_generation](const QString& message) {
        if (generation != m_generation) return;
        m_job = 0;
        say(m_memory, message, true);
        say(m_time, {});
        say(m_prompts, {});
      });
}

void BeforeStart::show(const TrainEstimate& e) {
  const bool enough = e.memory_bytes + reserve <= e.available_bytes;
  QString memory = tr("Memory %1 of %2 free%3")
                       .arg(bytesText(e.memory_bytes), bytesText(e.available_bytes),
                            e.corrected ? tr(" (as measured in earlier runs)") : QString());
  if (!enough)
    memory +=
        tr(". Too little: it would stop with a checkpoint. Take fewer tokens a pass, gradient checkpointing or a "
           "lower rank, or close other programs.");
  say(m_memory, memory, !enough);
  say(m_time, tr("Time about %1 · %2 steps over %3 examples")
                  .arg(durationText(e.seconds), countText(e.steps), countText(e.examples)));
  const bool tooLong = e.longest > e.positions;
  say(m_prompts,
      tooLong ? tr("The longest prompt has %1 tokens, the model room for %2: prepare with a shorter history.")
                    .arg(countText(e.longest), countText(e.positions))
              : tr("Prompts up to %1 tokens of %2, none cut").arg(countText(e.longest), countText(e.positions)),
      tooLong);
  Q_EMIT estimated(enough);
}

void BeforeStart::say(QLabel* line, const QString& text, bool warning) {
  line->setText(text);
  line->setVisible(!text.isEmpty());
  const QString style = warning ? QStringLiteral("smallWarning") : QStringLiteral("small");
  if (line->property("textStyle") == style) return;
  line->setProperty("textStyle", style);
  line->style()->unpolish(line);
  line->style()->polish(line);
}

}  // namespace prefscope
