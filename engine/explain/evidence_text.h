// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "engine/explain/counterfactual.h"
#include "engine/explain/occlusion.h"
#include "engine/store/preparations.h"

// What was measured of a history, in words: the same in the window, on exported pages and in the shell. `item` and
// `rival` are titles; no rival: the mean of all others.

namespace prefscope {

/// "Salt over Paper", "Salt over all others".
std::string pair_text(const std::string& item, const std::string& rival);

/// "Why Salt over Paper", "Why Salt over all others".
std::string evidence_question(const std::string& item, const std::string& rival);

/// "without it the margin falls by 0.651 nats: it speaks for Salt". effect: margin with it less margin without, nats.
std::string effect_text(double effect, const std::string& item, const std::string& rival);

/// How the sign of effects is read: "... above zero it speaks for Salt, below zero for Paper."
std::string effects_meaning(const std::string& item, const std::string& rival);

/// What a rationale cites beside what was measured for the item that it speaks of: positions in the history.
struct CitedEffects {
  std::vector<size_t> carry;    ///< cited, and speaks for the item, beyond random removals
  std::vector<size_t> against;  ///< cited, yet speaks against it, beyond random removals
  std::vector<size_t> without;  ///< cited, no effect beyond random removals
  std::vector<size_t> uncited;  ///< speaks for the item beyond random removals, not cited; the largest effect first
};

/// measured: for the item that the rationale speaks of, not for another one.
CitedEffects cited_effects(const std::vector<size_t>& cited, const Occlusion& measured);

/// "By the margin of Salt over all others: cited, without effect: Paper; effect, not cited: Key." Long titles are cut.
/// shown: the pair whose effects stand beside it, as pair_text has it, which is then told apart; empty: the same one.
std::string cited_effects_text(const CitedEffects& effects, const std::vector<ItemText>& history,
                               const std::string& item, const std::string& shown = "");

/// "First is Salt, by 0.25 nats. 2 of the 4 items of the history change that when removed. ...": which candidate is
/// first now (its title), how many sets change that, and what is listed of them.
std::string changes_summary(const Counterfactual& found, const std::string& first);

/// "Without Salt and Key", "With Lamp added". Long titles are cut.
std::string change_text(const HistoryChange& change, const std::vector<ItemText>& history);

}  // namespace prefscope
