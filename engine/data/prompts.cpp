// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/prompts.h"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "engine/base/files.h"
#include "engine/base/random.h"

namespace prefscope {
namespace {

std::string lines(const std::vector<const ItemText*>& items) {
  std::string text;
  for (const ItemText* item : items) text += (text.empty() ? "" : "\n") + item->title;
  return text;
}

/// "drama, crime: Heat". In front of the title, so that a model that reads on has them when the title comes.
std::string described(const ItemText& item) {
  constexpr size_t most = 6;  // sets with tags have dozens an item
  std::string values;
  for (size_t a = 0; a < std::min(most, item.attributes.size()); ++a)
    values += (a == 0 ? "" : ", ") + item.attributes[a].second;
  return values.empty() ? item.title : values + ": " + item.title;
}

/// Replaces each {key} once, in one pass over the template, so that what is put in is never looked at again.
std::string fill(std::string_view prompt_template,
                 const std::vector<std::pair<std::string_view, std::string>>& values) {
  std::string out;
  while (!prompt_template.empty()) {
    bool replaced = false;
    for (const auto& [key, value] : values) {
      if (!prompt_template.starts_with(key)) continue;
      out += value;
      prompt_template.remove_prefix(key.size());
      replaced = true;
      break;
    }
    if (replaced) continue;
    out += prompt_template.front();
    prompt_template.remove_prefix(1);
  }
  return out;
}

}  // namespace

std::string load_prompt_template(const std::string& name) {
  return read_file(resource_path("prompts/" + name + ".txt"), 1 << 16);
}

std::string render_prompt(const std::string& prompt_template, const std::vector<const ItemText*>& history,
                          const std::vector<const ItemText*>& candidates) {
  return fill(prompt_template, {{"{history}", lines(history)}, {"{candidates}", lines(candidates)}});
}

std::string render_rationale_prompt(const std::string& prompt_template, const std::vector<const ItemText*>& history,
                                    const ItemText& item) {
  std::string all;
  for (const ItemText* seen : history) all += (all.empty() ? "" : "\n") + described(*seen);
  return fill(prompt_template, {{"{history}", lines(history)},
                                {"{item}", item.title},
                                {"{history with attributes}", all},
                                {"{item with attributes}", described(item)}});
}

std::string render_response(const ItemText& item) {
  return item.title;
}

std::vector<int> candidate_order(size_t candidates, uint64_t seed, int64_t example_position, int order) {
  std::vector<int> positions(candidates);
  std::iota(positions.begin(), positions.end(), 0);
  if (order == 0) return positions;
  Random random({seed, 0x6f72646572, static_cast<uint64_t>(example_position), static_cast<uint64_t>(order)});
  random.shuffle(positions);
  return positions;
}

}  // namespace prefscope
