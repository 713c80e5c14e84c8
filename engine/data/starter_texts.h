// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/store/preparations.h"

namespace prefscope {

/// Items and the source of histories that a starter model learns from.
struct StarterPopulation {
  std::string name;
  std::vector<ItemText> items;
  size_t history = 10;  ///< items at most
  /// A user's item indices, oldest first, at least two. done: how much of the training is over, 0 .. 1.
  std::function<std::vector<size_t>(Random&, double done)> draw;
};

/// How much the starter's users look at log popularity; the bundled users do not.
inline constexpr double broad_popularity_weight = 1.5;

/// Users drawn anew from the broad population of the bundled sample world, none of them in its data.
StarterPopulation world_population(uint64_t seed);

/// The training users of a preparation: their positives before the target; no held-out user. Throws BadInput when no
/// user has two.
StarterPopulation training_population(Workspace& workspace, const std::string& name, const Preparation& preparation);

/// A training text in three parts, tokenized apart.
struct StarterText {
  std::string history;   ///< supervised: each item is predicted from those before it
  std::string question;  ///< not supervised: the rest of the prompt, candidates included
  std::string response;  ///< supervised; EOS follows
};

/// The texts of one step, a function of seed, step and done alone: open and listed prompts with the title that was
/// chosen, rationale prompts with a true sentence, and the attributes of single items.
class StarterTexts {
 public:
  StarterTexts(const StarterPopulation& population, uint64_t seed, int sequences);
  std::vector<StarterText> step(int64_t step, double done) const;
  /// Titles, attributes and some steps of text: what the tokenizer is trained on.
  std::vector<std::string> tokenizer_corpus() const;

 private:
  /// A prompt template cut behind its history.
  struct Template {
    std::string head, tail;
  };
  static Template load(const std::string& name);
  StarterText draw(Random& random, double done) const;
  std::vector<const ItemText*> candidates(const std::vector<size_t>& user, const ItemText& target,
                                          Random& random) const;

  const StarterPopulation& population_;
  uint64_t seed_;
  int sequences_;
  Template open_, listed_, rationale_;
};

}  // namespace prefscope
