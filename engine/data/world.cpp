// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/world.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

namespace prefscope {
namespace {

struct GenreWords {
  const char* genre;
  std::vector<const char*> adjectives, nouns, moods, settings;
};

/// Words that a genre's titles are made of, and the moods and settings it favours. No word serves two genres.
const std::vector<GenreWords>& genre_words() {
  static const std::vector<GenreWords> words = {
      {"mystery",
       {"Quiet",   "Glass",    "Hidden",   "Silent",      "Locked",    "Vanished", "Forged",    "Smoked",
        "Muffled", "Unsigned", "Sealed",   "Missing",     "Coded",     "Midnight", "Shuttered", "Masked",
        "Stolen",  "Tattered", "Misfiled", "Candlelit",   "Anonymous", "Guarded",  "Poisoned",  "Bolted",
        "Double",  "Shadowed", "Foggy",    "Counterfeit", "Untraced",  "Blindfold"},
       {"Ledger",   "Harbour",   "Witness", "Archive",  "Key",       "Cellar",    "Alibi",    "Cipher",
        "Inquest",  "Footprint", "Curtain", "Locket",   "Testimony", "Signature", "Corridor", "Informant",
        "Envelope", "Pawnshop",  "Verdict", "Portrait", "Staircase", "Antiquary"},
       {"tense", "wry"},
       {"harbour", "city"}},
      {"drama",
       {"Paper",    "Winter",  "Broken",     "Distant", "Borrowed", "Patient", "Ordinary", "Faded",
        "Unspoken", "Narrow",  "Mended",     "Fallow",  "Wooden",   "Absent",  "Leaning",  "Estranged",
        "Homespun", "Rainy",   "Unfinished", "Woollen", "Barren",   "Humble",  "Orphaned", "Tarnished",
        "Weary",    "Flooded", "Widowed",    "Plain",   "Autumn",   "Silver"},
       {"Orchard",    "Index",       "Daughters", "Kitchen", "Promise",    "Garden",  "Tide",    "Inheritance",
        "Tailor",     "Schoolhouse", "Allotment", "Reunion", "Confession", "Quarrel", "Foundry", "Midwife",
        "Lighthouse", "Bakery",      "Surgeon",   "Pupils",  "Farewell",   "Attic"},
       {"tender", "bleak"},
       {"village", "city"}},
      {"comedy",
       {"Tin",        "Merry",    "Crooked", "Second-Hand", "Lucky",     "Unlikely", "Tipsy",   "Ticklish",
        "Hasty",      "Overdue",  "Spotted", "Clumsy",      "Dizzy",     "Rubber",   "Wobbly",  "Jolly",
        "Striped",    "Pickled",  "Giddy",   "Sneezing",    "Freckled",  "Snoring",  "Custard", "Hiccuping",
        "Inflatable", "Lopsided", "Bashful", "Plaid",       "Cardboard", "Yodelling"},
       {"Parade",   "Wedding",   "Lodger",  "Umbrella", "Cousins", "Piano",     "Picnic",    "Butler",
        "Trombone", "Landlady",  "Pudding", "Bicycle",  "Parrot",  "Raffle",    "Moustache", "Waiter",
        "Puppet",   "Chaperone", "Tandem",  "Teapot",   "Goose",   "Understudy"},
       {"wry", "warm"},
       {"village", "city"}},
      {"western",
       {"Dusty",    "Red",      "Lonesome", "Iron",    "Bitter",    "Long",     "Sunburnt", "Rusted",
        "Branded",  "Thirsty",  "Hanging",  "Wild",    "Galloping", "Leather",  "Copper",   "Drifting",
        "Outlawed", "Scalded",  "Flint",    "Rawhide", "Sagebrush", "Buckshot", "Dry",      "Unbroken",
        "Whiskey",  "Bleached", "Coyote",   "Hardpan", "Noonday",   "Spurred"},
       {"Ridge",  "Road",    "Saddle",    "Creek",     "Marshal",   "Canyon",   "Fence",   "Stagecoach",
        "Drover", "Prairie", "Stirrup",   "Gulch",     "Homestead", "Railhead", "Rustler", "Mesa",
        "Corral", "Spur",    "Waterhole", "Buckboard", "Lariat",    "Outpost"},
       {"bleak", "bold"},
       {"desert", "mountain"}},
      {"adventure",
       {"Northern", "Lost",    "Golden",    "Last",        "Restless", "Far",       "Uncharted", "Frozen",
        "Sunken",   "Emerald", "Wandering", "Storm-Bound", "Jungle",   "Polar",     "Perilous",  "Marooned",
        "Daring",   "Tidal",   "Volcanic",  "Nomad",       "Windward", "Tangled",   "Leeward",   "Shipwrecked",
        "Fearless", "Coral",   "Highland",  "Savage",      "Roaming",  "Thundering"},
       {"Ferry",   "Compass",      "Expedition", "Island",    "Summit",   "Passage", "Current", "Schooner",
        "Glacier", "Cartographer", "Lagoon",     "Waterfall", "Stowaway", "Monsoon", "Harpoon", "Reef",
        "Delta",   "Balloonist",   "Machete",    "Castaway",  "Anchor",   "Plateau"},
       {"bold", "warm"},
       {"sea", "mountain"}},
      {"science fiction",
       {"Hollow",   "Electric", "Seventh",    "Parallel",     "Weightless", "Blue",    "Synthetic", "Orbital",
        "Silicon",  "Magnetic", "Dormant",    "Infrared",     "Lunar",      "Robotic", "Cryogenic", "Binary",
        "Solar",    "Martian",  "Atomic",     "Chrome",       "Galactic",   "Neon",    "Cloned",    "Spectral",
        "Titanium", "Ionized",  "Autonomous", "Interstellar", "Pixelated",  "Zero"},
       {"Meridian", "Signal",  "Colony",    "Engine",  "Orbit",   "Machine",   "Horizon", "Android",
        "Nebula",   "Reactor", "Satellite", "Pulsar",  "Airlock", "Telescope", "Replica", "Beacon",
        "Asteroid", "Antenna", "Circuit",   "Capsule", "Eclipse", "Lattice"},
       {"bleak", "bold"},
       {"orbit", "desert"}},
      {"romance",
       {"Salt",      "Gentle",     "Summer",  "Velvet",  "Unsent",   "Early",   "Honeyed",       "Moonlit",
        "Whispered", "Apricot",    "Silken",  "Sunday",  "Blushing", "Rosy",    "Tenderhearted", "Starlit",
        "Lavender",  "Barefoot",   "Beloved", "Scented", "Courtly",  "Wistful", "Cherry",        "Smitten",
        "Perfumed",  "Springtime", "Lace",    "Dancing", "Promised", "Amber"},
       {"Letters", "Lanterns",  "Waltz",    "Harvest", "Evening", "Balcony",   "Roses",   "Serenade",
        "Bouquet", "Courtship", "Sonnet",   "Veranda", "Ribbon",  "Elopement", "Gondola", "Orchid",
        "Suitor",  "Carousel",  "Necklace", "Duchess", "Perfume", "Violinist"},
       {"tender", "warm"},
       {"harbour", "village"}},
      {"horror",
       {"Pale",       "Buried",    "Hungry",   "Nameless",  "Cold",     "Ashen",     "Rotting",   "Bloodless",
        "Whispering", "Sleepless", "Veiled",   "Drowned",   "Cursed",   "Crawling",  "Faceless",  "Gnawing",
        "Haunted",    "Unholy",    "Skeletal", "Festering", "Moonless", "Screaming", "Cobwebbed", "Wicked",
        "Lurking",    "Withered",  "Ghastly",  "Crimson",   "Starved",  "Mourning"},
       {"Marrow",    "Well",   "Nursery", "Choir",  "Threshold", "Moor",        "Visitor",  "Crypt",
        "Scarecrow", "Mirror", "Tomb",    "Asylum", "Effigy",    "Gravedigger", "Revenant", "Catacomb",
        "Doll",      "Shroud", "Cradle",  "Vigil",  "Belfry",    "Leech"},
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

/// Draws titles of a genre. Each word is among those that were used least, so that a title's first word says nearly
/// which item it is.
class Titles {
 public:
  std::string draw(const GenreWords& words, Random& random) {
    const std::string noun = rare(words.nouns, random), place = places[random.below(places.size())];
    switch (random.below(8)) {
      case 0:
        return noun + " of " + place;
      case 1:
        return noun + " in " + place;
      default:
        return rare(words.adjectives, random) + " " + noun;
    }
  }

 private:
  std::string rare(const std::vector<const char*>& words, Random& random) {
    int fewest = std::numeric_limits<int>::max();
    for (const char* word : words) fewest = std::min(fewest, uses_[word]);
    std::vector<std::string> rarest;
    for (const char* word : words) {
      if (uses_[word] == fewest) rarest.emplace_back(word);
    }
    const std::string word = rarest[random.below(rarest.size())];
    ++uses_[word];
    return word;
  }

  std::map<std::string, int> uses_;
};

/// Standard normal numbers of correlation: what a user's tastes share with each other comes from a few hidden leanings.
WorldTaste draw_taste(const World& world, Random& random) {
  std::array<double, world_leanings> leaning{};
  for (double& value : leaning) value = random.normal();
  WorldTaste taste;
  for (size_t a = 0; a < world_attributes; ++a) {
    for (const auto& direction : world.directions[a]) {
      const double shared = std::inner_product(leaning.begin(), leaning.end(), direction.begin(), 0.0);
      taste[a].push_back(std::sqrt(world_shared_taste) * shared + std::sqrt(1 - world_shared_taste) * random.normal());
    }
  }
  return taste;
}

/// first turned towards last by the n-th of count equal parts of the drift.
WorldTaste taste_at(const WorldUser& user, size_t n) {
  const double angle = world_drift * static_cast<double>(n) / static_cast<double>(user.count);
  const double first = std::sin(world_drift - angle) / std::sin(world_drift),
               last = std::sin(angle) / std::sin(world_drift);
  WorldTaste taste = user.first_taste;
  for (size_t a = 0; a < world_attributes; ++a) {
    for (size_t v = 0; v < taste[a].size(); ++v) taste[a][v] = first * taste[a][v] + last * user.last_taste[a][v];
  }
  return taste;
}

std::array<double, world_attributes> contributions_of(const WorldItem& item, const WorldTaste& taste) {
  std::array<double, world_attributes> out{};
  for (size_t a = 0; a < world_attributes; ++a)
    out[a] = world_attribute_weights[a] * taste[a][static_cast<size_t>(item.values[a])];
  return out;
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

  for (size_t a = 0; a < world_attributes; ++a) {
    for (size_t v = 0; v < world.values[a].size(); ++v) {
      std::array<double, world_leanings> direction{};
      for (double& part : direction) part = random.normal();
      const double length = std::sqrt(std::inner_product(direction.begin(), direction.end(), direction.begin(), 0.0));
      for (double& part : direction) part /= length;
      world.directions[a].push_back(direction);
    }
  }

  Titles titles;
  std::set<std::string> taken;
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
    item.title = titles.draw(words, random);
    if (taken.insert(item.title).second) world.items.push_back(item);
  }
  return world;
}

WorldUser draw_user(const World& world, double popularity_weight, Random& random) {
  WorldUser user;
  user.first_taste = draw_taste(world, random);
  user.last_taste = draw_taste(world, random);
  for (size_t a = 0; a < world_attributes; ++a) {
    for (size_t v = 0; v < user.last_taste[a].size(); ++v)
      user.last_taste[a][v] =
          std::cos(world_drift) * user.first_taste[a][v] + std::sin(world_drift) * user.last_taste[a][v];
  }
  user.count = std::min<size_t>(20 + random.below(41), world.items.size());
  int64_t time =
      1420070400 + static_cast<int64_t>(random.below(uint64_t{5} * 365 * 86400));  // within five years from 2015-01-01
  std::vector<bool> taken(world.items.size(), false);
  std::vector<double> weights(world.items.size());
  for (size_t n = 0; n < user.count; ++n) {
    const WorldTaste taste = taste_at(user, n);
    for (size_t i = 0; i < world.items.size(); ++i) {
      const auto parts = contributions_of(world.items[i], taste);
      weights[i] = taken[i] ? 0
                            : std::exp(std::accumulate(parts.begin(), parts.end(), 0.0) +
                                       popularity_weight * world.items[i].log_popularity);
    }
    const size_t chosen = random.weighted(weights);
    taken[chosen] = true;
    user.choices.push_back({static_cast<int>(chosen), time, contributions_of(world.items[chosen], taste)});
    time += 3600 + static_cast<int64_t>(-std::log(1 - random.uniform()) * 6 * 86400);  // six days on average
  }
  return user;
}

WorldUser world_user(const World& world, uint64_t seed, int user) {
  Random random({seed, 0x62756e646c6564, static_cast<uint64_t>(user)});
  return draw_user(world, 0, random);
}

std::array<double, world_attributes> contributions(const World& world, const WorldUser& user, size_t n, int item) {
  return contributions_of(world.items[static_cast<size_t>(item)], taste_at(user, n));
}

ItemText item_text(const World& world, int item) {
  const WorldItem& source = world.items[static_cast<size_t>(item)];
  ItemText text{item + 1, source.title, {}};
  for (size_t a = 0; a < world_attributes; ++a)
    text.attributes.emplace_back(world_attribute_names[a], world.values[a][static_cast<size_t>(source.values[a])]);
  return text;
}

}  // namespace prefscope
