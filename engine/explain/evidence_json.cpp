// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/evidence_json.h"

#include <nlohmann/json.hpp>

namespace prefscope {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ItemEffect, position, deletion, replacement, low, high, beyond)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PairEffect, first, second, effect, singles)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AttributeEffect, attribute, positions, effect, random, random_low, random_high)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Occlusion, margin, without_history, items, band_low, band_high, neutral, pairs,
                                   attributes, prompts)

namespace {

nlohmann::json changes_json(const std::vector<HistoryChange>& changes) {
  auto all = nlohmann::json::array();
  for (const HistoryChange& change : changes) {
    auto added = nlohmann::json::array();
    for (const ItemText& item : change.added) added.push_back(item.id);
    all.push_back({{"removed", change.removed}, {"added", added}, {"first", change.first}, {"lead", change.lead}});
  }
  return all;
}

std::vector<HistoryChange> changes_from_json(const nlohmann::json& kept, const std::function<ItemText(int64_t)>& item) {
  std::vector<HistoryChange> changes;
  for (const auto& each : kept) {
    HistoryChange change{each.at("removed"), {}, each.at("first"), each.at("lead")};
    for (const int64_t id : each.at("added")) change.added.push_back(item(id));
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace

nlohmann::json occlusion_json(const Occlusion& occlusion) {
  return occlusion;
}

Occlusion occlusion_from_json(const nlohmann::json& kept) {
  return kept.get<Occlusion>();
}

nlohmann::json counterfactual_json(const Counterfactual& found) {
  return {{"first", found.first},
          {"lead", found.lead},
          {"removals", changes_json(found.removals)},
          {"smallest", found.smallest},
          {"removals_found", found.removals_found},
          {"removals_tried", found.removals_tried},
          {"additions", changes_json(found.additions)},
          {"smallest_addition", found.smallest_addition},
          {"additions_found", found.additions_found},
          {"additions_tried", found.additions_tried},
          {"prompts", found.prompts}};
}

Counterfactual counterfactual_from_json(const nlohmann::json& kept, const std::function<ItemText(int64_t)>& item) {
  Counterfactual found;
  kept.at("first").get_to(found.first);
  kept.at("lead").get_to(found.lead);
  found.removals = changes_from_json(kept.at("removals"), item);
  kept.at("smallest").get_to(found.smallest);
  kept.at("removals_found").get_to(found.removals_found);
  kept.at("removals_tried").get_to(found.removals_tried);
  found.additions = changes_from_json(kept.at("additions"), item);
  kept.at("smallest_addition").get_to(found.smallest_addition);
  kept.at("additions_found").get_to(found.additions_found);
  kept.at("additions_tried").get_to(found.additions_tried);
  kept.at("prompts").get_to(found.prompts);
  return found;
}

}  // namespace prefscope
