// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace prefscope {

class CandidateChart;
class EvidenceCard;
class PartsCard;

/// The candidate that the target is held against is one in all pictures of a case, wherever it was chosen; and the one
/// that the pointer is on stands out in each that shows it.
void linkCandidates(CandidateChart* chart, PartsCard* parts, EvidenceCard* evidence);

}  // namespace prefscope
