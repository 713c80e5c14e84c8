// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/sample_controls.h"

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QShortcut>
#include <QSpinBox>
#include <algorithm>
#include <limits>

#include "ui/jobs/job_strip.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"

namespace prefscope {
namespace {

constexpr int barSteps = 1000, barWidth = 140;

}  // namespace

SampleControls::SampleControls(bool holdTitles, QWidget* parent) : QWidget(parent) {
  auto* line = new QHBoxLayout(this);
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(gridUnit);
  const auto add = [&](const QString& text, const char* name, QAbstractSpinBox* box, Qt::Key key) {
    box->setObjectName(QString::fromLatin1(name));
    box->setAccessibleName(text);
    line->addWidget(makeLabel(text, "muted", this));
    line->addWidget(box);
    line->addSpacing(gridUnit);
    connect(new QShortcut(Qt::ALT | key, this), &QShortcut::activated, box,
            [box] { box->setFocus(Qt::ShortcutFocusReason); });
  };
  m_samples = new QSpinBox(this);
  m_samples->setRange(1, 20);
  m_samples->setValue(5);
  m_samples->setToolTip(tr("Texts of each model, 1 to 20; the first ones do not depend on their number (Alt+N)"));
  add(tr("Samples"), "sampleCount", m_samples, Qt::Key_N);
  m_temperature = new QDoubleSpinBox(this);
  m_temperature->setLocale(QLocale::c());
  m_temperature->setRange(0, 5);
  m_temperature->setSingleStep(0.1);
  m_temperature->setDecimals(2);
  m_temperature->setValue(0.8);
  m_temperature->setToolTip(
      tr("How freely the next word is drawn. 0: always the likeliest, so one text of each model (Alt+T)"));
  add(tr("Temperature"), "sampleTemperature", m_temperature, Qt::Key_T);
  connect(m_temperature, &QDoubleSpinBox::valueChanged, this, &SampleControls::enableSamples);
  m_seed = new QSpinBox(this);
  m_seed->setRange(0, std::numeric_limits<int>::max());
  m_seed->setToolTip(tr("The same seed writes the same texts; all models draw with the same numbers (Alt+D)"));
  add(tr("Seed"), "sampleSeed", m_seed, Qt::Key_D);
  m_seed->setFixedWidth(m_temperature->sizeHint().width() + 3 * gridUnit);
  m_hold = new QCheckBox(tr("Titles of the &history only"), this);
  m_hold->setObjectName(QStringLiteral("sampleHold"));
  m_hold->setChecked(holdTitles);
  m_hold->setToolTip(
      tr("On: between quotes only titles of the history can be written. Off: any, invented ones too (Alt+H)"));
  m_progress = new QProgressBar(this);
  m_progress->setTextVisible(false);
  m_progress->setFixedWidth(barWidth);
  m_progress->setRange(0, barSteps);
  m_progress->setAccessibleName(tr("Progress"));
  m_left = makeLabel({}, "muted", this);
  m_left->setObjectName(QStringLiteral("samplesLeft"));
  const auto button = [&](const QString& text, const char* name, const QString& tip) {
    auto* made = new QPushButton(text, this);
    made->setObjectName(QString::fromLatin1(name));
    made->setAutoDefault(false);
    made->setToolTip(tip);
    return made;
  };
  m_cancel = button(tr("Cancel"), "cancelSamples", tr("Stop after the word at hand; what is whole stays (Esc)"));
  m_write = button(tr("Write"), "writeSamples",
                   tr("Let every model write; texts that were written before are read (Return, Ctrl+Return)"));
  m_write->setProperty("primary", true);
  m_write->setAutoDefault(true);  // the focus begins there, and Return presses it
  m_write->setShortcut(Qt::CTRL | Qt::Key_Return);
  connect(m_write, &QPushButton::clicked, this, &SampleControls::writeRequested);
  connect(m_cancel, &QPushButton::clicked, this, &SampleControls::cancelRequested);
  line->addWidget(m_hold);
  line->addStretch(1);
  line->addWidget(m_left);
  line->addWidget(m_progress);
  line->addWidget(m_cancel);
  line->addWidget(m_write);
  setBusy(false);
}

void SampleControls::apply(SampleOptions& options) const {
  options.samples = m_samples->value();
  options.temperature = m_temperature->value();
  options.seed = static_cast<uint64_t>(m_seed->value());
  options.hold_titles = m_hold->isChecked();
}

/// Greedy texts are all the same.
void SampleControls::enableSamples() {
  if (m_temperature->value() == 0) m_samples->setValue(1);
  m_samples->setEnabled(!m_busy && m_temperature->value() > 0);
}

void SampleControls::setBusy(bool busy) {
  m_busy = busy;
  enableSamples();
  for (QWidget* w : std::initializer_list<QWidget*>{m_temperature, m_seed, m_hold, m_write}) w->setEnabled(!busy);
  m_progress->setValue(0);
  m_left->clear();
  for (QWidget* w : std::initializer_list<QWidget*>{m_progress, m_left, m_cancel}) w->setVisible(busy);
}

void SampleControls::setProgress(const Progress& progress, bool stopping) {
  m_progress->setValue(static_cast<int>(std::clamp(progress.fraction, 0.0, 1.0) * barSteps));
  m_left->setText(stopping ? tr("stopping") : timeLeftText(progress.seconds_left));
}

void SampleControls::focusWrite() {
  m_write->setFocus();
}

}  // namespace prefscope
