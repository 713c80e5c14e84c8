// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/data/attributes.h"
#include "engine/explain/case_variant.h"

namespace prefscope {

/// What carries a candidate: the margin without parts of the history. Effects are margin of the whole history less
/// margin of the changed one, in nats: positive where the part speaks for the item.
struct OcclusionQuestion {
  std::vector<const ItemText*> history, candidates;
  size_t item = 0;                         ///< the candidate in question
  std::optional<size_t> rival;             ///< against this candidate; absent: against the mean of all others
  std::vector<const ItemText*> catalogue;  ///< where neutral items are drawn from
  int neutral = 3;                         ///< neutral items that stand in for each item in turn
  int random = 20;                         ///< removals of a neutral item from a random place
  int pair_items = 8;                      ///< pairs among so many items, those of the largest effects
  uint64_t seed = 0;
};

/// One item of the history.
struct ItemEffect {
  size_t position = 0;              ///< in the history
  double deletion = 0;              ///< without it
  std::vector<double> replacement;  ///< with each neutral item in its place
  double low = 0, high = 0;         ///< of all these
  bool beyond = false;              ///< the whole range lies outside of zero and the band of random removals
};

/// Two items of the history at once.
struct PairEffect {
  size_t first = 0, second = 0;  ///< positions
  double effect = 0;             ///< without both
  double singles = 0;            ///< sum of their single deletions; the rest is what they carry together
};

/// All items of the history that have an attribute of the item or its rival.
struct AttributeEffect {
  Attribute attribute;
  std::vector<size_t> positions;
  double effect = 0;                       ///< without all of them
  double random = 0;                       ///< mean without as many random ones
  double random_low = 0, random_high = 0;  ///< of these
};

struct Occlusion {
  double margin = 0;                        ///< with the whole history
  double without_history = 0;               ///< with none
  std::vector<ItemEffect> items;            ///< by position
  double band_low = 0, band_high = 0;       ///< 5 and 95 % of what removing a neutral item from a random place does
  std::vector<std::string> neutral;         ///< titles of the items that stood in
  std::vector<PairEffect> pairs;            ///< largest |effect - singles| first
  std::vector<AttributeEffect> attributes;  ///< largest |effect| first
  int64_t prompts = 0;                      ///< histories that were scored
};

/// Measures it; every figure is a real scoring of a changed history. A neutral item is one of the catalogue, neither in
/// the history nor a candidate, that shares no attribute with the item or its rival (any other where all share one).
/// Throws BadInput for an empty history, or a catalogue without any other item.
Occlusion occlude(const OcclusionQuestion& question, const ScoreVariants& score, const TaskContext& context);

}  // namespace prefscope
