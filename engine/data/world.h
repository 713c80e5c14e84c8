// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/store/preparations.h"

namespace prefscope {

/// The sample world: a fictional catalogue, users with hidden tastes over its attributes, and choices whose reasons are
/// known.
///
/// Choice model (multinomial logit; McFadden 1974): at each step a user takes item i among those not yet taken with
/// probability proportional to exp(u_i),  u_i = sum over attributes a of weight_a * taste_a(value of i) +
/// popularity_weight * log popularity_i. A taste is standard normal for each value and turns from a first to a last
/// vector by at most `drift` radians over the user's time.
inline constexpr size_t world_attributes = 5;
inline constexpr std::array<const char*, world_attributes> world_attribute_names = {"genre", "decade", "maker", "mood",
                                                                                    "setting"};
inline constexpr std::array<double, world_attributes> world_attribute_weights = {1.6, 0.7, 1.3, 1.1, 1.0};

struct WorldItem {
  std::string title;
  std::array<int, world_attributes> values{};  ///< indices into World::values
  double log_popularity = 0;
};

struct World {
  std::array<std::vector<std::string>, world_attributes> values;
  std::vector<WorldItem> items;
};

/// One choice and what each attribute added to its utility.
struct WorldChoice {
  int item = 0;
  int64_t time = 0;  ///< seconds since 1970, UTC
  std::array<double, world_attributes> contributions{};
};

struct WorldUser {
  std::array<std::vector<double>, world_attributes> first_taste, last_taste;
  std::vector<WorldChoice> choices;  ///< oldest first
};

/// The bundled world (datasets/sample-world).
inline constexpr int bundled_world_items = 400;
inline constexpr uint64_t bundled_world_seed = 7;

/// A catalogue of `items` unique titles; attributes are correlated (a maker has favourite genres and decades, a genre
/// its moods and settings), popularity is log-normal. Seeded.
World make_world(int items, uint64_t seed);

/// Draws a user and 20 .. 60 choices. popularity_weight: 0 for the bundled users, 1.5 for the broad population of the
/// starter model.
WorldUser draw_user(const World& world, double popularity_weight, Random& random);

/// The item as the prompts see it; id is its index + 1.
ItemText item_text(const World& world, int item);

/// A sentence that says truthfully what items of the history share with a recommendation, naming one or two of them;
/// drawn from several forms. Says so where nothing is shared. For training a model to write rationales.
std::string rationale_sentence(const std::vector<const ItemText*>& history, const ItemText& item, Random& random);

}  // namespace prefscope
