// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/examples.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/data/item_index.h"
#include "engine/data/prompts.h"

namespace prefscope {
namespace {

std::vector<PromptGroup> prepared_groups(const Example& e, const Preparation& preparation, const ItemIndex& items,
                                         const LanguageModel& model, bool sft, int k) {
  const auto listed = preparation.prompt == "listed" ? items.all(e.candidates) : std::vector<const ItemText*>();
  PromptGroup group{prompt_ids(model, render_prompt(preparation.prompt_template, items.all(e.history), listed)), {}};
  group.responses.push_back(response_ids(model, render_response(*items.at(e.target))));
  if (!sft) {
    const size_t used = k == 0 ? e.negatives.size() : std::min(e.negatives.size(), static_cast<size_t>(k));
    for (size_t i = 0; i < used; ++i)
      group.responses.push_back(response_ids(model, render_response(*items.at(e.negatives[i]))));
  }
  return {std::move(group)};
}

std::vector<PromptGroup> given_groups(const Example& e, const LanguageModel& model, bool sft, int k) {
  if (sft) return {{prompt_ids(model, e.pairs.front().prompt), {response_ids(model, e.pairs.front().chosen)}}};
  std::vector<PromptGroup> groups;
  for (const TextPair& pair : e.pairs) {
    if (!pair.rejected)
      throw Error(
          ErrorKind::BadInput,
          fmt::format("{}: expected a chosen and a rejected response, found one; this file serves for sft", e.source));
    if (k == 0 || groups.size() < static_cast<size_t>(k)) {
      groups.push_back(
          {prompt_ids(model, pair.prompt), {response_ids(model, pair.chosen), response_ids(model, *pair.rejected)}});
    }
  }
  return groups;
}

}  // namespace

TrainingExamples tokenize_examples(Workspace& workspace, const Preparation& preparation, const LanguageModel& model,
                                   bool sft, int k, const TaskContext& context) {
  const ItemIndex items(read_item_texts(workspace, preparation.data_set));
  const std::vector<Example> examples = read_examples(workspace, preparation.id, Role::Train);
  const bool given = preparation.prompt == "given";
  TrainingExamples result;
  result.paired = given && !sft;
  ProgressClock clock(context, "Tokenizing examples");
  for (const Example& e : examples) {
    clock.update(static_cast<double>(result.examples.size()) / static_cast<double>(examples.size()));
    TokenizedExample tokenized{
        e.id, given ? given_groups(e, model, sft, k) : prepared_groups(e, preparation, items, model, sft, k), 0};
    for (const PromptGroup& group : tokenized.groups) {
      tokenized.tokens += static_cast<int64_t>(group.prompt.size());
      for (const auto& response : group.responses) {
        tokenized.tokens += static_cast<int64_t>(response.size());
        const auto length = static_cast<int64_t>(group.prompt.size() + response.size());
        if (length > model.llama.config.max_positions) {
          throw Error(
              ErrorKind::BadInput,
              fmt::format("{}: {} tokens, but the model has {} positions; {}",
                          e.source.empty() ? "user " + e.user_key : e.source, length, model.llama.config.max_positions,
                          given ? "use a model with more of them" : "prepare with a shorter --history"));
        }
      }
    }
    result.examples.push_back(std::move(tokenized));
  }
  if (result.examples.empty())
    throw Error(ErrorKind::BadInput,
                "there are no training examples: every user is held out; prepare with a smaller --held-out");
  return result;
}

}  // namespace prefscope
