// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engine/explain/case.h"

// The sentences of a case as plain text, for every form it is exported in. Titles in them are closed and cut.

namespace prefscope {

/// Text whose marks of writing direction end with it (U+202A .. U+202E, U+2066 .. U+2069), so that a title cannot turn
/// round what stands behind it.
std::string closed_direction(std::string_view text);
/// A title as a sentence has room for: closed, and cut behind 120 bytes.
std::string short_title(std::string_view title);

/// 1st, 2nd, 3rd, 4th, 11th, 21st.
std::string ordinal_text(int n);
/// "mystery · Iden".
std::string attribute_values(const ItemText& item);
/// "log-prob per token".
const char* score_name(const std::string& score);
/// The candidate of this id; null: it is none.
const RankedCandidate* find_candidate(const RankResult& rank, int64_t item);
/// The case's own mark: as it lies among the points, else from its scores.
MarginPoint case_point(const CaseReport& report);

/// "User 7 chose X. Before DMPO it ranked 3rd; now 1st."
std::string case_headline(const CaseReport& report);
/// "It loses to Salt by 0.74.": who stands next to the target, and by how much of what is ranked by; empty where no
/// other candidate does.
std::string gap_text(const RankResult& rank);
/// "3 passed it.", "It passed 1." since the reference; empty where the rank stayed or there is no reference.
std::string passed_text(const RankResult& rank);
/// The margin, and who leads.
std::string case_lead(const CaseReport& report);
/// What must be known before the numbers are read: training data, edited.
std::vector<std::string> case_warnings(const RankResult& rank);
/// Losses beside wins, by margin and by who ranks first.
std::string margin_counts(const std::vector<MarginPoint>& points);
/// A candidate's ranks under the case's model and under those beside it.
struct BesideRow {
  std::string title;
  bool target = false;
  size_t rank = 0;                 ///< from 1
  std::vector<std::string> ranks;  ///< of each model beside: "3", or "4.5" where two share the 4th and 5th place
};
/// In rank order.
std::vector<BesideRow> beside_rows(const CaseReport& report);
/// What the ranks beside are, and what they are not.
std::string beside_remark(const CaseReport& report);
/// A change of the history that puts another candidate first.
struct ChangeRow {
  std::string what;   ///< "Without Salt and Key"
  size_t items = 0;   ///< that are removed or added: its cost
  std::string first;  ///< title of the candidate that is first then
  double lead = 0;    ///< over the second, nats
};
/// Removals, then additions; where they were looked for.
std::vector<ChangeRow> change_rows(const CaseReport& report);
/// Which candidate is first, how many sets change that, and how it was made sure.
std::string changes_remark(const CaseReport& report);
/// "3", "4.5", "" for an unknown 0.
std::string rank_text(double rank);
/// "Written by ...; it names 2 of the 10 history items": what a rationale names, as far as history and candidates tell.
/// cited: positions in the history.
struct RationaleRemark {
  std::string title, text;
  std::vector<size_t> cited;
};
RationaleRemark rationale_remark(const CaseReport& report);
/// "Why Salt over Paper": what the evidence was asked for.
std::string evidence_title(const CaseReport& report);
/// Positions of the history as it is listed, and in words: "oldest first", "largest effect first".
std::vector<size_t> history_order(const CaseReport& report);
const char* history_order_text(const CaseReport& report);
/// How the evidence is measured, with its band.
std::string evidence_remark(const CaseReport& report);

}  // namespace prefscope
