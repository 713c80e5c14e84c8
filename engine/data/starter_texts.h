// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/data/rationales.h"
#include "engine/store/preparations.h"

namespace prefscope {

/// A user that a starter model learns from.
struct StarterUser {
  std::vector<size_t> items;  ///< indices of items, oldest first, at least two
  /// What speaks for an item as the choice at position n, after those n - length .. n - 1.
  std::function<Causes(size_t n, size_t length, size_t item)> causes;
};

/// Items and the source of users that a starter model learns from.
struct StarterPopulation {
  std::string name;
  std::vector<ItemText> items;
  size_t history = 10;  ///< items at most
  /// What the causes of its rationales are, for the model card: "the true tastes of generated users".
  std::string rationales;
  std::string rationale_prompt;  ///< name of its template
  /// done: how much of the training is over, 0 .. 1.
  std::function<StarterUser(Random&, double done)> draw;
};

/// How much the starter's users look at log popularity: each of them by a weight drawn uniformly from this range. The
/// bundled users do not.
inline constexpr double least_popularity_weight = 0.5, most_popularity_weight = 2.5;

/// Users drawn anew from the broad population of the bundled sample world, none of them in its data.
StarterPopulation world_population(uint64_t seed);

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
  StarterText draw(Random& random, double done, size_t longest) const;
  /// Several items with their attributes.
  StarterText facts(Random& random) const;
  /// The history once more, in order or in another: practice in copying titles.
  StarterText echo(std::vector<const ItemText*> history, Random& random) const;
  /// Which items of the history have an attribute: practice in looking them up and writing their titles.
  StarterText selection(const std::vector<const ItemText*>& history, Random& random) const;
  std::vector<const ItemText*> candidates(const std::vector<size_t>& user, const ItemText& target,
                                          Random& random) const;

  const StarterPopulation& population_;
  uint64_t seed_;
  int sequences_;
  Template open_, listed_, rationale_;
};

}  // namespace prefscope
