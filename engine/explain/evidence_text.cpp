// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/evidence_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/explain/case_text.h"

namespace prefscope {
namespace {

constexpr double smallest_shown = 0.0005;  // less is 0.000
constexpr size_t most_uncited = 3;

std::string or_others(const std::string& rival, const char* others) {
  return rival.empty() ? others : short_title(rival);
}

std::string titles(const std::vector<size_t>& positions, const std::vector<ItemText>& history, size_t most) {
  std::string all;
  for (size_t i = 0; i < std::min(most, positions.size()); ++i)
    all += (i == 0 ? "" : ", ") + short_title(history.at(positions[i]).title);
  if (positions.size() > most) all += fmt::format(" and {} more", positions.size() - most);
  return all;
}

/// ", the 30 with the widest lead are listed" where not all are.
std::string listed(size_t lines, int64_t found) {
  return std::cmp_less(lines, found) ? fmt::format(", the {} with the widest lead are listed", lines) : "";
}

std::string removals_text(const Counterfactual& found) {
  if (found.removals.empty()) return "No small set of history items was found whose removal changes that.";
  const size_t size = found.removals.front().removed.size();
  if (!found.smallest)
    return fmt::format("No one or two items change that when removed; {} do, found step by step: others may too.",
                       size);
  return fmt::format(fmt::runtime(size == 1 ? "{} of the {} items of the history change that when removed{}."
                                            : "No single item changes that when removed; {} of the {} pairs do{}."),
                     found.removals_found, found.removals_tried, listed(found.removals.size(), found.removals_found));
}

std::string additions_text(const Counterfactual& found) {
  if (found.additions.empty()) return "No addition was found that does.";
  if (!found.smallest_addition)
    return fmt::format("{} added items do, found step by step.", found.additions.front().added.size());
  return fmt::format("{} of {} items tried do when added{}.", found.additions_found, found.additions_tried,
                     listed(found.additions.size(), found.additions_found));
}

}  // namespace

std::string pair_text(const std::string& item, const std::string& rival) {
  return short_title(item) + " over " + or_others(rival, "all others");
}

std::string evidence_question(const std::string& item, const std::string& rival) {
  return "Why " + pair_text(item, rival);
}

std::string effect_text(double effect, const std::string& item, const std::string& rival) {
  if (std::abs(effect) < smallest_shown) return "without it the margin stays as it is";
  return fmt::format("without it the margin {} by {:.3f} nats: it speaks for {}", effect > 0 ? "falls" : "rises",
                     std::abs(effect), effect > 0 ? short_title(item) : or_others(rival, "the others"));
}

std::string effects_meaning(const std::string& item, const std::string& rival) {
  return fmt::format(
      "What each item does to the margin of {0} over {1}, nats: above zero it speaks for {0}, below zero for {2}.",
      short_title(item), or_others(rival, "all others"), or_others(rival, "the others"));
}

CitedEffects cited_effects(const std::vector<size_t>& cited, const Occlusion& measured) {
  CitedEffects found;
  for (const ItemEffect& e : measured.items) {
    const bool is_cited = std::find(cited.begin(), cited.end(), e.position) != cited.end();
    const bool carries = e.beyond && e.deletion > 0;
    if (is_cited) {
      (carries ? found.carry : e.beyond ? found.against : found.without).push_back(e.position);
    } else if (carries) {
      found.uncited.push_back(e.position);
    }
  }
  std::stable_sort(found.uncited.begin(), found.uncited.end(),
                   [&](size_t a, size_t b) { return measured.items[a].deletion > measured.items[b].deletion; });
  return found;
}

std::string cited_effects_text(const CitedEffects& effects, const std::vector<ItemText>& history,
                               const std::string& item, const std::string& shown) {
  std::string parts;
  const auto add = [&](const char* what, const std::vector<size_t>& positions, size_t most) {
    if (!positions.empty()) parts += (parts.empty() ? "" : "; ") + (what + titles(positions, history, most));
  };
  add("cited and speaks for it: ", effects.carry, history.size());
  add("cited, yet speaks against it: ", effects.against, history.size());
  add("cited, without effect: ", effects.without, history.size());
  add("effect, not cited: ", effects.uncited, most_uncited);
  return fmt::format("By the margin of {}{}: {}.", pair_text(item, ""),
                     shown.empty() ? "" : ", not by that of the bars (" + shown + ")",
                     parts.empty() ? "nothing is cited, and nothing has an effect" : parts);
}

std::string changes_summary(const Counterfactual& found, const std::string& first) {
  return fmt::format("First is {}, by {:.2f} nats. {} {}", short_title(first), found.lead, removals_text(found),
                     additions_text(found));
}

std::string change_text(const HistoryChange& change, const std::vector<ItemText>& history) {
  std::vector<std::string> names;
  for (const size_t position : change.removed) names.push_back(short_title(history.at(position).title));
  for (const ItemText& item : change.added) names.push_back(short_title(item.title));
  std::string all;
  for (size_t i = 0; i < names.size(); ++i) all += (i == 0 ? "" : i + 1 < names.size() ? ", " : " and ") + names[i];
  return change.added.empty() ? "Without " + all : "With " + all + " added";
}

}  // namespace prefscope
