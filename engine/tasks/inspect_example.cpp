// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/inspect_example.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/utf8.h"
#include "engine/data/item_index.h"
#include "engine/data/prompts.h"
#include "engine/llm/checkpoint.h"
#include "engine/llm/model_config.h"
#include "engine/store/stops_statements.h"
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
                const std::vector<std::pair<std::string, bool>>& responses, const TaskContext& context) {
  SeenPrompt part{prompt, tokens_of(model, prompt_ids(model, prompt), false), {}};
  for (const auto& [text, chosen] : responses) {
    context.check();
    part.responses.push_back(seen(model, text, chosen));
  }
  return part;
}

size_t longest_response(const SeenPrompt& part) {
  size_t longest = 0;
  for (const SeenResponse& r : part.responses) longest = std::max(longest, r.tokens.size());
  return longest;
}

/// The prompt of an example of items, with so many of the oldest left out.
std::string prompt_of_items(const Preparation& p, const Example& e, const ItemIndex& items, size_t left_out) {
  std::vector<const ItemText*> history = items.all(e.history);
  history.erase(history.begin(), history.begin() + static_cast<std::ptrdiff_t>(left_out));
  const auto listed = p.prompt == "listed" ? items.all(e.candidates) : std::vector<const ItemText*>();
  return render_prompt(p.prompt_template, history, listed);
}

std::vector<std::pair<std::string, bool>> responses_of_items(const Example& e, const ItemIndex& items) {
  std::vector<std::pair<std::string, bool>> responses = {{render_response(*items.at(e.target)), true}};
  for (const int64_t item : e.role == Role::Train ? e.negatives : e.candidates) {
    if (item != e.target) responses.emplace_back(render_response(*items.at(item)), false);
  }
  return responses;
}

/// The fewest of the oldest items without which a prompt with its longest response fits; nothing where it fits whole.
std::optional<int64_t> items_to_cut(const LanguageModel& model, const Preparation& p, const Example& e,
                                    const ItemIndex& items, const SeenPrompt& whole, const TaskContext& context) {
  const size_t response = longest_response(whole);
  const auto fits = [&](size_t prompt) {
    return static_cast<int64_t>(prompt + response) <= model.weights.config.max_positions;
  };
  if (fits(whole.tokens.size())) return std::nullopt;
  for (size_t cut = 1; cut < e.history.size(); ++cut) {
    context.check();
    if (fits(prompt_ids(model, prompt_of_items(p, e, items, cut)).size())) return static_cast<int64_t>(cut);
  }
  return std::nullopt;
}

int64_t example_of(Workspace& workspace, int64_t preparation, const std::string& user, const TaskContext& context) {
  std::optional<int64_t> training;
  for (const Example& e : stoppable(workspace, context, [&] { return read_examples(workspace, preparation); })) {
    if (e.user_key != user && e.source != user) continue;
    if (e.role == Role::HeldOut) return e.id;
    if (e.role == Role::Train && !training) training = e.id;
  }
  return training ? *training : find_example(workspace, preparation, user).id;  // which says why there is none
}

}  // namespace

SeenExample inspect_example(const std::filesystem::path& folder, int64_t preparation, const std::string& user,
                            const std::string& model, const std::string& chat, const TaskContext& context) {
  Workspace workspace(folder);
  return inspect_example(folder, example_of(workspace, preparation, user, context), model, chat, context);
}

SeenExample inspect_example(const std::filesystem::path& folder, int64_t id, const std::string& name,
                            const std::string& chat, const TaskContext& context) {
  context.check();
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
    context.check();
    const TextPair& pair = e.pairs[i];
    const bool again = i > 0 && pair.prompt == e.pairs[i - 1].prompt && pair.chosen == e.pairs[i - 1].chosen;
    if (!again) example.prompts.push_back(seen(model, pair.prompt, {{pair.chosen, true}}, context));
    if (pair.rejected) example.prompts.back().responses.push_back(seen(model, *pair.rejected, false));
  }
  if (e.pairs.empty()) {
    const ItemIndex items(read_item_texts(workspace, p.data_set));
    example.prompts.push_back(seen(model, prompt_of_items(p, e, items, 0), responses_of_items(e, items), context));
    const auto place = std::find(e.candidates.begin(), e.candidates.end(), e.target);
    if (place != e.candidates.end()) example.target_place = place - e.candidates.begin();
    example.cut_items = items_to_cut(model, p, e, items, example.prompts.front(), context);
  }
  for (const SeenPrompt& part : example.prompts)
    example.longest = std::max(example.longest, static_cast<int64_t>(part.tokens.size() + longest_response(part)));
  return example;
}

}  // namespace prefscope
