// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <unordered_map>

#include "engine/data/item_index.h"
#include "engine/data/prompts.h"

namespace prefscope {
namespace {

/// The prompts of the examples, and the responses of items as they are asked for. Shared by the functions of a source.
struct ExampleTexts {
  const Preparation preparation;
  const LanguageModel& model;
  const ItemIndex items;
  const std::vector<Example> examples;
  std::vector<std::vector<int32_t>> prompts;                    ///< of each example; empty for given pairs
  std::unordered_map<int64_t, std::vector<int32_t>> responses;  ///< by item

  const std::vector<int32_t>& response(int64_t item) {
    const auto [found, fresh] = responses.try_emplace(item);
    if (fresh) found->second = response_ids(model, render_response(*items.at(item)));
    return found->second;
  }
};

std::vector<int32_t> prompt_of(const Example& e, const ExampleTexts& t) {
  const auto listed = t.preparation.prompt == "listed" ? t.items.all(e.candidates) : std::vector<const ItemText*>();
  return prompt_ids(t.model, render_prompt(t.preparation.prompt_template, t.items.all(e.history), listed));
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

/// Counts the tokens and throws where they are too many.
TokenizedExample counted(const Example& e, std::vector<PromptGroup> groups, int64_t max_positions) {
  TokenizedExample tokenized{e.id, std::move(groups), 0};
  for (const PromptGroup& group : tokenized.groups) {
    tokenized.tokens += static_cast<int64_t>(group.prompt.size());
    for (const auto& response : group.responses) {
      tokenized.tokens += static_cast<int64_t>(response.size());
      const auto length = static_cast<int64_t>(group.prompt.size() + response.size());
      if (length <= max_positions) continue;
      throw Error(ErrorKind::BadInput,
                  fmt::format("{}: {} tokens, but the model has {} positions; {}",
                              e.source.empty() ? "user " + e.user_key : e.source, length, max_positions,
                              e.source.empty() ? "prepare with a shorter --history" : "use a model with more of them"));
    }
  }
  return tokenized;
}

/// The examples with these rejected items; none for SFT.
std::vector<TokenizedExample> with_items(ExampleTexts& t, const NegativeItems& negatives) {
  std::vector<TokenizedExample> result;
  for (size_t i = 0; i < t.examples.size(); ++i) {
    PromptGroup group{t.prompts[i], {t.response(t.examples[i].target)}};
    for (const int64_t item : negatives[i]) group.responses.push_back(t.response(item));
    result.push_back(counted(t.examples[i], {std::move(group)}, t.model.llama.config.max_positions));
  }
  return result;
}

}  // namespace

ExampleSource training_source(Workspace& workspace, const Preparation& preparation, const LanguageModel& model,
                              const SourceOptions& options, const TaskContext& context) {
  const auto t =
      std::shared_ptr<ExampleTexts>(new ExampleTexts{preparation,
                                                     model,
                                                     ItemIndex(read_item_texts(workspace, preparation.data_set)),
                                                     read_examples(workspace, preparation.id, Role::Train),
                                                     {},
                                                     {}});
  if (t->examples.empty())
    throw Error(ErrorKind::BadInput,
                "there are no training examples: every user is held out; prepare with a smaller --held-out");
  ExampleSource source;
  const bool given = preparation.prompt == "given";
  ProgressClock clock(context, "Tokenizing examples");
  NegativeItems negatives;
  for (const Example& e : t->examples) {
    clock.update(static_cast<double>(negatives.size()) / static_cast<double>(t->examples.size()));
    negatives.emplace_back();
    if (given) {
      source.first.examples.push_back(
          counted(e, given_groups(e, model, options.sft, options.k), model.llama.config.max_positions));
      continue;
    }
    t->prompts.push_back(prompt_of(e, *t));
    if (!options.sft) {
      negatives.back() = e.negatives;
      if (options.k > 0) negatives.back().resize(std::min(e.negatives.size(), static_cast<size_t>(options.k)));
    }
  }
  source.first.paired = given && !options.sft;
  if (given) return source;
  source.first.examples = with_items(*t, negatives);
  source.with_negatives = [t](const NegativeItems& items) { return with_items(*t, items); };
  return source;
}

}  // namespace prefscope
