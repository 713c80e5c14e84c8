// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/rationale_agreement.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace prefscope {
namespace {

bool is_attribute(Named what) {
  return what == Named::TrueAttribute || what == Named::FalseAttribute;
}

/// Where a kind stands among those that only some samples name.
int order_of(Named what) {
  return is_attribute(what) ? 0 : what == Named::OtherTitle ? 1 : 2;
}

int total(const std::vector<int>& counts) {
  return std::accumulate(counts.begin(), counts.end(), 0);
}

std::set<std::string> titles_of(const RationaleFacts& facts) {
  std::set<std::string> titles;
  for (const NamedPart& part : facts.parts) {
    if (!is_attribute(part.what)) titles.insert(part.words);
  }
  return titles;
}

std::optional<double> mean_overlap(const std::vector<std::set<std::string>>& sets) {
  double sum = 0;
  int pairs = 0;
  for (size_t a = 0; a < sets.size(); ++a) {
    for (size_t b = a + 1; b < sets.size(); ++b) {
      const auto both =
          std::count_if(sets[a].begin(), sets[a].end(), [&](const auto& t) { return sets[b].contains(t); });
      const auto any = static_cast<std::ptrdiff_t>(sets[a].size() + sets[b].size()) - both;
      if (any == 0) continue;
      sum += static_cast<double>(both) / static_cast<double>(any);
      ++pairs;
    }
  }
  return pairs > 0 ? std::optional(sum / pairs) : std::nullopt;
}

}  // namespace

size_t thing_of(const std::vector<NamedThing>& things, const NamedPart& part) {
  const auto found = std::find_if(things.begin(), things.end(), [&](const NamedThing& thing) {
    if (is_attribute(part.what) != is_attribute(thing.what)) return false;
    if (is_attribute(part.what)) return thing.attribute == part.attribute;
    return thing.what == part.what &&
           (part.what == Named::HistoryTitle ? thing.position == part.position : thing.words == part.words);
  });
  return static_cast<size_t>(found - things.begin());
}

RationaleAgreement rationale_agreement(const std::vector<std::vector<RationaleFacts>>& facts,
                                       const std::vector<const ItemText*>& history, const ItemText& item) {
  RationaleAgreement agreement;
  const std::vector<int> none(facts.size());
  for (size_t i = 0; i < history.size(); ++i)
    agreement.things.push_back({Named::HistoryTitle, history[i]->title, i, {}, none, none});
  for (const Attribute& attribute : item.attributes)
    agreement.things.push_back(
        {Named::TrueAttribute, attribute.first + " " + attribute.second, 0, attribute, none, none});
  const auto always = static_cast<std::ptrdiff_t>(agreement.things.size());

  std::vector<std::set<std::string>> all;
  for (size_t m = 0; m < facts.size(); ++m) {
    agreement.samples.push_back(static_cast<int>(facts[m].size()));
    std::vector<std::set<std::string>> own;
    for (const RationaleFacts& sample : facts[m]) {
      own.push_back(titles_of(sample));
      std::set<size_t> named, wrong;
      for (const NamedPart& part : sample.parts) {
        const size_t thing = thing_of(agreement.things, part);
        if (thing == agreement.things.size())
          agreement.things.push_back({part.what, part.words, part.position, part.attribute, none, none});
        named.insert(thing);
        if (part.what == Named::FalseAttribute) wrong.insert(thing);
      }
      for (const size_t thing : named) {
        NamedThing& t = agreement.things[thing];
        ++t.named[m];
        if (is_attribute(t.what) && !wrong.contains(thing)) ++t.so[m];
      }
    }
    agreement.overlap.push_back(mean_overlap(own));
    all.insert(all.end(), own.begin(), own.end());
  }
  agreement.overlap_all = mean_overlap(all);
  for (NamedThing& thing : agreement.things) {
    if (is_attribute(thing.what))
      thing.what = total(thing.so) == total(thing.named) ? Named::TrueAttribute : Named::FalseAttribute;
  }
  std::stable_sort(agreement.things.begin() + always, agreement.things.end(),
                   [](const NamedThing& a, const NamedThing& b) {
                     const int of_a = order_of(a.what), of_b = order_of(b.what);
                     return of_a != of_b ? of_a < of_b : total(a.named) > total(b.named);
                   });
  return agreement;
}

}  // namespace prefscope
