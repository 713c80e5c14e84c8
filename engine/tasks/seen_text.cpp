// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/seen_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace prefscope {
namespace {

using nlohmann::ordered_json;

ordered_json json_of(const std::vector<SeenToken>& tokens) {
  ordered_json list = ordered_json::array();
  for (const SeenToken& token : tokens)
    list.push_back({{"id", token.id}, {"token", token.token}, {"special", token.special}, {"learned", token.learned}});
  return list;
}

}  // namespace

ordered_json seen_json(const SeenExample& e) {
  ordered_json json = {{"example", e.id},
                       {"role", role_name(e.role)},
                       {"subject", e.subject},
                       {"longest", e.longest},
                       {"positions", e.positions},
                       {"fits", e.longest <= e.positions},
                       {"cut_items", e.cut_items ? ordered_json(*e.cut_items) : ordered_json()},
                       {"target_place", e.target_place < 0 ? ordered_json() : ordered_json(e.target_place)},
                       {"candidates", e.candidates},
                       {"prompts", ordered_json::array()}};
  for (const SeenPrompt& prompt : e.prompts) {
    ordered_json responses = ordered_json::array();
    for (const SeenResponse& r : prompt.responses)
      responses.push_back({{"text", r.text}, {"chosen", r.chosen}, {"tokens", json_of(r.tokens)}});
    json["prompts"].push_back(
        {{"text", prompt.text}, {"tokens", json_of(prompt.tokens)}, {"responses", std::move(responses)}});
  }
  return json;
}

std::string seen_length_text(const SeenExample& e) {
  std::string text = fmt::format("{} tokens of {} positions", e.longest, e.positions);
  if (e.longest <= e.positions) return text;
  text +=
      fmt::format(": {} too many, and nothing is cut, so training and scoring refuse it; ", e.longest - e.positions);
  if (e.prompts.empty() || e.target_place < 0) return text + "take a model with more positions";
  if (!e.cut_items) return text + "no shorter history fits: take a model with more positions or fewer candidates";
  return text + fmt::format("without the {} of the history it fits: prepare with a shorter history",
                            *e.cut_items == 1 ? "oldest item" : fmt::format("{} oldest items", *e.cut_items));
}

std::string seen_text(const SeenExample& e) {
  std::string text = fmt::format("{} ({}): {}\n", e.subject, role_name(e.role), seen_length_text(e));
  if (e.target_place >= 0)
    text += fmt::format("The target stands at place {} of {} candidates\n", e.target_place + 1, e.candidates);
  for (const SeenPrompt& prompt : e.prompts) {
    text += fmt::format("Prompt, {} tokens:\n{}\n", prompt.tokens.size(), prompt.text);
    for (const SeenToken& token : prompt.tokens) text += fmt::format(" {}:{}", token.id, token.token);
    text += '\n';
    for (const SeenResponse& r : prompt.responses) {
      text += fmt::format("{} {}, {} tokens:", r.chosen ? "chosen  " : "rejected", r.text, r.tokens.size());
      for (const SeenToken& token : r.tokens) text += fmt::format(" {}:{}", token.id, token.token);
      text += '\n';
    }
  }
  return text;
}

}  // namespace prefscope
