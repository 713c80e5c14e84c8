// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/counterfactual.h"

#include <algorithm>

namespace prefscope {
namespace {

constexpr size_t at_once = 64;  // histories that are scored between two looks at the clock
constexpr size_t most_listed = 30;

/// A change with how near it comes: above zero another candidate is first.
struct Trial {
  HistoryChange change;
  double gap = 0;  ///< score of the best candidate that should be first, less that of the best other
};

class Search {
 public:
  Search(const CounterfactualQuestion& q, const ScoreVariants& score, const TaskContext& context)
      : q_(q), score_(score), clock_(context, "Looking for what would change it") {
    first_ = best_of(score_({{q.history, q.candidates}}).at(0));
    ++prompts_;
  }

  size_t first() const { return first_.change.first; }
  double lead() const { return first_.change.lead; }
  int64_t prompts() const { return prompts_; }

  /// Scores each; in the order given.
  std::vector<Trial> try_all(const std::vector<HistoryChange>& changes, const char* what) {
    std::vector<Trial> trials;
    for (size_t begin = 0; begin < changes.size(); begin += at_once) {
      clock_.update(static_cast<double>(begin) / static_cast<double>(changes.size()), what);
      std::vector<CaseVariant> variants;
      for (size_t i = begin; i < std::min(changes.size(), begin + at_once); ++i)
        variants.push_back({changed(changes[i]), q_.candidates});
      const auto scores = score_(variants);
      prompts_ += static_cast<int64_t>(variants.size());
      for (size_t i = 0; i < variants.size(); ++i) {
        Trial trial = best_of(scores.at(i));
        trial.change.removed = changes[begin + i].removed;
        trial.change.added = changes[begin + i].added;
        trials.push_back(std::move(trial));
      }
    }
    return trials;
  }

  /// Those that hold when each is ranked on its own, the largest lead first. found: how many there are, listed or not.
  std::vector<HistoryChange> verified(std::vector<Trial> trials, int64_t& found) {
    std::erase_if(trials, [](const Trial& t) { return t.gap <= 0; });
    std::stable_sort(trials.begin(), trials.end(),
                     [](const Trial& a, const Trial& b) { return a.change.lead > b.change.lead; });
    std::vector<HistoryChange> listed;
    found = std::ssize(trials);
    for (const Trial& trial : trials) {
      if (listed.size() == most_listed) break;
      const Trial again = try_all({trial.change}, "checking").front();
      if (again.gap > 0) {
        listed.push_back(again.change);
      } else {
        --found;
      }
    }
    return listed;
  }

 private:
  std::vector<const ItemText*> changed(const HistoryChange& change) const {
    std::vector<const ItemText*> history;
    for (size_t i = 0; i < q_.history.size(); ++i) {
      if (std::find(change.removed.begin(), change.removed.end(), i) == change.removed.end())
        history.push_back(q_.history[i]);
    }
    for (const ItemText& item : change.added) history.push_back(&item);
    return history;
  }

  /// Ties go to the earlier candidate, as in a ranking.
  Trial best_of(const std::vector<double>& scores) const {
    Trial trial;
    size_t& first = trial.change.first;
    for (size_t c = 1; c < scores.size(); ++c) first = scores[c] > scores[first] ? c : first;
    size_t second = first == 0 ? 1 : 0;
    for (size_t c = 0; c < scores.size(); ++c) {
      if (c != first && scores[c] > scores[second]) second = c;
    }
    trial.change.lead = scores[first] - scores[second];
    const bool right = q_.wanted ? first == *q_.wanted : first != first_.change.first;
    if (right) {
      trial.gap = trial.change.lead;
    } else {
      const size_t hope = q_.wanted ? *q_.wanted : second;
      trial.gap = scores[hope] - scores[first];
    }
    return trial;
  }

  const CounterfactualQuestion& q_;
  const ScoreVariants& score_;
  ProgressClock clock_;
  Trial first_;
  int64_t prompts_ = 0;
};

bool any_found(const std::vector<Trial>& trials) {
  return std::any_of(trials.begin(), trials.end(), [](const Trial& t) { return t.gap > 0; });
}

const Trial& nearest(const std::vector<Trial>& trials) {
  return *std::max_element(trials.begin(), trials.end(), [](const Trial& a, const Trial& b) { return a.gap < b.gap; });
}

/// Puts back what a greedily grown set does not need.
Trial without_needless(Search& search, Trial trial) {
  for (size_t i = 0; i < trial.change.removed.size();) {
    HistoryChange smaller = trial.change;
    smaller.removed.erase(smaller.removed.begin() + static_cast<std::ptrdiff_t>(i));
    const Trial tried = search.try_all({smaller}, "putting items back").front();
    if (tried.gap > 0) {
      trial = tried;
    } else {
      ++i;
    }
  }
  return trial;
}

void find_removals(const CounterfactualQuestion& q, Search& search, Counterfactual& found) {
  const size_t n = q.history.size();
  const auto most = static_cast<size_t>(std::max(0, q.most_removed));
  if (n == 0 || most == 0) return;
  std::vector<HistoryChange> changes;
  for (size_t i = n; i-- > 0;) changes.push_back({{i}, {}, 0, 0});  // the last first: it shares the most
  std::vector<Trial> trials = search.try_all(changes, "single items");
  if (!any_found(trials) && n >= 2 && most >= 2) {
    changes.clear();
    for (size_t a = n; a-- > 0;) {
      for (size_t b = n; b-- > a + 1;) changes.push_back({{a, b}, {}, 0, 0});
    }
    trials = search.try_all(changes, "pairs of items");
  }
  found.removals = search.verified(trials, found.removals_found);
  found.smallest = !found.removals.empty();
  if (found.smallest) found.removals_tried = std::ssize(trials);
  Trial best = nearest(trials);
  while (found.removals.empty() && best.change.removed.size() < std::min(n, most)) {
    changes.clear();
    for (size_t i = n; i-- > 0;) {
      HistoryChange larger = best.change;
      if (std::find(larger.removed.begin(), larger.removed.end(), i) != larger.removed.end()) continue;
      larger.removed.insert(std::upper_bound(larger.removed.begin(), larger.removed.end(), i), i);
      changes.push_back(std::move(larger));
    }
    best = nearest(search.try_all(changes, "larger sets"));
    if (best.gap > 0) found.removals = search.verified({without_needless(search, best)}, found.removals_found);
  }
}

void find_additions(const CounterfactualQuestion& q, Search& search, Counterfactual& found) {
  Trial best;
  for (int size = 1; size <= q.most_added && found.additions.empty() && !q.additions.empty(); ++size) {
    std::vector<HistoryChange> changes;
    for (const ItemText* item : q.additions) {
      HistoryChange larger = best.change;
      const auto is_item = [item](const ItemText& added) { return added.id == item->id; };
      if (std::any_of(larger.added.begin(), larger.added.end(), is_item)) continue;
      larger.added.push_back(*item);
      changes.push_back(std::move(larger));
    }
    if (changes.empty()) return;
    const std::vector<Trial> trials = search.try_all(changes, "additions");
    found.additions = search.verified(trials, found.additions_found);
    found.smallest_addition = size == 1 && !found.additions.empty();
    if (found.smallest_addition) found.additions_tried = std::ssize(trials);
    best = nearest(trials);
  }
}

}  // namespace

Counterfactual find_counterfactual(const CounterfactualQuestion& q, const ScoreVariants& score,
                                   const TaskContext& context) {
  if (q.candidates.size() < 2)
    throw Error(ErrorKind::BadInput, "with fewer than two candidates none can take the place of another");
  Search search(q, score, context);
  Counterfactual found;
  found.first = search.first();
  found.lead = search.lead();
  if (q.wanted != found.first) {
    find_removals(q, search, found);
    find_additions(q, search, found);
  }
  found.prompts = search.prompts();
  return found;
}

}  // namespace prefscope
