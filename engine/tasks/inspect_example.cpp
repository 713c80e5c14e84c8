// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/inspect_example.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/utf8.h"
#include "engine/data/item_index.h"
#include "engine/data/prompts.h"
#include "engine/llm/checkpoint.h"
#include "engine/llm/model_config.h"
#include "engine/text/chat.h"

namespace prefscope {
namespace {

std::vector<SeenToken> tokens_of(const LanguageModel& model, const std::vector<int32_t>& ids, bool learned) {
  std::vector<SeenToken> tokens;
  for (const int32_t id : ids) {
    const std::string bytes = model.tokenizer->bytes_of_token(id);
    tokens.push_back({id, model.tokenizer->token(id), is_utf8(bytes) ? bytes : std::string(),
                      model.tokenizer->is_special(id), learned});
  }
  return tokens;
}

SeenResponse seen(const LanguageModel& model, const std::string& text, bool chosen) {
  return {text, chosen, tokens_of(model, response_ids(model, text), true)};
}

SeenPrompt seen(const LanguageModel& model, const std::string& prompt,
                const std::vector<std::pair<std::string, bool>>& responses) {
  SeenPrompt part{prompt, tokens_of(model, prompt_ids(model, prompt), false), {}};
  for (const auto& [text, chosen] : responses) part.responses.push_back(seen(model, text, chosen));
  return part;
}

int64_t longest_of(const SeenPrompt& part) {
  size_t response = 0;
  for (const SeenResponse& r : part.responses) response = std::max(response, r.tokens.size());
  return static_cast<int64_t>(part.tokens.size() + response);
}

/// The prompt of an example of items, with so many of the oldest left out.
SeenPrompt of_items(const LanguageModel& model, const Preparation& p, const Example& e, const ItemIndex& items,
                    size_t left_out) {
  std::vector<const ItemText*> history = items.all(e.history);
  history.erase(history.begin(), history.begin() + static_cast<std::ptrdiff_t>(left_out));
  const auto listed = p.prompt == "listed" ? items.all(e.candidates) : std::vector<const ItemText*>();
  std::vector<std::pair<std::string, bool>> responses = {{render_response(*items.at(e.target)), true}};
  for (const int64_t item : e.role == Role::Train ? e.negatives : e.candidates) {
    if (item != e.target) responses.emplace_back(render_response(*items.at(item)), false);
  }
  return seen(model, render_prompt(p.prompt_template, history, listed), responses);
}

int64_t example_of(Workspace& workspace, int64_t preparation, const std::string& user) {
  std::optional<int64_t> training;
  for (const Example& e : read_examples(workspace, preparation)) {
    if (e.user_key != user && e.source != user) continue;
    if (e.role == Role::HeldOut) return e.id;
    if (e.role == Role::Train && !training) training = e.id;
  }
  return training ? *training : find_example(workspace, preparation, user).id;  // which says why there is none
}

}  // namespace

SeenExample inspect_example(const std::filesystem::path& folder, int64_t preparation, const std::string& user,
                            const std::string& model, const std::string& chat) {
  Workspace workspace(folder);
  return inspect_example(folder, example_of(workspace, preparation, user), model, chat);
}

SeenExample inspect_example(const std::filesystem::path& folder, int64_t id, const std::string& name,
                            const std::string& chat) {
  Workspace workspace(folder);
  const Example e = read_example(workspace, id);
  const Preparation p = read_preparation(workspace, example_home(workspace, id).preparation);
  LanguageModel model;
  model.folder = model_folder(name);
  model.weights.config = read_model_config(model.folder);
  model.tokenizer = load_model_tokenizer(model.folder);
  model.chat = choose_chat_format(model.folder, chat);

  SeenExample example{e.id, e.role, e.user_key.empty() ? e.source : e.user_key,
                      {},   0,      model.weights.config.max_positions,
                      {},   -1,     std::ssize(e.candidates)};
  for (size_t i = 0; i < e.pairs.size(); ++i) {
    const TextPair& pair = e.pairs[i];
    const bool again = i > 0 && pair.prompt == e.pairs[i - 1].prompt && pair.chosen == e.pairs[i - 1].chosen;
    if (!again) example.prompts.push_back(seen(model, pair.prompt, {{pair.chosen, true}}));
    if (pair.rejected) example.prompts.back().responses.push_back(seen(model, *pair.rejected, false));
  }
  if (e.pairs.empty()) {
    const ItemIndex items(read_item_texts(workspace, p.data_set));
    example.prompts.push_back(of_items(model, p, e, items, 0));
    const auto place = std::find(e.candidates.begin(), e.candidates.end(), e.target);
    if (place != e.candidates.end()) example.target_place = place - e.candidates.begin();
    for (size_t cut = 1; cut < e.history.size() && longest_of(example.prompts.front()) > example.positions; ++cut) {
      if (longest_of(of_items(model, p, e, items, cut)) > example.positions) continue;
      example.cut_items = static_cast<int64_t>(cut);
      break;
    }
  }
  for (const SeenPrompt& part : example.prompts) example.longest = std::max(example.longest, longest_of(part));
  return example;
}

}  // namespace prefscope
