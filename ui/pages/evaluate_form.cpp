// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/evaluate_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>
#include <limits>
#include <map>

#include "ui/theme.h"
#include "ui/workbench.h"

namespace prefscope {

EvaluateForm::EvaluateForm(Workbench& workbench, QWidget* parent)
    : Card(tr("Evaluate"), parent), m_workbench(workbench) {
  const auto box = [this](const QString& text, const QString& tip) {
    auto* check = new QCheckBox(text, this);
    check->setChecked(true);
    check->setToolTip(tip);
    connect(check, &QCheckBox::toggled, this, &EvaluateForm::showObstacle);
    return check;
  };
  body()->addWidget(makeLabel(tr("Language models"), "small", this));
  m_base = box(tr("base model"), {});
  body()->addWidget(m_base);
  m_runList = new QVBoxLayout;
  m_runList->setSpacing(gridUnit);
  body()->addLayout(m_runList);
  m_classicTitle = makeLabel(tr("Classic models"), "small", this);
  body()->addWidget(m_classicTitle);
  const std::tuple<const char*, QString, QString> classics[] = {
      {"random", tr("Random"), tr("A seeded random order: the floor")},
      {"popularity", tr("Popularity"), tr("By how often training users chose an item")},
      {"itemknn", tr("ItemKNN"), tr("Items like those of the history, by shared users")},
      {"ease", tr("EASE"), tr("A linear item-to-item model in closed form (Steck 2019)")}};
  for (const auto& [name, title, tip] : classics) {
    m_baselines.emplace_back(QString::fromLatin1(name), box(title, tip));
    body()->addWidget(m_baselines.back().second);
  }
  auto* form = new QFormLayout;
  form->setVerticalSpacing(6);
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  m_score = new QComboBox(this);
  m_score->addItem(tr("summed log-prob"), QStringLiteral("sum"));
  m_score->addItem(tr("log-prob a token"), QStringLiteral("mean"));
  m_score->addItem(tr("log-ratio"), QStringLiteral("ratio"));
  m_score->setAccessibleName(tr("Ranked by"));
  m_score->setToolTip(tr("What language models rank candidates by"));
  m_users = new QSpinBox(this);
  m_users->setRange(0, std::numeric_limits<int>::max());
  m_users->setSpecialValueText(tr("all held out"));
  m_users->setAccessibleName(tr("Users"));
  m_users->setToolTip(tr("The first so many held-out users; 0: all"));
  form->addRow(makeLabel(tr("Ranked by"), "muted", this), m_score);
  form->addRow(makeLabel(tr("Users"), "muted", this), m_users);
  body()->addLayout(form);
  m_hint = makeLabel({}, "small", this);
  m_hint->setWordWrap(true);
  body()->addWidget(m_hint);
  m_start = new QPushButton(tr("Evaluate"), this);
  m_start->setObjectName(QStringLiteral("startEvaluation"));
  m_start->setProperty("primary", true);
  connect(m_start, &QPushButton::clicked, this, &EvaluateForm::startRequested);
  body()->addWidget(m_start);
  body()->addStretch(1);
}

void EvaluateForm::refresh() {
  std::map<int64_t, bool> checked;
  for (const auto& [id, box] : m_runBoxes) {
    checked[id] = box->isChecked();
    box->deleteLater();
    box->hide();
  }
  m_runBoxes.clear();
  const auto& set = m_workbench.dataSet();
  const int64_t preparation = m_workbench.preparation();
  const bool given = set && set->interactions == 0;
  m_classicTitle->setVisible(!given);  // given pairs name no items
  for (const auto& entry : m_baselines) entry.second->setVisible(!given);
  m_workbench.attempt(tr("The runs could not be read"), [&] {
    if (!set || preparation == 0) return;
    std::map<int64_t, QString> others;  // data sets that runs were trained on
    for (const DataSet& other : list_data_sets(m_workbench.workspace())) others[other.id] = toQt(other.name);
    for (const Run& run : list_runs(m_workbench.workspace())) {
      const bool own = run.data_set == set->id;
      if (run.status != RunStatus::Done || (own && run.preparation != preparation)) continue;
      auto* box = new QCheckBox(
          own ? toQt(run.name) : tr("%1 · trained on %2").arg(toQt(run.name), others[run.data_set]), this);
      box->setToolTip(own ? QString()
                          : tr("Tested on another data set than it learned from; classic models learn from this one"));
      box->setChecked(checked.contains(run.id) ? checked[run.id] : own);
      connect(box, &QCheckBox::toggled, this, &EvaluateForm::showObstacle);
      m_runList->addWidget(box);
      m_runBoxes.emplace_back(run.id, box);
    }
  });
  // A starter that does not know the titles ranks nothing; with runs on it, it is what they began with.
  if (const bool knows = !m_runBoxes.empty() || !m_workbench.lacksModel(); knows != m_base->isEnabled()) {
    m_base->setEnabled(knows);
    m_base->setChecked(knows);
  }
  m_base->setToolTip(m_base->isEnabled() ? tr("The runs' base model without adapters")
                                         : tr("No model knows the titles of this data set yet: see the Data page"));
  showObstacle();
}

void EvaluateForm::chooseClassicModels() {
  m_base->setChecked(false);
  for (const auto& [id, box] : m_runBoxes) box->setChecked(false);
  for (const auto& [name, box] : m_baselines) box->setChecked(true);
  m_users->setValue(0);
}

void EvaluateForm::showObstacle() {
  m_obstacle.clear();
  if (!m_workbench.dataSet()) {
    m_obstacle = tr("Import a data set first, on the Data page.");
  } else if (m_workbench.preparation() == 0) {
    m_obstacle = tr("Prepare the data set first, on the Data page: that holds users out and saves their lists.");
  } else {
    m_workbench.attempt(tr("The preparation could not be read"), [this] {
      if (read_preparation(m_workbench.workspace(), m_workbench.preparation()).held_out_examples > 0) return;
      m_obstacle = m_workbench.dataSet()->interactions == 0
                       ? tr("Nothing is held out. Import the training file together with the one named eval: its "
                            "examples are held out.")
                       : tr("Nobody is held out. Prepare the data set with a share of held-out users.");
    });
  }
  m_hint->setText(m_obstacle);
  m_hint->setVisible(!m_obstacle.isEmpty());
  const EvaluateOptions wanted = options();
  m_start->setEnabled(m_obstacle.isEmpty() && (wanted.base || !wanted.runs.empty() || !wanted.baselines.empty()));
}

EvaluateOptions EvaluateForm::options() const {
  EvaluateOptions options;
  options.workspace = m_workbench.workspaceFolder();
  if (m_workbench.dataSet()) options.data_set = m_workbench.dataSet()->name;
  options.preparation = m_workbench.preparation();
  for (const auto& [id, box] : m_runBoxes) {
    if (box->isChecked()) options.runs.push_back(id);
  }
  options.base = m_base->isChecked();
  options.model = m_workbench.baseModel();
  options.baselines.clear();
  const bool given = m_workbench.dataSet() && m_workbench.dataSet()->interactions == 0;
  for (const auto& [name, box] : m_baselines) {
    if (!given && box->isChecked()) options.baselines.push_back(name.toStdString());
  }
  options.score = m_score->currentData().toString().toStdString();
  if (m_users->value() > 0) options.users = m_users->value();
  return options;
}

}  // namespace prefscope
