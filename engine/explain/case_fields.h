// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <concepts>

#include "engine/explain/kept_case.h"

// The fields of each struct of a kept case, listed once, for its writing and its reading: fields(s, field) calls
// field("name", s.name) for each. The structured bindings are there so that a field that is added to a struct and
// forgotten here does not compile.

namespace prefscope {

template <typename T, typename Struct>
concept Of = std::same_as<std::remove_const_t<T>, Struct>;

void fields(Of<ItemText> auto& s, auto&& field) {
  auto& [id, title, attributes, key] = s;
  field("id", id), field("title", title), field("attributes", attributes), field("key", key);
}
void fields(Of<TextPair> auto& s, auto&& field) {
  auto& [prompt, chosen, rejected] = s;
  field("prompt", prompt), field("chosen", chosen), field("rejected", rejected);
}
void fields(Of<Example> auto& s, auto&& field) {
  auto& [id, position, user, target, role, user_key, source, history, candidates, negatives, pairs] = s;
  field("id", id), field("position", position), field("user", user), field("target", target), field("role", role);
  field("user_key", user_key), field("source", source), field("history", history), field("candidates", candidates);
  field("negatives", negatives), field("pairs", pairs);
}
void fields(Of<RankedCandidate> auto& s, auto&& field) {
  auto& [item, title, score, log_prob, log_ratio, spread, tokens] = s;
  field("item", item), field("title", title), field("score", score), field("log_prob", log_prob);
  field("log_ratio", log_ratio), field("spread", spread), field("tokens", tokens);
}
void fields(Of<RankResult> auto& s, auto&& field) {
  auto& [example, protocol, history, candidates, items, target, target_rank, score, has_reference, reference_rank,
         edited, explained] = s;
  field("example", example), field("protocol", protocol), field("history", history), field("candidates", candidates);
  field("items", items), field("target", target), field("target_rank", target_rank), field("score", score);
  field("has_reference", has_reference), field("reference_rank", reference_rank), field("edited", edited);
  field("explained", explained);
}
void fields(Of<CandidateScore> auto& s, auto&& field) {
  auto& [score, log_prob, log_ratio, spread, tokens] = s;
  field("score", score), field("log_prob", log_prob), field("log_ratio", log_ratio), field("spread", spread);
  field("tokens", tokens);
}
void fields(Of<ChainModel> auto& s, auto&& field) {
  auto& [name, run, scores, ranks] = s;
  field("name", name), field("run", run), field("scores", scores), field("ranks", ranks);
}
void fields(Of<BesideModel> auto& s, auto&& field) {
  auto& [name, run, classic, scores, ranks] = s;
  field("name", name), field("run", run), field("classic", classic), field("scores", scores), field("ranks", ranks);
}
void fields(Of<StripToken> auto& s, auto&& field) {
  auto& [text, log_prob, reference] = s;
  field("text", text), field("log_prob", log_prob), field("reference", reference);
}
void fields(Of<CaseChain> auto& s, auto&& field) {
  auto& [example, candidates, models, strips] = s;
  field("example", example), field("candidates", candidates), field("models", models), field("strips", strips);
}
void fields(Of<Margin> auto& s, auto&& field) {
  auto& [reference, policy, ratio_chosen, ratio_rejected] = s;
  field("reference", reference), field("policy", policy), field("ratio_chosen", ratio_chosen);
  field("ratio_rejected", ratio_rejected);
}
void fields(Of<MarginPoint> auto& s, auto&& field) {
  auto& [example, user, user_key, reference, policy, ratio_chosen, ratio_rejected, chosen_first, chosen_first_reference,
         hardest, rank_reference, rank_policy] = s;
  field("example", example), field("user", user), field("user_key", user_key), field("reference", reference);
  field("policy", policy), field("ratio_chosen", ratio_chosen), field("ratio_rejected", ratio_rejected);
  field("chosen_first", chosen_first), field("chosen_first_reference", chosen_first_reference);
  field("hardest", hardest), field("rank_reference", rank_reference), field("rank_policy", rank_policy);
}
void fields(Of<ItemEffect> auto& s, auto&& field) {
  auto& [position, deletion, replacement, low, high, beyond] = s;
  field("position", position), field("deletion", deletion), field("replacement", replacement), field("low", low);
  field("high", high), field("beyond", beyond);
}
void fields(Of<PairEffect> auto& s, auto&& field) {
  auto& [first, second, effect, singles] = s;
  field("first", first), field("second", second), field("effect", effect), field("singles", singles);
}
void fields(Of<AttributeEffect> auto& s, auto&& field) {
  auto& [attribute, positions, effect, random, random_low, random_high] = s;
  field("attribute", attribute), field("positions", positions), field("effect", effect), field("random", random);
  field("random_low", random_low), field("random_high", random_high);
}
void fields(Of<Occlusion> auto& s, auto&& field) {
  auto& [margin, without_history, items, band_low, band_high, neutral, pairs, attributes, prompts] = s;
  field("margin", margin), field("without_history", without_history), field("items", items);
  field("band_low", band_low), field("band_high", band_high), field("neutral", neutral), field("pairs", pairs);
  field("attributes", attributes), field("prompts", prompts);
}
void fields(Of<HistoryChange> auto& s, auto&& field) {
  auto& [removed, added, first, lead] = s;
  field("removed", removed), field("added", added), field("first", first), field("lead", lead);
}
void fields(Of<Counterfactual> auto& s, auto&& field) {
  auto& [first, lead, removals, smallest, removals_found, removals_tried, additions, smallest_addition, additions_found,
         additions_tried, prompts] = s;
  field("first", first), field("lead", lead), field("removals", removals), field("smallest", smallest);
  field("removals_found", removals_found), field("removals_tried", removals_tried), field("additions", additions);
  field("smallest_addition", smallest_addition), field("additions_found", additions_found);
  field("additions_tried", additions_tried), field("prompts", prompts);
}
void fields(Of<CaseReport> auto& s, auto&& field) {
  auto& [rank, points, chain, evidence, evidence_item, rival, rationale, rationale_note, model, note, beside, changes,
         by_effect] = s;
  field("rank", rank), field("points", points), field("chain", chain), field("evidence", evidence);
  field("evidence_item", evidence_item), field("rival", rival), field("rationale", rationale),
      field("rationale_note", rationale_note);
  field("model", model), field("note", note), field("beside", beside), field("changes", changes);
  field("by_effect", by_effect);
}
void fields(Of<CaseAdapter> auto& s, auto&& field) {
  auto& [run, objective, weights_hash] = s;
  field("run", run), field("objective", objective), field("weights_hash", weights_hash);
}
void fields(Of<CaseSource> auto& s, auto&& field) {
  auto& [data_set, content_hash, base_model, weights_hash, adapters] = s;
  field("data_set", data_set), field("content_hash", content_hash), field("base_model", base_model);
  field("weights_hash", weights_hash), field("adapters", adapters);
}
void fields(Of<KeptCase> auto& s, auto&& field) {
  auto& [saved_at, starred, tags, note, source, report] = s;
  field("saved_at", saved_at), field("starred", starred), field("tags", tags), field("note", note);
  field("source", source), field("report", report);
}

}  // namespace prefscope
