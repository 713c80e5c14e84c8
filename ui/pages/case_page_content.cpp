// SPDX-License-Identifier: GPL-3.0-or-later
#include <QGridLayout>
#include <QHBoxLayout>
#include <QVBoxLayout>

#include "ui/pages/candidate_link.h"
#include "ui/pages/candidates_card.h"
#include "ui/pages/case_page.h"
#include "ui/pages/evidence_card.h"
#include "ui/pages/parts_card.h"
#include "ui/pages/plane_card.h"
#include "ui/pages/rationale_card.h"
#include "ui/theme.h"
#include "ui/workbench.h"

// The cards of the Case page, and where each stands.

namespace prefscope {
namespace {

constexpr int cardGap = 12;
constexpr int evidenceWidth = 480, leastEvidenceWidth = 200;
constexpr int candidatesWidth = 396;  // the chart at its narrowest, and the scroll bar
constexpr int evidenceShare = 9, candidatesShare = 12, planeShare = 9;  // of the width
constexpr int partsHeight = 208;

}  // namespace

QWidget* CasePage::buildContent() {
  auto* content = new QWidget(this);
  auto* columns = new QHBoxLayout(content);
  columns->setContentsMargins(0, 0, 0, 0);
  columns->setSpacing(cardGap);

  m_evidence = new EvidenceCard(workbench(), content);
  m_evidence->setMinimumWidth(leastEvidenceWidth);
  m_evidence->setMaximumWidth(evidenceWidth);  // the numbers beside the bars fit

  m_candidates = new CandidatesCard(workbench(), content);
  m_candidates->setMinimumWidth(candidatesWidth);

  m_plane = new PlaneCard(content);
  connect(m_plane, &PlaneCard::exampleChosen, this, [this](qint64 example) { open(example, m_run); });
  connect(m_plane, &PlaneCard::trainRequested, this,
          [this] { Q_EMIT workbench().pageRequested(QStringLiteral("train")); });

  m_rationale = new RationaleCard(workbench(), content);
  connect(m_rationale, &RationaleCard::cited, m_evidence, &EvidenceCard::setCited);
  connect(m_rationale, &RationaleCard::pointed, m_evidence, &EvidenceCard::point);
  connect(m_evidence, &EvidenceCard::judged, m_rationale, &RationaleCard::setJudgement);
  m_parts = new PartsCard(workbench(), content);
  m_parts->setFixedHeight(partsHeight);
  connect(m_parts, &PartsCard::editChosen, m_evidence, &EvidenceCard::openEdited);
  linkCandidates(m_candidates->chart(), m_parts, m_evidence);
  connect(m_candidates, &CandidatesCard::besideChanged, this, [this] { m_parts->setBeside(m_candidates->beside()); });

  // The rationale is as high as what is written in it, whatever stands at the right.
  auto* left = new QGridLayout;
  left->setSpacing(cardGap);
  left->addWidget(m_evidence, 0, 0);
  left->addWidget(m_candidates, 0, 1);
  left->addWidget(m_rationale, 1, 0, 1, 2);
  left->setColumnStretch(0, evidenceShare);
  left->setColumnStretch(1, candidatesShare);
  left->setRowStretch(0, 1);
  auto* right = new QVBoxLayout;
  right->setSpacing(cardGap);
  right->addWidget(m_plane, 1);
  right->addWidget(m_parts);
  columns->addLayout(left, evidenceShare + candidatesShare);
  columns->addLayout(right, planeShare);
  return content;
}

}  // namespace prefscope
