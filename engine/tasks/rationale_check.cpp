// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/rationale_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "engine/base/random.h"
#include "engine/data/attributes.h"
#include "engine/data/item_index.h"
#include "engine/data/world.h"
#include "engine/evaluate/metrics.h"
#include "engine/evaluate/text_metrics.h"
#include "engine/explain/rationale_facts.h"
#include "engine/explain/rationale_text.h"
#include "engine/explain/variant_scores.h"
#include "engine/store/runs.h"
#include "engine/tasks/candidate_scores.h"
#include "engine/tasks/chosen_model.h"
#include "engine/tasks/explain.h"
#include "engine/tasks/scoring.h"
#include "engine/tasks/torch_errors.h"

namespace prefscope {
namespace {

constexpr size_t random_draws = 5;

using History = std::vector<const ItemText*>;

History without(const History& history, std::vector<size_t> positions) {
  std::sort(positions.begin(), positions.end());
  History rest;
  for (size_t i = 0; i < history.size(); ++i) {
    if (!std::binary_search(positions.begin(), positions.end(), i)) rest.push_back(history[i]);
  }
  return rest;
}

History only(const History& history, std::vector<size_t> positions) {
  std::sort(positions.begin(), positions.end());
  History kept;
  for (const size_t p : positions) kept.push_back(history[p]);
  return kept;
}

/// The histories of a comparison: whole, then without and with nothing but the cited items, as many random others (each
/// draw), and as many of the latest others. Empty where there are not enough of them.
std::vector<History> changed_histories(const History& history, const std::vector<size_t>& cited, Random& random) {
  if (cited.empty() || 2 * cited.size() >= history.size()) return {};
  std::vector<size_t> others;
  for (size_t i = 0; i < history.size(); ++i) {
    if (std::find(cited.begin(), cited.end(), i) == cited.end()) others.push_back(i);
  }
  std::vector<std::vector<size_t>> sets = {cited};
  const auto n = static_cast<std::ptrdiff_t>(cited.size());
  for (size_t draw = 0; draw < random_draws; ++draw) {
    std::vector<size_t> some = others;
    random.shuffle(some);
    sets.emplace_back(some.begin(), some.begin() + n);
  }
  sets.emplace_back(others.end() - n, others.end());
  std::vector<History> all = {history};
  for (const auto& set : sets) all.push_back(without(history, set));
  for (const auto& set : sets) all.push_back(only(history, set));
  return all;
}

constexpr size_t sets_compared = random_draws + 2;  // cited, random ones, the latest

/// Differences by user, one list for each figure.
struct Falls {
  std::vector<double> cited, random, recent, cited_less_random, cited_less_recent;
  std::vector<double> only_cited, only_random, only_recent, random_less_only_cited, recent_less_only_cited;
  std::vector<double> flips, flips_random;
};

/// scores: of the candidates, by history of changed_histories; item: the one recommended.
void add_falls(Falls& falls, const std::vector<std::vector<double>>& scores, size_t item) {
  const auto fall = [&](size_t h) { return margin_over_others(scores[0], item) - margin_over_others(scores[h], item); };
  const auto flip = [&](size_t h) {
    return std::max_element(scores[h].begin(), scores[h].end()) - scores[h].begin() == static_cast<std::ptrdiff_t>(item)
               ? 0.0
               : 1.0;
  };
  const auto mean = [&](size_t first, const auto& of) {
    double sum = 0;
    for (size_t draw = 0; draw < random_draws; ++draw) sum += of(first + draw);
    return sum / random_draws;
  };
  falls.cited.push_back(fall(1));
  falls.random.push_back(mean(2, fall));
  falls.recent.push_back(fall(sets_compared));
  falls.cited_less_random.push_back(falls.cited.back() - falls.random.back());
  falls.cited_less_recent.push_back(falls.cited.back() - falls.recent.back());
  falls.only_cited.push_back(fall(sets_compared + 1));
  falls.only_random.push_back(mean(sets_compared + 2, fall));
  falls.only_recent.push_back(fall(2 * sets_compared));
  falls.random_less_only_cited.push_back(falls.only_random.back() - falls.only_cited.back());
  falls.recent_less_only_cited.push_back(falls.only_recent.back() - falls.only_cited.back());
  falls.flips.push_back(flip(1));
  falls.flips_random.push_back(mean(2, flip));
}

Faithfulness summarize(const Falls& falls, uint64_t seed) {
  Faithfulness f;
  f.users = std::ssize(falls.cited);
  const std::pair<Interval Faithfulness::*, const std::vector<double>*> figures[] = {
      {&Faithfulness::cited, &falls.cited},
      {&Faithfulness::random, &falls.random},
      {&Faithfulness::recent, &falls.recent},
      {&Faithfulness::cited_less_random, &falls.cited_less_random},
      {&Faithfulness::cited_less_recent, &falls.cited_less_recent},
      {&Faithfulness::only_cited, &falls.only_cited},
      {&Faithfulness::only_random, &falls.only_random},
      {&Faithfulness::only_recent, &falls.only_recent},
      {&Faithfulness::random_less_only_cited, &falls.random_less_only_cited},
      {&Faithfulness::recent_less_only_cited, &falls.recent_less_only_cited},
      {&Faithfulness::flips, &falls.flips},
      {&Faithfulness::flips_random, &falls.flips_random}};
  for (const auto& [figure, values] : figures) f.*figure = bootstrap_mean(*values, seed);
  f.p_random = sign_flip_p_value(falls.cited_less_random, seed);
  f.p_recent = sign_flip_p_value(falls.cited_less_recent, seed);
  f.p_only_random = sign_flip_p_value(falls.random_less_only_cited, seed);
  f.p_only_recent = sign_flip_p_value(falls.recent_less_only_cited, seed);
  const auto corrected = holm({f.p_random, f.p_recent, f.p_only_random, f.p_only_recent});
  f.holm_random = corrected[0];
  f.holm_recent = corrected[1];
  f.holm_only_random = corrected[2];
  f.holm_only_recent = corrected[3];
  return f;
}

/// The true causes of the bundled world, for users that are its own.
class Truth {
 public:
  Truth() : world_(make_world(bundled_world_items, bundled_world_seed)) {}

  /// Contributions of an item's attributes at the user's last choice, by attribute; empty where the history is not that
  /// of the bundled user of this key.
  std::vector<std::pair<double, Attribute>> contributions_of(const Example& e, const History& history,
                                                             const ItemText& item) const {
    int number = 0;
    const auto [end, error] = std::from_chars(e.user_key.data(), e.user_key.data() + e.user_key.size(), number);
    if (error != std::errc() || end != e.user_key.data() + e.user_key.size() || number < 1 ||
        number > bundled_world_users)
      return {};
    const WorldUser user = world_user(world_, bundled_world_seed, number - 1);
    const size_t n = user.choices.size() - 1;  // the choice that a held-out user's list is about
    if (history.size() > n) return {};
    for (size_t h = 0; h < history.size(); ++h) {
      const WorldChoice& choice = user.choices[n - history.size() + h];
      if (history[h]->title != world_.items[static_cast<size_t>(choice.item)].title) return {};
    }
    const auto same = std::find_if(world_.items.begin(), world_.items.end(),
                                   [&](const WorldItem& known) { return known.title == item.title; });
    if (same == world_.items.end()) return {};
    const int index = static_cast<int>(same - world_.items.begin());
    const auto parts = contributions(world_, user, n, index);
    const ItemText known = item_text(world_, index);
    std::vector<std::pair<double, Attribute>> all;
    for (size_t a = 0; a < parts.size(); ++a) all.emplace_back(parts[a], known.attributes[a]);
    return all;
  }

 private:
  World world_;
};

/// By user: 1 where it is among the two largest contributions.
struct Hits {
  std::vector<double> rationale, most_frequent, most_frequent_of_all, oracle, gain;
};

std::optional<Attribute> most_frequent_of_all(const History& history) {
  ItemText any;
  for (const ItemText* seen : history)
    any.attributes.insert(any.attributes.end(), seen->attributes.begin(), seen->attributes.end());
  return most_frequent_attribute(history, any);
}

void add_hits(Hits& hits, std::vector<std::pair<double, Attribute>> contributions,
              const std::optional<Attribute>& named, const History& history, const ItemText& item) {
  std::stable_sort(contributions.begin(), contributions.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  const auto among_two = [&](const std::optional<Attribute>& attribute) {
    return attribute && (contributions[0].second == *attribute || contributions[1].second == *attribute) ? 1.0 : 0.0;
  };
  std::optional<Attribute> oracle;
  for (const auto& entry : contributions) {
    const bool shared = std::any_of(history.begin(), history.end(),
                                    [&](const ItemText* seen) { return has_attribute(*seen, entry.second); });
    if (shared && !oracle) oracle = entry.second;
  }
  hits.rationale.push_back(among_two(named));
  hits.most_frequent.push_back(among_two(most_frequent_attribute(history, item)));
  hits.most_frequent_of_all.push_back(among_two(most_frequent_of_all(history)));
  hits.oracle.push_back(among_two(oracle));
  hits.gain.push_back(hits.rationale.back() - hits.most_frequent.back());
}

TruthToUser summarize(const Hits& hits, uint64_t seed) {
  return {std::ssize(hits.rationale),
          bootstrap_mean(hits.rationale, seed),
          bootstrap_mean(hits.most_frequent, seed),
          bootstrap_mean(hits.most_frequent_of_all, seed),
          bootstrap_mean(hits.oracle, seed),
          bootstrap_mean(hits.gain, seed)};
}

}  // namespace

RationaleReport check_rationales(const RationaleCheckOptions& options, const TaskContext& context) {
  if (!(options.temperature >= 0 && options.temperature <= 100))
    throw Error(ErrorKind::BadInput, fmt::format("--temperature: expected 0 .. 100, found {}", options.temperature));
  if (options.users && *options.users < 1)
    throw Error(ErrorKind::BadInput, fmt::format("--users: expected at least 1, found {}", *options.users));
  Workspace workspace(options.workspace);
  const ChosenModel subject =
      find_chosen_model(workspace, options.run, options.model, options.data_set, options.preparation);
  const std::vector<Example> examples =
      read_examples(workspace, subject.preparation.id, Role::HeldOut, options.users.value_or(0));
  if (examples.empty() || !examples.front().pairs.empty())
    throw Error(ErrorKind::BadInput,
                "there are no held-out users with candidates; prepare a data set of interactions with --held-out");
  std::vector<int64_t> ids;
  for (const Example& e : examples) ids.push_back(e.id);
  score_examples(workspace, subject.preparation, ids, subject.policy, options.device, context);

  return with_torch_errors([&] {
    const std::vector<ItemText> texts = read_item_texts(workspace, subject.preparation.data_set);
    const RationaleWords words = rationale_words(texts);
    const ItemIndex items(texts);
    const LoadedPolicy policy = load_policy(workspace, subject.policy, choose_device(options.device));
    const Truth truth;
    RationaleReport report;
    report.model = subject.name;
    SavedRationale how;
    how.model = subject.policy.model;
    how.temperature = options.temperature;
    how.seed = options.seed;
    how.held_titles = options.hold_titles;
    report.note = rationale_note(workspace, how);
    Falls falls;
    Hits hits;
    std::vector<std::set<Attribute>> features;  // named, by text
    std::vector<double> matched;                // 1: the largest true contribution is among them
    ProgressClock clock(context, "Writing and checking rationales");
    for (size_t n = 0; n < examples.size(); ++n) {
      clock.update(static_cast<double>(n) / static_cast<double>(examples.size()),
                   fmt::format("user {} of {}", n + 1, examples.size()));
      const Example& e = examples[n];
      const auto scores = candidate_scores(workspace, e.id, subject.policy, {}, "sum");
      const auto best =
          static_cast<size_t>(std::max_element(scores.begin(), scores.end(),
                                               [](const auto& a, const auto& b) { return a.score < b.score; }) -
                              scores.begin());
      const History history = items.all(e.history), candidates = items.all(e.candidates);
      const ItemText& item = *candidates[best];
      RationaleRequest request{history, &item, 96, options.temperature, options.seed, options.hold_titles};
      const std::string text = write_rationale_text(policy, request, e.user_key, nullptr, context.stop);
      const RationaleFacts facts = read_rationale(text, history, item, words);
      report.rationales.push_back({e.user_key,
                                   item.title,
                                   text,
                                   {},
                                   facts.titles,
                                   facts.titles_in_history,
                                   facts.titles_invented,
                                   facts.titles_repeated,
                                   facts.attributes,
                                   facts.attributes_true});
      report.titles += facts.titles;
      report.titles_in_history += facts.titles_in_history;
      report.titles_invented += facts.titles_invented;
      report.titles_repeated += facts.titles_repeated;
      report.attributes += facts.attributes;
      report.attributes_true += facts.attributes_true;

      Random random({options.seed, 0x72656d6f7665, static_cast<uint64_t>(e.position)});
      std::vector<CaseVariant> variants;
      for (History& changed : changed_histories(history, facts.cited, random))
        variants.push_back({std::move(changed), candidates});
      if (!variants.empty()) {
        add_falls(falls, variant_scores(policy, subject.preparation, e, variants, context).mean, best);
        report.rationales.back().fall = falls.cited.back();
      }
      const auto contributions = truth.contributions_of(e, history, item);
      features.emplace_back();
      for (const NamedPart& part : facts.parts) {
        if (!part.attribute.second.empty()) features.back().insert(part.attribute);
      }
      if (!contributions.empty()) {
        const auto largest = std::max_element(contributions.begin(), contributions.end(),
                                              [](const auto& a, const auto& b) { return a.first < b.first; });
        matched.push_back(features.back().contains(largest->second) ? 1 : 0);
      }
      if (contributions.size() >= 2) add_hits(hits, contributions, facts.first_attribute, history, item);
    }
    report.faithfulness = summarize(falls, options.seed);
    std::vector<std::string> sentences;
    for (const CheckedRationale& r : report.rationales) sentences.push_back(r.text);
    report.texts = {
        unique_share(sentences), feature_coverage(features, words.attributes.size()), feature_overlap(features), {}};
    if (!matched.empty()) report.texts.fmr = bootstrap_mean(matched, options.seed).value;
    if (!hits.rationale.empty()) report.truth = summarize(hits, options.seed);
    return report;
  });
}

std::vector<RationaleReport> check_chain(const RationaleCheckOptions& options, const TaskContext& context) {
  std::vector<std::optional<int64_t>> chain = {std::nullopt};
  RationaleCheckOptions of = options;
  if (options.run) {
    Workspace workspace(options.workspace);
    for (const Run& run : run_chain(workspace, *options.run)) chain.push_back(run.id);
    const Run run = read_run(workspace, *options.run);  // its base model and preparation for all
    of.model = read_model(workspace, run.model).path;
    if (!of.preparation) of.preparation = run.preparation;
  }
  std::vector<RationaleReport> reports;
  for (const auto& run : chain) {
    of.run = run;
    reports.push_back(check_rationales(of, context));
  }
  return reports;
}

}  // namespace prefscope
