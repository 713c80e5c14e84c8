// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/prompts.h"

#include <numeric>
#include <string_view>

#include "engine/base/files.h"
#include "engine/base/random.h"
#include "engine/data/attributes.h"
#include "engine/data/rationales.h"

namespace prefscope {
namespace {

std::string lines(const std::vector<const ItemText*>& items) {
  std::string text;
  for (const ItemText* item : items) text += (text.empty() ? "" : "\n") + item->title;
  return text;
}

/// A line for each attribute of the item that the history has too, with the titles that have it, in their order:
/// "the genre drama: “Heat”, “Casino”".
std::string shared(const std::vector<const ItemText*>& history, const ItemText& item) {
  constexpr size_t most = 6;  // sets with tags have dozens an item
  std::string text;
  for (size_t a = 0, lines = 0; a < item.attributes.size() && lines < most; ++a) {
    std::string titles;
    for (const ItemText* seen : history) {
      if (has_attribute(*seen, item.attributes[a])) titles += (titles.empty() ? "" : ", ") + quoted(seen->title);
    }
    if (titles.empty()) continue;
    const auto& [name, value] = item.attributes[a];
    text += (lines++ == 0 ? "the " : "\nthe ") + name + " " + value + ": " + titles;
  }
  return text.empty() ? "nothing" : text;
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
  return fill(prompt_template,
              {{"{history}", lines(history)}, {"{item}", item.title}, {"{shared}", shared(history, item)}});
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
