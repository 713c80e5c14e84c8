// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <map>
#include <string>
#include <vector>

#include "engine/explain/case_variant.h"

/// A model whose every effect is known: each item of the history adds its weight to each candidate, and two together
/// may add more.
struct ToyScorer {
  std::vector<prefscope::ItemText> items;                  ///< id i + 1 at place i
  std::map<std::pair<int64_t, int64_t>, double> weights;   ///< (history item, candidate): nats
  std::map<std::pair<int64_t, int64_t>, double> together;  ///< two history items: for candidate 1, nats
  mutable int calls = 0, scored = 0;

  std::vector<const prefscope::ItemText*> some(const std::vector<int64_t>& ids) const {
    std::vector<const prefscope::ItemText*> found;
    for (const int64_t id : ids) found.push_back(&items.at(static_cast<size_t>(id - 1)));
    return found;
  }

  prefscope::ScoreVariants function() const {
    return [this](const std::vector<prefscope::CaseVariant>& variants) {
      ++calls;
      std::vector<std::vector<double>> scores;
      for (const auto& variant : variants) {
        ++scored;
        scores.emplace_back();
        for (const auto* candidate : variant.candidates) {
          double score = 0;
          for (const auto* seen : variant.history) {
            const auto weight = weights.find({seen->id, candidate->id});
            score += weight == weights.end() ? 0 : weight->second;
            for (const auto* other : variant.history) {
              const auto both = together.find({seen->id, other->id});
              score += candidate->id == 1 && both != together.end() ? both->second : 0;
            }
          }
          scores.back().push_back(score);
        }
      }
      return scores;
    };
  }
};
