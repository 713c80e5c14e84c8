// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/open_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/data/item_index.h"
#include "engine/data/prompts.h"
#include "engine/explain/evidence_json.h"
#include "engine/explain/variant_scores.h"
#include "engine/store/analyses.h"
#include "engine/tasks/candidate_scores.h"
#include "engine/tasks/chosen_model.h"
#include "engine/tasks/torch_errors.h"

namespace prefscope {

struct OpenCase {
  std::filesystem::path workspace;
  std::string how;  ///< sum, mean, ratio
  Preparation preparation;
  Example example;
  Policy id;
  ItemIndex items;
  std::vector<const ItemText*> catalogue;  ///< items that somebody acted on
  LoadedPolicy policy;
  std::optional<LoadedPolicy> reference;  ///< shares the base model's weights
};

namespace {

using nlohmann::json;

/// Whose case it is, without a model.
ChosenCase find_asked(Workspace& workspace, const RankOptions& options) {
  ChosenCase asked = find_chosen_case(workspace, options);
  if (!asked.example.pairs.empty())
    throw Error(ErrorKind::BadInput,
                fmt::format("{}: an example of given pairs has no history of items to change; use a data set of "
                            "interactions",
                            asked.example.source));
  return asked;
}

size_t place_of(const std::vector<int64_t>& ids, int64_t item, const char* what) {
  const auto found = std::find(ids.begin(), ids.end(), item);
  if (found == ids.end())
    throw Error(ErrorKind::BadInput,
                fmt::format("{}: expected one of the user's candidates, found item {}", what, item));
  return static_cast<size_t>(found - ids.begin());
}

/// The candidates of each variant under the model, and against the reference where there is one.
std::vector<std::vector<CandidateScore>> scored(const OpenCase& c, const std::vector<CaseVariant>& variants,
                                                bool with_reference, const TaskContext& context) {
  const VariantScores now = variant_scores(c.policy, c.preparation, c.example, variants, context);
  VariantScores before;
  if (with_reference) before = variant_scores(*c.reference, c.preparation, c.example, variants, context);
  std::vector<std::vector<CandidateScore>> all(variants.size());
  for (size_t v = 0; v < variants.size(); ++v) {
    for (size_t i = 0; i < variants[v].candidates.size(); ++i) {
      CandidateScore s;
      s.log_prob = now.mean[v][i];
      s.spread = now.spread[v][i];
      s.tokens = static_cast<int>(response_ids(c.policy.model, render_response(*variants[v].candidates[i])).size());
      if (with_reference) s.log_ratio = s.log_prob - before.mean[v][i];
      s.score = ranking_score(s, c.how);
      all[v].push_back(s);
    }
  }
  return all;
}

RankResult ranked_edit(const OpenCase& c, const Example& edited, const std::vector<CandidateScore>& scores,
                       bool has_reference) {
  RankResult result = ranked_case(edited, c.items, scores, c.how, has_reference);
  result.protocol = c.preparation.protocol;
  result.edited = edited.history != c.example.history || edited.candidates != c.example.candidates;
  return result;
}

/// What candidates are ranked by.
std::vector<std::vector<double>> ranking_scores(const OpenCase& c, const std::vector<CaseVariant>& variants,
                                                const TaskContext& context) {
  std::vector<std::vector<double>> scores;
  for (const auto& row : scored(c, variants, c.how == "ratio", context)) {
    scores.emplace_back();
    for (const CandidateScore& s : row) scores.back().push_back(s.score);
  }
  return scores;
}

/// Everything that decides an answer beside the example and the model.
std::string settings_of(const Evidence& asked, const EvidenceOptions& o) {
  return json{{"item", asked.item},   {"rival", asked.rival ? json(*asked.rival) : json()},
              {"score", asked.score}, {"neutral", o.neutral},
              {"random", o.random},   {"pair_items", o.pair_items},
              {"seed", o.seed}}
      .dump();
}

Evidence asked_evidence(const Example& example, const std::string& how, const EvidenceOptions& o) {
  return {o.item.value_or(example.target), o.rival, how, {}};
}

bool read_kept(Workspace& workspace, int64_t example, const Policy& policy, const EvidenceOptions& o, Evidence& asked) {
  const auto kept = find_analysis(workspace, example, policy, "occlusion", settings_of(asked, o));
  if (kept) asked.occlusion = occlusion_from_json(json::parse(*kept));
  return kept.has_value();
}

std::string settings_of(const std::string& how, const CounterfactualOptions& o) {
  return json{{"score", how},
              {"wanted", o.wanted ? json(*o.wanted) : json()},
              {"most_removed", o.most_removed},
              {"most_added", o.most_added},
              {"additions", o.additions}}
      .dump();
}

void check_range(const char* name, int value, int low, int high) {
  if (value < low || value > high)
    throw Error(ErrorKind::BadInput, fmt::format("{}: expected {} .. {}, found {}", name, low, high, value));
}

}  // namespace

const Example& example_of(const OpenCase& opened) {
  return opened.example;
}

std::vector<ItemText> history_of(const OpenCase& opened) {
  std::vector<ItemText> history;
  for (const ItemText* item : opened.items.all(opened.example.history)) history.push_back(*item);
  return history;
}

const ItemText& item_text(const OpenCase& opened, int64_t item) {
  if (!opened.items.has(item))
    throw Error(ErrorKind::BadInput, fmt::format("there is no item {} in this data set", item));
  return *opened.items.at(item);
}

const ItemText& find_item(const OpenCase& opened, const std::string& key) {
  const auto& all = opened.items.texts();
  const auto found = std::find_if(all.begin(), all.end(), [&](const ItemText& item) { return item.key == key; });
  if (found == all.end())
    throw Error(ErrorKind::BadInput, fmt::format("there is no item with the id \"{}\" in this data set", key));
  return *found;
}

OpenCasePtr open_case(const RankOptions& options, const TaskContext& context) {
  Workspace workspace(options.workspace);
  const ChosenCase asked = find_asked(workspace, options);
  check_score(options.score, options.run.has_value());
  return with_torch_errors([&]() -> OpenCasePtr {
    context.report({"Loading the model", 0, -1, ""});
    const int64_t set = asked.model.preparation.data_set;
    LoadedPolicy policy = load_policy(workspace, asked.model.policy, choose_device(options.device));
    std::optional<LoadedPolicy> reference;
    if (options.run) {
      reference = policy;
      reference->adapters.pop_back();
    }
    std::shared_ptr<OpenCase> opened(new OpenCase{options.workspace,
                                                  options.score,
                                                  asked.model.preparation,
                                                  asked.example,
                                                  asked.model.policy,
                                                  ItemIndex(read_item_texts(workspace, set)),
                                                  {},
                                                  std::move(policy),
                                                  std::move(reference)});
    for (const int64_t item : read_catalogue(workspace, set)) opened->catalogue.push_back(opened->items.at(item));
    return opened;
  });
}

RankResult what_if(const OpenCase& c, const CaseEdit& edit, const TaskContext& context) {
  return add_reference(c, what_if_ranks(c, edit, context), context);
}

RankResult what_if_ranks(const OpenCase& c, const CaseEdit& edit, const TaskContext& context) {
  for (const auto* ids : {&edit.history, &edit.candidates}) {
    for (const int64_t item : *ids) item_text(c, item);
  }
  if (edit.candidates.size() < 2)
    throw Error(ErrorKind::BadInput, fmt::format("expected at least two candidates, found {}", edit.candidates.size()));
  if (std::set<int64_t>(edit.candidates.begin(), edit.candidates.end()).size() != edit.candidates.size())
    throw Error(ErrorKind::BadInput, "an item is twice among the candidates");
  const CaseVariant variant{c.items.all(edit.history), c.items.all(edit.candidates)};
  const bool by_ratio = c.how == "ratio";
  return with_torch_errors([&] {
    const auto scores = scored(c, {variant}, by_ratio, context).front();
    Example edited = c.example;
    edited.history = edit.history;
    edited.candidates = edit.candidates;
    return ranked_edit(c, edited, scores, by_ratio);
  });
}

RankResult add_reference(const OpenCase& c, const RankResult& ranked, const TaskContext& context) {
  if (ranked.has_reference || !c.reference) return ranked;
  const Example& edited = ranked.example;
  const CaseVariant variant{c.items.all(edited.history), c.items.all(edited.candidates)};
  return with_torch_errors([&] {
    const VariantScores before = variant_scores(*c.reference, c.preparation, edited, {variant}, context);
    std::vector<CandidateScore> scores;
    for (size_t i = 0; i < edited.candidates.size(); ++i) {
      const auto found = std::find_if(ranked.candidates.begin(), ranked.candidates.end(),
                                      [&](const RankedCandidate& r) { return r.item == edited.candidates[i]; });
      scores.push_back(
          {found->score, found->log_prob, found->log_prob - before.mean[0][i], found->spread, found->tokens});
    }
    return ranked_edit(c, edited, scores, true);
  });
}

Evidence evidence(const OpenCase& c, const EvidenceOptions& o, const TaskContext& context) {
  check_range("--neutral", o.neutral, 0, 100);
  check_range("--random", o.random, 1, 10'000);
  check_range("--pairs", o.pair_items, 0, 1000);
  Workspace workspace(c.workspace);
  Evidence asked = asked_evidence(c.example, c.how, o);
  OcclusionQuestion q;
  q.item = place_of(c.example.candidates, asked.item, "--item");
  if (asked.rival) q.rival = place_of(c.example.candidates, *asked.rival, "--rival");
  if (q.rival == q.item) throw Error(ErrorKind::BadInput, "--rival: expected another candidate than --item");
  if (read_kept(workspace, c.example.id, c.id, o, asked)) return asked;
  q.history = c.items.all(c.example.history);
  q.candidates = c.items.all(c.example.candidates);
  if (q.rival && c.preparation.prompt == "open") {  // nothing else is read or asked for
    q.candidates = {q.candidates[q.item], q.candidates[*q.rival]};
    q.item = 0;
    q.rival = 1;
  }
  const std::set<int64_t> listed(c.example.candidates.begin(), c.example.candidates.end());
  for (const ItemText* item : c.catalogue) {
    if (!listed.contains(item->id)) q.catalogue.push_back(item);
  }
  q.neutral = o.neutral;
  q.random = o.random;
  q.pair_items = o.pair_items;
  q.seed = o.seed;
  asked.occlusion = with_torch_errors([&] {
    ProgressClock clock(context, "Taking out parts of the history");
    clock.update(0);
    return occlude(
        q, [&](const std::vector<CaseVariant>& variants) { return ranking_scores(c, variants, context); }, context);
  });
  save_analysis(workspace, c.example.id, c.id, "occlusion", settings_of(asked, o),
                occlusion_json(asked.occlusion).dump());
  return asked;
}

std::optional<Evidence> kept_evidence(const RankOptions& options, const EvidenceOptions& o) {
  Workspace workspace(options.workspace);
  const ChosenCase asked = find_asked(workspace, options);
  Evidence found = asked_evidence(asked.example, options.score, o);
  if (!read_kept(workspace, asked.example.id, asked.model.policy, o, found)) return std::nullopt;
  return found;
}

Counterfactual counterfactual(const OpenCase& c, const CounterfactualOptions& o, const TaskContext& context) {
  check_range("--most-removed", o.most_removed, 0, 1000);
  check_range("--most-added", o.most_added, 0, 100);
  check_range("--additions", o.additions, 0, 1'000'000);
  CounterfactualQuestion q;
  q.history = c.items.all(c.example.history);
  q.candidates = c.items.all(c.example.candidates);
  if (o.wanted) q.wanted = place_of(c.example.candidates, *o.wanted, "--wanted");
  Workspace workspace(c.workspace);
  const std::string settings = settings_of(c.how, o);
  if (const auto kept = find_analysis(workspace, c.example.id, c.id, "counterfactual", settings))
    return counterfactual_from_json(json::parse(*kept), [&](int64_t id) { return item_text(c, id); });
  q.most_removed = o.most_removed;
  q.most_added = o.most_added;
  const Counterfactual found = with_torch_errors([&] {
    const auto score = [&](const std::vector<CaseVariant>& variants) { return ranking_scores(c, variants, context); };
    // Additions that are like the candidate that should be first: the wanted one, or the second now.
    const auto now = score({{q.history, q.candidates}}).at(0);
    const auto first = std::max_element(now.begin(), now.end()) - now.begin();
    size_t hope = first == 0 ? 1 : 0;
    for (size_t i = 0; i < now.size(); ++i) hope = now[i] > now[hope] && std::cmp_not_equal(i, first) ? i : hope;
    const ItemText& like = *q.candidates.at(q.wanted.value_or(hope));
    std::vector<std::pair<int, const ItemText*>> by_likeness;
    std::set<int64_t> taken(c.example.history.begin(), c.example.history.end());
    taken.insert(c.example.candidates.begin(), c.example.candidates.end());
    for (const ItemText* item : c.catalogue) {
      if (taken.contains(item->id)) continue;
      const auto shared = std::count_if(like.attributes.begin(), like.attributes.end(),
                                        [&](const Attribute& attribute) { return has_attribute(*item, attribute); });
      by_likeness.emplace_back(static_cast<int>(shared), item);
    }
    std::stable_sort(by_likeness.begin(), by_likeness.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    for (size_t i = 0; i < std::min(by_likeness.size(), static_cast<size_t>(o.additions)); ++i)
      q.additions.push_back(by_likeness[i].second);
    return find_counterfactual(q, score, context);
  });
  save_analysis(workspace, c.example.id, c.id, "counterfactual", settings, counterfactual_json(found).dump());
  return found;
}

std::optional<KeptCounterfactual> kept_counterfactual(const RankOptions& options, const CounterfactualOptions& o) {
  Workspace workspace(options.workspace);
  const ChosenCase asked = find_asked(workspace, options);
  const auto kept =
      find_analysis(workspace, asked.example.id, asked.model.policy, "counterfactual", settings_of(options.score, o));
  if (!kept) return std::nullopt;
  const ItemIndex items(read_item_texts(workspace, asked.model.preparation.data_set));
  const auto text = [&](int64_t id) { return *items.at(id); };
  KeptCounterfactual found{{asked.example.history, asked.example.candidates}, {}, {}, {}};
  for (const int64_t id : asked.example.history) found.history.push_back(text(id));
  for (const int64_t id : asked.example.candidates) found.candidates.push_back(text(id));
  found.found = counterfactual_from_json(json::parse(*kept), text);
  return found;
}

}  // namespace prefscope
