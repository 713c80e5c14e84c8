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
/// popularity_weight * log popularity_i.
///
/// A taste is standard normal for each value. Tastes go together: taste = sqrt(s) direction . leaning + sqrt(1 - s)
/// noise, with s = world_shared_taste, a unit direction of each value that belongs to the world, and a user's standard
/// normal leanings. Over the user's time it turns from a first to a last vector by world_drift radians.
inline constexpr size_t world_attributes = 5;
inline constexpr std::array<const char*, world_attributes> world_attribute_names = {"genre", "decade", "maker", "mood",
                                                                                    "setting"};
inline constexpr std::array<double, world_attributes> world_attribute_weights = {2.4, 0.6, 2.0, 1.4, 1.0};
inline constexpr size_t world_leanings = 4;
inline constexpr double world_shared_taste = 0.8;
inline constexpr double world_drift = 0.25;  ///< radians

struct WorldItem {
  std::string title;
  std::array<int, world_attributes> values{};  ///< indices into World::values
  double log_popularity = 0;
};

struct World {
  std::array<std::vector<std::string>, world_attributes> values;
  std::array<std::vector<std::array<double, world_leanings>>, world_attributes> directions;  ///< of each value
  std::vector<WorldItem> items;
};

/// By attribute and value.
using WorldTaste = std::array<std::vector<double>, world_attributes>;

/// One choice and what each attribute added to its utility.
struct WorldChoice {
  int item = 0;
  int64_t time = 0;  ///< seconds since 1970, UTC
  std::array<double, world_attributes> contributions{};
};

struct WorldUser {
  WorldTaste first_taste, last_taste;
  size_t count = 0;                  ///< how many choices
  std::vector<WorldChoice> choices;  ///< oldest first
};

/// The bundled world (datasets/sample-world).
inline constexpr int bundled_world_items = 400;
inline constexpr int bundled_world_users = 1200;
inline constexpr uint64_t bundled_world_seed = 7;

/// A catalogue of `items` unique titles; attributes are correlated (a maker has favourite genres and decades, a genre
/// its moods and settings), popularity is log-normal. Seeded.
World make_world(int items, uint64_t seed);

/// Draws a user and 20 .. 60 choices. popularity_weight: 0 for the bundled users, 1.5 for the broad population of the
/// starter model.
WorldUser draw_user(const World& world, double popularity_weight, Random& random);

/// User number `user` (from 0) of the world that `sample-world` writes with this seed.
WorldUser world_user(const World& world, uint64_t seed, int user);

/// What each attribute of an item adds to its utility at the user's n-th choice (from 0).
std::array<double, world_attributes> contributions(const World& world, const WorldUser& user, size_t n, int item);

/// The item as the prompts see it; id is its index + 1.
ItemText item_text(const World& world, int item);

}  // namespace prefscope
