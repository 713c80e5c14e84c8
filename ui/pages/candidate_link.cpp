// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/candidate_link.h"

#include "ui/pages/evidence_card.h"
#include "ui/pages/parts_card.h"
#include "ui/widgets/candidate_chart.h"

namespace prefscope {

void linkCandidates(CandidateChart* chart, PartsCard* parts, EvidenceCard* evidence) {
  const auto mark = [=](qint64 item) {
    if (item == 0) return;  // the mean of all others is no candidate
    parts->setRival(item);
    chart->setRival(item);
  };
  const auto choose = [=](qint64 item) {
    if (item == chart->target()) return;
    evidence->askAbout(item);
    mark(item);
  };
  QObject::connect(chart, &CandidateChart::candidateChosen, chart, choose);
  QObject::connect(parts, &PartsCard::candidateChosen, chart, choose);
  QObject::connect(evidence, &EvidenceCard::otherChosen, chart, mark);
  QObject::connect(chart, &CandidateChart::candidateHovered, parts, &PartsCard::setHovered);
  QObject::connect(parts, &PartsCard::candidateHovered, chart, &CandidateChart::setHovered);
  QObject::connect(evidence, &EvidenceCard::candidateHovered, chart, &CandidateChart::setHovered);
  QObject::connect(evidence, &EvidenceCard::candidateHovered, parts, &PartsCard::setHovered);
}

}  // namespace prefscope
