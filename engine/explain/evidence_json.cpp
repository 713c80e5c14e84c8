// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/evidence_json.h"

#include <nlohmann/json.hpp>

namespace prefscope {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ItemEffect, position, deletion, replacement, low, high, beyond)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PairEffect, first, second, effect, singles)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AttributeEffect, attribute, positions, effect, random, random_low, random_high)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Occlusion, margin, without_history, items, band_low, band_high, neutral, pairs,
                                   attributes, prompts)

nlohmann::json occlusion_json(const Occlusion& occlusion) {
  return occlusion;
}

Occlusion occlusion_from_json(const nlohmann::json& kept) {
  return kept.get<Occlusion>();
}

}  // namespace prefscope
