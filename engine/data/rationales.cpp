// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/rationales.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/data/attributes.h"

namespace prefscope {
namespace {

/// An attribute of the recommendation and the history items that have it too, the largest causes first.
struct Shared {
  const Attribute* attribute;
  double cause;
  std::vector<size_t> items;
};

std::vector<Shared> shared_attributes(const std::vector<const ItemText*>& history, const ItemText& item,
                                      const Causes& causes) {
  std::vector<Shared> shared;
  for (size_t a = 0; a < item.attributes.size(); ++a) {
    Shared entry{&item.attributes[a], causes.attributes.at(a), {}};
    for (size_t h = 0; h < history.size(); ++h) {
      if (has_attribute(*history[h], item.attributes[a])) entry.items.push_back(h);
    }
    std::stable_sort(entry.items.begin(), entry.items.end(),
                     [&](size_t x, size_t y) { return causes.items.at(x) > causes.items.at(y); });
    if (!entry.items.empty()) shared.push_back(std::move(entry));
  }
  std::stable_sort(shared.begin(), shared.end(), [](const Shared& x, const Shared& y) { return x.cause > y.cause; });
  return shared;
}

/// "the genre mystery"; where both orders read well, either.
std::string phrase(const Attribute& attribute, Random& random) {
  const auto& [name, value] = attribute;
  const bool either = name == "genre" || name == "mood" || name == "setting";
  return either && random.below(2) == 0 ? fmt::format("the {} {}", value, name) : fmt::format("the {} {}", name, value);
}

}  // namespace

std::string quoted(const std::string& title) {
  return "“" + title + "”";
}

std::string rationale_sentence(const std::vector<const ItemText*>& history, const ItemText& item, const Causes& causes,
                               Random& random) {
  const std::vector<Shared> shared = shared_attributes(history, item, causes);
  if (shared.empty()) return "Nothing in the history shares an attribute with it.";
  const auto title = [&](size_t h) { return quoted(history[h]->title); };
  const Shared& first = shared.front();
  const std::string p = phrase(*first.attribute, random), a = title(first.items.front());
  if (shared.size() > 1 && shared[1].cause > 0 && random.uniform() < 0.3) {
    const Shared& second = shared[1];
    const std::string q = phrase(*second.attribute, random), b = title(second.items.front());
    if (a == b) {
      return random.below(2) == 0 ? fmt::format("Like {}, it has {} and {}.", a, p, q)
                                  : fmt::format("It has {} and {}, as {} does.", p, q, a);
    }
    return random.below(2) == 0 ? fmt::format("{} shares {} with it, and {} shares {}.", a, p, b, q)
                                : fmt::format("Like {}, it has {}, and like {}, {}.", a, p, b, q);
  }
  if (first.items.size() > 1 && random.uniform() < 0.7) {
    const std::string b = title(first.items[1]);
    switch (random.below(5)) {
      case 0:
        return fmt::format("You chose {} and {}, and they share {} with it.", a, b, p);
      case 1:
        return fmt::format("Like {} and {}, it has {}.", a, b, p);
      case 2:
        return fmt::format("It has {}, as {} and {} do.", p, a, b);
      case 3:
        return fmt::format("What {} and {} have in common with it is {}.", a, b, p);
      default:
        return fmt::format("Both {} and {} have {}, and so has this.", a, b, p);
    }
  }
  switch (random.below(4)) {
    case 0:
      return fmt::format("You chose {}, which shares {} with it.", a, p);
    case 1:
      return fmt::format("Like {}, it has {}.", a, p);
    case 2:
      return fmt::format("It has {}, as {} does.", p, a);
    default:
      return fmt::format("Because of {}: it has {} too.", a, p);
  }
}

}  // namespace prefscope
