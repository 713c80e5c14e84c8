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

std::string two_titles(const std::string& it, const std::string& p, const std::string& a, const std::string& b,
                       Random& random) {
  switch (random.below(6)) {
    case 0:
      return fmt::format("{} has {}, which you chose in {} and {}.", it, p, a, b);
    case 1:
      return fmt::format("{} has {}, as {} and {} do.", it, p, a, b);
    case 2:
      return fmt::format("{} shares {} with {} and {}.", it, p, a, b);
    case 3:
      return fmt::format("{} is here for {}, as in {} and {}.", it, p, a, b);
    case 4:
      return fmt::format("{} is close to what you know: {}, as in {} and {}.", it, p, a, b);
    default:
      return fmt::format("{} comes back to {}, after {} and {}.", it, p, a, b);
  }
}

}  // namespace

std::string quoted(const std::string& title) {
  return "“" + title + "”";
}

std::string rationale_sentence(const std::vector<const ItemText*>& history, const ItemText& item, const Causes& causes,
                               Random& random) {
  const std::vector<Shared> shared = shared_attributes(history, item, causes);
  if (shared.empty()) return fmt::format("{} shares nothing with the history.", item.title);
  // In every form the recommendation comes first, then the attribute, then titles: a model that writes from left to
  // right knows the attribute from the title before it, and looks for titles that have it. In another order it names
  // what the other title has.
  const auto title = [&](size_t h) { return quoted(history[h]->title); };
  const Shared& first = shared.front();
  const std::string it = item.title, p = phrase(*first.attribute, random), a = title(first.items.front());
  if (first.items.size() > 1 && random.uniform() < 0.7) {
    const std::string text = two_titles(it, p, a, title(first.items[1]), random);
    if (shared.size() < 2 || shared[1].cause <= 0 || random.uniform() >= 0.25) return text;
    const std::string q = phrase(*shared[1].attribute, random), c = title(shared[1].items.front());
    return random.below(2) == 0 ? fmt::format("{} {} has {}, as {} does.", text, it, q, c)
                                : fmt::format("{} {} shares {} with {}.", text, it, q, c);
  }
  switch (random.below(6)) {
    case 0:
      return fmt::format("{} has {}, which you chose in {}.", it, p, a);
    case 1:
      return fmt::format("{} has {}, as {} does.", it, p, a);
    case 2:
      return fmt::format("{} shares {} with {}.", it, p, a);
    case 3:
      return fmt::format("{} is here for {}, as in {}.", it, p, a);
    case 4:
      return fmt::format("{} is close to what you know: {}, as in {}.", it, p, a);
    default:
      return fmt::format("{} comes back to {}, after {}.", it, p, a);
  }
}

}  // namespace prefscope
