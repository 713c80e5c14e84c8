// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "engine/store/preparations.h"

namespace prefscope {

/// The text of resources/prompts/<name>.txt (open, listed, rationale, rationale-shared), which ends with a line break: what the model
/// writes begins a line. Throws BadFile when it is missing.
std::string load_prompt_template(const std::string& name);

/// The prompt of an example: {history} and {candidates} are replaced once, in one pass, so a title that holds braces
/// stays as it is. History oldest first, one item a line. candidates is empty for an open prompt.
std::string render_prompt(const std::string& prompt_template, const std::vector<const ItemText*>& history,
                          const std::vector<const ItemText*>& candidates);

/// The prompt after which a model writes its rationale: template rationale with {history} and {item}, or
/// rationale-shared with {item} and {shared}: for each of the item's first six attributes that the history has too, the
/// titles that have it: "the genre drama: “Heat”, “Casino”".
std::string render_rationale_prompt(const std::string& prompt_template, const std::vector<const ItemText*>& history,
                                    const ItemText& item);

/// The response for an item: its title alone on a line, the same tokens as in a history. EOS is added as an id by the
/// scorer.
std::string render_response(const ItemText& item);

/// Candidate positions of seeded order `order` of an example's list; order 0 is the saved order.
std::vector<int> candidate_order(size_t candidates, uint64_t seed, int64_t example_position, int order);

}  // namespace prefscope
