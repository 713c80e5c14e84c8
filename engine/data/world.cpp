// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string_view>

namespace prefscope {
namespace {

struct GenreWords {
  const char* genre;
  std::vector<const char*> adjectives, nouns, moods, settings;
};

/// Words that a genre's titles are made of, and the moods and settings it favours.
const std::vector<GenreWords>& genre_words() {
  static const std::vector<GenreWords> words = {
      {"mystery",
       {"Quiet", "Glass", "Hidden", "Silent", "Locked", "Vanished"},
       {"Ledger", "Harbour", "Witness", "Letter", "Archive", "Key", "Cellar"},
       {"tense", "wry"},
       {"harbour", "city"}},
      {"drama",
       {"Paper", "Winter", "Broken", "Distant", "Borrowed", "Patient"},
       {"Orchard", "Index", "Daughters", "Kitchen", "Promise", "Garden", "Tide"},
       {"tender", "bleak"},
       {"village", "city"}},
      {"comedy",
       {"Tin", "Merry", "Crooked", "Second-Hand", "Lucky", "Unlikely"},
       {"Parade", "Wedding", "Lodger", "Umbrella", "Cousins", "Piano", "Picnic"},
       {"wry", "warm"},
       {"village", "city"}},
      {"western",
       {"Dusty", "Red", "Lonesome", "Iron", "Bitter", "Long"},
       {"Ridge", "Road", "Saddle", "Creek", "Marshal", "Canyon", "Fence"},
       {"bleak", "bold"},
       {"desert", "mountain"}},
      {"adventure",
       {"Northern", "Lost", "Golden", "Last", "Restless", "Far"},
       {"Ferry", "Compass", "Expedition", "Island", "Summit", "Passage", "Current"},
       {"bold", "warm"},
       {"sea", "mountain"}},
      {"science fiction",
       {"Hollow", "Electric", "Seventh", "Parallel", "Weightless", "Blue"},
       {"Meridian", "Signal", "Colony", "Engine", "Orbit", "Machine", "Horizon"},
       {"bleak", "bold"},
       {"orbit", "desert"}},
      {"romance",
       {"Salt", "Gentle", "Summer", "Velvet", "Unsent", "Early"},
       {"Letters", "Lanterns", "Waltz", "Harvest", "Evening", "Balcony", "Roses"},
       {"tender", "warm"},
       {"harbour", "village"}},
      {"horror",
       {"Pale", "Buried", "Hungry", "Nameless", "Cold", "Ashen"},
       {"Marrow", "Well", "Nursery", "Choir", "Threshold", "Moor", "Visitor"},
       {"tense", "bleak"},
       {"moor", "mountain"}}};
  return words;
}

const std::vector<std::string> decades = {"1970s", "1980s", "1990s", "2000s", "2010s"};
const std::vector<std::string> makers = {"Iden Films",   "Kestrel House", "Marlow & Wray", "Northgate",
                                         "Ostra Studio", "Pell Street",   "Quarry Nine",   "Rook Pictures",
                                         "Saltmarsh",    "Tern Company",  "Umber Works",   "Vantage Row"};
const std::vector<const char*> places = {"Alder",    "Brine", "Calder", "Dunmore", "Elm",     "Fenwick",
                                         "Galloway", "Hazel", "Ibis",   "Juniper", "Kestrel", "Linden"};

int index_of(std::vector<std::string>& values, const std::string& value) {
  const auto found = std::find(values.begin(), values.end(), value);
  if (found != values.end()) return static_cast<int>(found - values.begin());
  values.push_back(value);
  return static_cast<int>(values.size()) - 1;
}

std::string make_title(const GenreWords& words, Random& random) {
  const auto pick = [&](const auto& list) { return std::string(list[random.below(list.size())]); };
  switch (random.below(5)) {
    case 0:
      return "The " + pick(words.adjectives) + " " + pick(words.nouns);
    case 1:
      return pick(words.adjectives) + " " + pick(words.nouns);
    case 2:
      return "The " + pick(words.nouns) + " of " + pick(places);
    case 3:
      return pick(places) + " " + pick(words.nouns);
    default: {
      const std::string noun = pick(words.nouns);
      const bool plural = noun.ends_with('s') && !noun.ends_with("ss");  // Letters in Elm, A Compass in Elm
      const bool vowel = std::string_view("AEIOU").find(noun.front()) != std::string_view::npos;
      return (plural ? "" : vowel ? "An " : "A ") + noun + " in " + pick(places);
    }
  }
}

/// Another title for those that chance made equal to a known work's.
std::string fictional(const std::string& title) {
  static const std::map<std::string_view, std::string_view> replaced = {
      {"Golden Compass", "Last Compass"}, {"Silent Witness", "Hidden Witness"}, {"Glass Key", "Glass Letter"}};
  const std::string article = title.starts_with("The ") ? "The " : "";
  const auto found = replaced.find(std::string_view(title).substr(article.size()));
  return found == replaced.end() ? title : article + std::string(found->second);
}

}  // namespace

World make_world(int items, uint64_t seed) {
  Random random({seed, 0x776f726c64});
  const auto& genres = genre_words();
  World world;
  for (const GenreWords& words : genres) {
    world.values[0].emplace_back(words.genre);
    for (const char* mood : words.moods) index_of(world.values[3], mood);
    for (const char* setting : words.settings) index_of(world.values[4], setting);
  }
  world.values[1] = decades;
  world.values[2] = makers;

  // Genres and makers have unequal shares; a maker favours two genres and one decade.
  std::vector<double> genre_share, maker_share;
  for (size_t g = 0; g < genres.size(); ++g) genre_share.push_back(std::exp(0.5 * random.normal()));
  for (size_t m = 0; m < makers.size(); ++m) maker_share.push_back(std::exp(0.7 * random.normal()));
  struct Favour {
    size_t genre_a, genre_b, decade;
  };
  std::vector<Favour> favours;
  for (size_t m = 0; m < makers.size(); ++m)
    favours.push_back({random.weighted(genre_share), random.weighted(genre_share), random.below(decades.size())});

  std::set<std::string> titles;
  while (static_cast<int>(world.items.size()) < items) {
    WorldItem item;
    const size_t maker = random.weighted(maker_share);
    const double draw = random.uniform();
    const size_t genre = draw < 0.4    ? favours[maker].genre_a
                         : draw < 0.65 ? favours[maker].genre_b
                                       : random.weighted(genre_share);
    const GenreWords& words = genres[genre];
    const auto lean = [&](const std::vector<const char*>& usual, std::vector<std::string>& all) {
      return random.uniform() < 0.75 ? index_of(all, usual[random.below(usual.size())])
                                     : static_cast<int>(random.below(all.size()));
    };
    item.values = {static_cast<int>(genre),
                   static_cast<int>(random.uniform() < 0.5 ? favours[maker].decade : random.below(decades.size())),
                   static_cast<int>(maker), lean(words.moods, world.values[3]), lean(words.settings, world.values[4])};
    item.log_popularity = random.normal();
    item.title = fictional(make_title(words, random));
    if (titles.insert(item.title).second) world.items.push_back(item);
  }
  return world;
}

WorldUser draw_user(const World& world, double popularity_weight, Random& random) {
  constexpr double drift = 0.5;  // radians
  WorldUser user;
  for (size_t a = 0; a < world_attributes; ++a) {
    for (size_t v = 0; v < world.values[a].size(); ++v) {
      const double first = random.normal(), other = random.normal();
      user.first_taste[a].push_back(first);
      user.last_taste[a].push_back(std::cos(drift) * first + std::sin(drift) * other);
    }
  }
  const auto count = static_cast<size_t>(20 + random.below(41));
  int64_t time =
      1420070400 + static_cast<int64_t>(random.below(uint64_t{5} * 365 * 86400));  // within five years from 2015-01-01
  std::vector<bool> taken(world.items.size(), false);
  for (size_t n = 0; n < count && n < world.items.size(); ++n) {
    const double angle = drift * static_cast<double>(n) / static_cast<double>(count);
    std::vector<std::array<double, world_attributes>> contributions(world.items.size());
    std::vector<double> weights(world.items.size(), 0.0);
    for (size_t i = 0; i < world.items.size(); ++i) {
      if (taken[i]) continue;
      const WorldItem& item = world.items[i];
      for (size_t a = 0; a < world_attributes; ++a) {
        const auto v = static_cast<size_t>(item.values[a]);
        // A turn from the first vector towards the last; both have length one per value on average.
        const double taste = std::sin(drift - angle) / std::sin(drift) * user.first_taste[a][v] +
                             std::sin(angle) / std::sin(drift) * user.last_taste[a][v];
        contributions[i][a] = world_attribute_weights[a] * taste;
      }
      weights[i] = std::exp(std::accumulate(contributions[i].begin(), contributions[i].end(), 0.0) +
                            popularity_weight * item.log_popularity);
    }
    const size_t chosen = random.weighted(weights);
    taken[chosen] = true;
    user.choices.push_back({static_cast<int>(chosen), time, contributions[chosen]});
    time += 3600 + static_cast<int64_t>(-std::log(1 - random.uniform()) * 6 * 86400);  // six days on average
  }
  return user;
}

ItemText item_text(const World& world, int item) {
  const WorldItem& source = world.items[static_cast<size_t>(item)];
  ItemText text{item + 1, source.title, {}};
  for (size_t a = 0; a < world_attributes; ++a)
    text.attributes.emplace_back(world_attribute_names[a], world.values[a][static_cast<size_t>(source.values[a])]);
  return text;
}

std::string rationale_sentence(const std::vector<const ItemText*>& history, const ItemText& item, Random& random) {
  /// An attribute of the recommendation and the history items that have it too.
  struct Shared {
    std::string phrase;
    std::vector<const ItemText*> items;
  };
  std::vector<Shared> shared;
  for (const auto& attribute : item.attributes) {
    Shared entry{fmt::format("the {} {}", attribute.first, attribute.second), {}};
    for (const ItemText* seen : history) {
      if (std::find(seen->attributes.begin(), seen->attributes.end(), attribute) != seen->attributes.end())
        entry.items.push_back(seen);
    }
    if (!entry.items.empty()) shared.push_back(std::move(entry));
  }
  if (shared.empty()) return "Nothing in the history shares an attribute with it.";
  random.shuffle(shared);
  const Shared& first = shared.front();
  std::vector<const ItemText*> items = first.items;
  random.shuffle(items);
  const std::string& a = items.front()->title;
  if (items.size() > 1 && random.uniform() < 0.6) {
    const std::string& b = items[1]->title;
    switch (random.below(3)) {
      case 0:
        return fmt::format("You chose {} and {}, and they share {} with it.", a, b, first.phrase);
      case 1:
        return fmt::format("Like {} and {}, it has {}.", a, b, first.phrase);
      default:
        return fmt::format("It has {}, as {} and {} do.", first.phrase, a, b);
    }
  }
  if (shared.size() > 1) {
    const Shared& second = shared[1];
    const std::string& b = second.items[random.below(second.items.size())]->title;
    if (a == b) return fmt::format("Like {}, it has {} and {}.", a, first.phrase, second.phrase);
    return fmt::format("{} shares {} with it, and {} shares {}.", a, first.phrase, b, second.phrase);
  }
  return fmt::format("You chose {}, which shares {} with it.", a, first.phrase);
}

}  // namespace prefscope
