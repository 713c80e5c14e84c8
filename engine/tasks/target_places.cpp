// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/target_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/data/listed_places.h"
#include "engine/store/preparations.h"
#include "engine/store/stops_statements.h"
#include "engine/tasks/chosen_preparation.h"

namespace prefscope {
namespace {

/// The places at which one target stood, and the chance that they are all the same.
struct OfTarget {
  int64_t lists = 0;
  size_t first = 0;
  bool same = true;
  double chance = 1;  ///< that every list after the first has it at the first one's place
};

void add(TargetPlaces& places, std::map<std::string, OfTarget>& targets, const std::string& target, size_t place,
         size_t listed) {
  if (listed < 2) return;
  ++places.lists;
  if (places.counts.size() < listed) {
    places.counts.resize(listed);
    places.expected.resize(listed);
  }
  ++places.counts[place];
  for (size_t i = 0; i < listed; ++i) places.expected[i] += 1.0 / static_cast<double>(listed);
  OfTarget& of = targets[target];
  if (++of.lists == 1) {
    of.first = place;
    return;
  }
  of.same = of.same && of.first == place;
  of.chance /= static_cast<double>(listed);
}

std::string p_text(double p) {
  return p < 0.001 ? fmt::format("p = {:.1e}", p) : fmt::format("p = {:.3f}", p);
}

}  // namespace

std::optional<ChiSquare> chi_square(const std::vector<int64_t>& observed, const std::vector<double>& expected) {
  struct Cell {
    double observed = 0, expected = 0;
    int places = 0;
  };
  std::vector<Cell> cells(1);
  for (size_t i = 0; i < observed.size(); ++i) {
    if (cells.back().expected >= least_expected) cells.emplace_back();
    cells.back().observed += static_cast<double>(observed[i]);
    cells.back().expected += expected[i];
    ++cells.back().places;
  }
  if (cells.size() > 1 && cells.back().expected < least_expected) {  // what is left goes to the last whole cell
    Cell& whole = cells[cells.size() - 2];
    whole.observed += cells.back().observed;
    whole.expected += cells.back().expected;
    whole.places += cells.back().places;
    cells.pop_back();
  }
  if (cells.size() < 2) return std::nullopt;
  ChiSquare test;
  for (const Cell& cell : cells) {
    test.statistic += (cell.observed - cell.expected) * (cell.observed - cell.expected) / cell.expected;
    test.merged += cell.places - 1;
  }
  test.degrees = static_cast<int>(cells.size()) - 1;
  test.p = at::special_gammaincc(at::scalar_tensor(test.degrees / 2.0, at::kDouble),
                                 at::scalar_tensor(test.statistic / 2, at::kDouble))
               .item<double>();
  return test;
}

bool TargetPlaces::keeps_places() const {
  return static_cast<double>(fixed) > fixed_by_chance + 3 * std::sqrt(fixed_variance) && fixed > fixed_by_chance + 1;
}

TargetPlaces find_target_places(const std::filesystem::path& folder, const std::string& data_set,
                                std::optional<int64_t> preparation, const TaskContext& context) {
  Workspace workspace(folder);
  const Preparation p = chosen_preparation(workspace, data_set, preparation);
  context.report({"Reading examples", -1, -1, ""});
  TargetPlaces places;
  std::map<std::string, OfTarget> targets;
  for (const Example& e : stoppable(workspace, context, [&] { return read_examples(workspace, p.id); })) {
    context.check();
    if (e.pairs.empty()) {
      const auto found = std::find(e.candidates.begin(), e.candidates.end(), e.target);
      if (found == e.candidates.end()) continue;
      add(places, targets, std::to_string(e.target), static_cast<size_t>(found - e.candidates.begin()),
          e.candidates.size());
    }
    for (const ListedPlace& listed : listed_places(e.pairs))
      add(places, targets, listed.chosen, listed.place, listed.listed);
  }
  if (places.lists == 0) return places;
  places.lists_are = p.prompt == "given" ? "prompts" : "candidate lists";
  places.test = chi_square(places.counts, places.expected);
  double above = -1;
  for (size_t i = 0; i < places.counts.size(); ++i) {
    const double over = static_cast<double>(places.counts[i]) - places.expected[i];
    if (over <= above) continue;
    above = over;
    places.most = static_cast<int64_t>(i);
  }
  for (const auto& [target, of] : targets) {
    if (of.lists < 2) continue;
    ++places.repeated;
    places.fixed += of.same ? 1 : 0;
    places.fixed_by_chance += of.chance;
    places.fixed_variance += of.chance * (1 - of.chance);
  }
  return places;
}

std::string target_places_text(const TargetPlaces& t) {
  if (t.lists == 0) return "No list of titles to choose from: the place of a target cannot matter.";
  if (!t.test)
    return fmt::format(
        "{} {} too few to judge where targets stand: chance must give {:.0f} or more at two places or more.", t.lists,
        t.lists == 1 ? t.lists_are.substr(0, t.lists_are.size() - 1) + " is" : t.lists_are + " are", least_expected);
  const auto most = static_cast<size_t>(t.most);
  const auto all = static_cast<double>(t.lists);
  const std::string figures =
      fmt::format("{} {}, chi-square {:.1f} with {} degrees of freedom, {}{}", t.lists, t.lists_are, t.test->statistic,
                  t.test->degrees, p_text(t.test->p),
                  t.test->merged > 0 ? fmt::format(", {} places with few joined to others", t.test->merged) : "");
  std::string text =
      t.uneven()
          ? fmt::format(
                "Targets stand unevenly: at place {} in {:.1f} % of the lists, where chance gives {:.1f} % ({}). "
                "A model can gain by position alone.",
                t.most + 1, 100 * static_cast<double>(t.counts[most]) / all, 100 * t.expected[most] / all, figures)
          : fmt::format("Targets stand evenly ({}).", figures);
  if (t.keeps_places())
    text += fmt::format(
        " Of {} targets that come more than once, {} always stand at the same place, where chance gives {:.1f}: the "
        "place can be learned with the title.",
        t.repeated, t.fixed, t.fixed_by_chance);
  return text;
}

}  // namespace prefscope
