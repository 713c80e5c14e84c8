// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/explain/rationale_facts.h"

namespace prefscope {

/// What rationales of one case name, or could have named, and in how many of them.
struct NamedThing {
  Named what = Named::HistoryTitle;  ///< of an attribute: TrueAttribute where all that is said with it is so
  std::string words;                 ///< the title, or attribute and value: "genre mystery"
  size_t position = 0;               ///< of a title of the history
  Attribute attribute;               ///< of an attribute
  std::vector<int> named;            ///< [models] samples that name it
  std::vector<int> so;               ///< [models] of an attribute: of these, samples in which every mention is so
};

/// How far several rationales of one case agree.
struct RationaleAgreement {
  std::vector<int> samples;  ///< [models]
  /// Every item of the history by position, every attribute of the recommended item in its order, and what else is
  /// named: other attributes, titles that are not in the history, invented ones; of each kind the most named first.
  std::vector<NamedThing> things;
  /// [models] mean over pairs of samples of |A and B| / |A or B| of the titles that they name (Jaccard). Pairs in which
  /// neither names any are left out; nothing where no pair is left.
  std::vector<std::optional<double>> overlap;
  std::optional<double> overlap_all;  ///< over all pairs, those of different models too
};

/// facts: [models][samples], as read_rationale gives them for this history and item; models may have different numbers.
RationaleAgreement rationale_agreement(const std::vector<std::vector<RationaleFacts>>& facts,
                                       const std::vector<const ItemText*>& history, const ItemText& item);

/// Which of `things` a part of a rationale is.
size_t thing_of(const std::vector<NamedThing>& things, const NamedPart& part);

}  // namespace prefscope
