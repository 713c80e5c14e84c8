// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/candidates_card.h"

#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/pages/beside_button.h"
#include "ui/pages/example_inspector.h"
#include "ui/widgets/candidate_chart.h"
#include "ui/widgets/elided_label.h"
#include "ui/workbench.h"

namespace prefscope {

CandidatesCard::CandidatesCard(Workbench& workbench, QWidget* parent)
    : Card(tr("Candidates"), parent), m_workbench(workbench) {
  m_legend = new ElidedLabel({}, this);
  m_button = new BesideButton(workbench, this);
  m_legend->setProperty("textStyle", QStringLiteral("small"));
  m_legend->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  addToHeader(m_legend, true);
  addToHeader(m_button);
  auto* prompt = new QPushButton(tr("prompt…"), this);
  prompt->setObjectName(QStringLiteral("inspectPrompt"));
  prompt->setProperty("pill", true);
  prompt->setShortcut(Qt::CTRL | Qt::Key_I);
  prompt->setToolTip(tr("The prompt and these candidates exactly as the model gets them, token by token (Ctrl+I)"));
  connect(prompt, &QPushButton::clicked, this, [this] {
    if (m_example != 0) inspectExample(m_workbench, this, m_example);
  });
  addToHeader(prompt);
  m_chart = new CandidateChart;
  auto* scroll = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);  // the chart is the one stop of the Tab key
  scroll->setAccessibleName(tr("Candidates in rank order"));
  scroll->setWidget(m_chart);
  body()->addWidget(scroll);
  connect(m_button, &BesideButton::changed, this, [this](const std::vector<BesideModel>& models) {
    m_beside = models;
    m_chart->setBeside(models);
    Q_EMIT besideChanged();
  });
}

void CandidatesCard::setCase(const RankResult& rank, const RankOptions& options, const QString& model) {
  m_legend->setText(rank.has_reference ? tr("hollow: reference · filled: %1").arg(model)
                                       : tr("base model: %1").arg(m_workbench.modelTitle(m_workbench.baseModel())));
  m_chart->setRank(rank);
  m_button->setCase(options);
  m_example = rank.example.id;
}

std::vector<BesideModel> CandidatesCard::beside() const {
  std::vector<BesideModel> ranked = m_beside;
  std::erase_if(ranked, [](const BesideModel& m) { return m.ranks.empty(); });
  return ranked;
}

}  // namespace prefscope
