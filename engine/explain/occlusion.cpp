// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/occlusion.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/base/random.h"

namespace prefscope {
namespace {

using Items = std::vector<const ItemText*>;

constexpr int attribute_draws = 5;  // random removals as large as an attribute's

Items without(const Items& history, const std::vector<size_t>& positions) {
  Items rest;
  for (size_t i = 0; i < history.size(); ++i) {
    if (std::find(positions.begin(), positions.end(), i) == positions.end()) rest.push_back(history[i]);
  }
  return rest;
}

/// Histories to score, each with what its margin is for. Scored together, so that beginnings are shared.
class Batch {
 public:
  Batch(const OcclusionQuestion& question, const ScoreVariants& score) : question_(question), score_(score) {}

  void add(Items history, std::function<void(double margin)> use) {
    variants_.push_back({std::move(history), question_.candidates});
    uses_.push_back(std::move(use));
  }

  /// Scores what was added and hands each margin to its use; the number of histories.
  int64_t run() {
    const auto scores = score_(variants_);
    for (size_t v = 0; v < uses_.size(); ++v) {
      const auto& row = scores.at(v);
      uses_[v](question_.rival ? row.at(question_.item) - row.at(*question_.rival)
                               : margin_over_others(row, question_.item));
    }
    const auto n = static_cast<int64_t>(variants_.size());
    variants_.clear();
    uses_.clear();
    return n;
  }

 private:
  const OcclusionQuestion& question_;
  const ScoreVariants& score_;
  std::vector<CaseVariant> variants_;
  std::vector<std::function<void(double)>> uses_;
};

/// Attributes of the item and its rival, each once, in order.
std::vector<Attribute> asked_attributes(const OcclusionQuestion& q) {
  std::vector<Attribute> asked = q.candidates.at(q.item)->attributes;
  if (q.rival) {
    const auto& more = q.candidates.at(*q.rival)->attributes;
    asked.insert(asked.end(), more.begin(), more.end());
  }
  std::vector<Attribute> once;
  for (Attribute& attribute : asked) {
    if (!attribute.second.empty() && std::find(once.begin(), once.end(), attribute) == once.end())
      once.push_back(std::move(attribute));
  }
  return once;
}

/// Items that say nothing for the item or its rival, in seeded order.
Items neutral_items(const OcclusionQuestion& q, const std::vector<Attribute>& asked, Random& random) {
  std::set<int64_t> taken;
  for (const Items* items : {&q.history, &q.candidates}) {
    for (const ItemText* item : *items) taken.insert(item->id);
  }
  Items others, neutral;
  for (const ItemText* item : q.catalogue) {
    if (taken.contains(item->id)) continue;
    others.push_back(item);
    const bool shares = std::any_of(asked.begin(), asked.end(),
                                    [&](const Attribute& attribute) { return has_attribute(*item, attribute); });
    if (!shares) neutral.push_back(item);
  }
  Items& chosen = neutral.empty() ? others : neutral;
  random.shuffle(chosen);
  return chosen;
}

/// Linear between the order statistics; values are not empty.
double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double at = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

}  // namespace

Occlusion occlude(const OcclusionQuestion& q, const ScoreVariants& score, const TaskContext& context) {
  const size_t n = q.history.size();
  if (n == 0) throw Error(ErrorKind::BadInput, "this case has no history, so nothing can be taken out of it");
  const std::vector<Attribute> asked = asked_attributes(q);
  Random random({q.seed, 0x6e65757472616c});
  const Items neutral = neutral_items(q, asked, random);
  if (neutral.empty())
    throw Error(ErrorKind::BadInput,
                "every item of the catalogue is in the history or a candidate, so none can stand in");

  const size_t stand_ins = std::min(neutral.size(), static_cast<size_t>(std::max(0, q.neutral)));

  Occlusion found;
  found.items.resize(n);
  std::vector<double> removals;
  Batch batch(q, score);
  batch.add(q.history, [&](double margin) { found.margin = margin; });
  batch.add({}, [&](double margin) { found.without_history = margin; });
  for (size_t i = n; i-- > 0;) {  // the last first: it shares the most
    ItemEffect& effect = found.items[i];
    effect.position = i;
    batch.add(without(q.history, {i}), [&](double margin) { effect.deletion = found.margin - margin; });
    for (size_t r = 0; r < stand_ins; ++r) {
      Items changed = q.history;
      changed[i] = neutral[r];
      batch.add(std::move(changed), [&](double margin) { effect.replacement.push_back(found.margin - margin); });
    }
  }
  for (int r = 0; r < q.random; ++r) {
    Items longer = q.history;
    longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(random.below(n + 1)),
                  neutral[random.below(neutral.size())]);
    batch.add(std::move(longer), [&](double margin) { removals.push_back(margin - found.margin); });
  }
  for (size_t r = 0; r < stand_ins; ++r) found.neutral.push_back(neutral[r]->title);
  for (const Attribute& attribute : asked) {
    AttributeEffect effect{attribute, {}, 0, 0, 0, 0};
    for (size_t i = 0; i < n; ++i) {
      if (has_attribute(*q.history[i], attribute)) effect.positions.push_back(i);
    }
    if (!effect.positions.empty()) found.attributes.push_back(std::move(effect));
  }
  std::vector<std::vector<double>> drawn(found.attributes.size());
  for (size_t a = 0; a < found.attributes.size(); ++a) {
    AttributeEffect& effect = found.attributes[a];
    batch.add(without(q.history, effect.positions), [&](double margin) { effect.effect = found.margin - margin; });
    for (int draw = 0; draw < attribute_draws; ++draw) {
      std::vector<size_t> some(n);
      std::iota(some.begin(), some.end(), 0);
      random.shuffle(some);
      some.resize(effect.positions.size());
      batch.add(without(q.history, some), [&, a](double margin) { drawn[a].push_back(found.margin - margin); });
    }
  }
  found.prompts = batch.run();
  context.check();

  if (!removals.empty()) {
    found.band_low = quantile(removals, 0.05);
    found.band_high = quantile(removals, 0.95);
  }
  for (ItemEffect& effect : found.items) {
    std::vector<double> all = effect.replacement;
    all.push_back(effect.deletion);
    effect.low = *std::min_element(all.begin(), all.end());
    effect.high = *std::max_element(all.begin(), all.end());
    effect.beyond = effect.low > std::max(found.band_high, 0.0) || effect.high < std::min(found.band_low, 0.0);
  }
  for (size_t a = 0; a < found.attributes.size(); ++a) {
    AttributeEffect& effect = found.attributes[a];
    effect.random = std::accumulate(drawn[a].begin(), drawn[a].end(), 0.0) / attribute_draws;
    effect.random_low = *std::min_element(drawn[a].begin(), drawn[a].end());
    effect.random_high = *std::max_element(drawn[a].begin(), drawn[a].end());
  }
  std::stable_sort(found.attributes.begin(), found.attributes.end(),
                   [](const auto& a, const auto& b) { return std::abs(a.effect) > std::abs(b.effect); });

  std::vector<size_t> strongest(n);
  std::iota(strongest.begin(), strongest.end(), 0);
  std::stable_sort(strongest.begin(), strongest.end(), [&](size_t a, size_t b) {
    return std::abs(found.items[a].deletion) > std::abs(found.items[b].deletion);
  });
  strongest.resize(std::min(n, static_cast<size_t>(std::max(0, q.pair_items))));
  std::sort(strongest.begin(), strongest.end());
  for (size_t a = 0; a < strongest.size(); ++a) {
    for (size_t b = a + 1; b < strongest.size(); ++b)
      found.pairs.push_back(
          {strongest[a], strongest[b], 0, found.items[strongest[a]].deletion + found.items[strongest[b]].deletion});
  }
  for (PairEffect& pair : found.pairs)
    batch.add(without(q.history, {pair.first, pair.second}),
              [&](double margin) { pair.effect = found.margin - margin; });
  if (!found.pairs.empty()) found.prompts += batch.run();
  std::stable_sort(found.pairs.begin(), found.pairs.end(), [](const PairEffect& a, const PairEffect& b) {
    return std::abs(a.effect - a.singles) > std::abs(b.effect - b.singles);
  });
  return found;
}

}  // namespace prefscope
