// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/examples.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <unordered_map>
#include <utility>

#include "engine/data/item_index.h"
#include "engine/data/negatives.h"
#include "engine/data/prompts.h"
#include "engine/llm/forward.h"

namespace prefscope {
namespace {

constexpr int64_t pass_tokens = 2048;  // of a forward pass without gradients; several examples share one

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

Error too_long(const Example& e, size_t tokens, int64_t positions, const std::string& with) {
  return {ErrorKind::BadInput,
          fmt::format("{}: {} tokens{}, but the model has {} positions; {}",
                      e.source.empty() ? "user " + e.user_key : e.source, tokens, with, positions,
                      e.source.empty() ? "prepare with a shorter --history" : "use a model with more of them")};
}

/// Counts the tokens and throws where they are too many.
TokenizedExample counted(const Example& e, std::vector<PromptGroup> groups, int64_t positions) {
  for (const PromptGroup& group : groups) {
    for (const auto& response : group.responses) {
      const size_t length = group.prompt.size() + response.size();
      if (std::cmp_greater(length, positions)) throw too_long(e, length, positions, "");
    }
  }
  const int64_t tokens = packed_tokens(groups);
  return {e.id, std::move(groups), tokens};
}

/// The examples with these rejected items; none for SFT.
std::vector<TokenizedExample> with_items(ExampleTexts& t, const NegativeSampling& sampling,
                                         const NegativeItems& negatives) {
  std::vector<TokenizedExample> result;
  for (size_t i = 0; i < t.examples.size(); ++i) {
    PromptGroup group{t.prompts[i], {t.response(t.examples[i].target)}};
    for (const int64_t item : negatives[i]) group.responses.push_back(t.response(item));
    result.push_back(counted(t.examples[i], {std::move(group)}, t.model.weights.config.max_positions));
    if (sampling.oracle) result.back().smoothing = pair_smoothing(sampling, t.examples[i], negatives[i]);
  }
  return result;
}

/// So that no later epoch can draw what does not fit.
void check_longest(ExampleTexts& t, const NegativeSampling& sampling) {
  size_t longest = 0;
  for (const int64_t item : sampling.catalogue) longest = std::max(longest, t.response(item).size());
  for (size_t i = 0; i < t.examples.size(); ++i) {
    const size_t length = t.prompts[i].size() + longest;
    if (std::cmp_greater(length, t.model.weights.config.max_positions))
      throw too_long(t.examples[i], length, t.model.weights.config.max_positions, " with the longest title");
  }
}

/// The k items of each example's sample that the policy finds most likely, in summed log-probs.
NegativeItems likeliest(ExampleTexts& t, const NegativeSampling& sampling, const NegativeItems& samples, int64_t epoch,
                        const LoadedPolicy& reference, LoraStack policy, const TaskContext& context) {
  const at::NoGradGuard no_grad;
  NegativeItems chosen;
  std::vector<PromptGroup> groups;  // of the examples after those in `chosen`
  int64_t tokens = 0;
  ProgressClock clock(context, "Finding the policy's own mistakes");
  const auto flush = [&] {
    const auto packed = pack(groups);
    const at::Tensor sums =
        sum_by_response(response_log_probs(reference.model.weights, policy, packed), packed.response_begin)
            .to(at::kCPU, at::kDouble)
            .contiguous();
    const double* value = sums.const_data_ptr<double>();
    for (const PromptGroup& group : groups) {
      const Example& e = t.examples[chosen.size()];
      const std::vector<double> scores(value, value + group.responses.size());
      value += group.responses.size();
      if (!std::all_of(scores.begin(), scores.end(), [](double x) { return std::isfinite(x); }))
        throw Error(ErrorKind::BadInput,
                    fmt::format("user {}: expected log-probs that are numbers when choosing self-hard negatives; the "
                                "training diverged, so train again with a smaller --lr",
                                e.user_key));
      // Ties, as of two items with one title, are broken by the stream of this epoch and user.
      Random random({sampling.options.seed, 0x74696573, static_cast<uint64_t>(epoch), hash_key(e.user_key)});
      std::vector<int64_t> items;
      for (const size_t place : highest(scores, sampling.options.k, random))
        items.push_back(samples[chosen.size()][place]);
      chosen.push_back(std::move(items));
    }
    groups.clear();
    tokens = 0;
  };
  for (size_t i = 0; i < t.examples.size(); ++i) {
    clock.update(static_cast<double>(i) / static_cast<double>(t.examples.size()));
    groups.push_back({t.prompts[i], {}});
    tokens += static_cast<int64_t>(t.prompts[i].size());
    for (const int64_t item : samples[i]) {
      groups.back().responses.push_back(t.response(item));
      tokens += static_cast<int64_t>(groups.back().responses.back().size());
    }
    if (tokens >= pass_tokens) flush();
  }
  if (!groups.empty()) flush();
  return chosen;
}

ExampleSource given_source(const ExampleTexts& t, const SourceOptions& options, const TaskContext& context) {
  ExampleSource source;
  source.first.paired = !options.sft;
  ProgressClock clock(context, "Tokenizing examples");
  for (const Example& e : t.examples) {
    clock.update(static_cast<double>(source.first.examples.size()) / static_cast<double>(t.examples.size()));
    source.first.examples.push_back(
        counted(e, given_groups(e, t.model, options.sft, options.k), t.model.weights.config.max_positions));
  }
  return source;
}

}  // namespace

ExampleSource training_source(Workspace& workspace, const Preparation& preparation, const LanguageModel& model,
                              const SourceOptions& options, const TaskContext& context) {
  check_sampling(preparation, options);
  const auto t = std::shared_ptr<ExampleTexts>(
      new ExampleTexts{preparation,
                       model,
                       ItemIndex(read_item_texts(workspace, preparation.data_set)),
                       read_examples(workspace, preparation.id, Role::Train, options.limit),
                       {},
                       {}});
  if (t->examples.empty())
    throw Error(ErrorKind::BadInput,
                "there are no training examples: every user is held out; prepare with a smaller --held-out");
  if (preparation.prompt == "given") return given_source(*t, options, context);

  ProgressClock clock(context, "Tokenizing examples");
  for (const Example& e : t->examples) {
    clock.update(static_cast<double>(t->prompts.size()) / static_cast<double>(t->examples.size()));
    t->prompts.push_back(prompt_of(e, *t));
  }
  ExampleSource source;
  if (options.sft) {
    source.first.examples = with_items(*t, {}, NegativeItems(t->examples.size()));
    return source;
  }
  const auto sampling =
      std::make_shared<const NegativeSampling>(make_sampling(workspace, preparation, t->examples, options, context));
  source.first.examples = with_items(*t, *sampling, sample_negatives(*sampling, t->examples, 0, context));
  source.with_negatives = [t, sampling](const NegativeItems& items) { return with_items(*t, *sampling, items); };
  if (options.resample) {
    check_longest(*t, *sampling);
    source.choose = [t, sampling](int64_t epoch, const LoadedPolicy&, LoraStack, const TaskContext& epoch_context) {
      return sample_negatives(*sampling, t->examples, epoch, epoch_context);
    };
  } else if (options.negatives == "self-hard") {
    check_longest(*t, *sampling);
    source.choose = [t, sampling](int64_t epoch, const LoadedPolicy& reference, LoraStack policy,
                                  const TaskContext& epoch_context) {
      return likeliest(*t, *sampling, sample_for_policy(*sampling, t->examples, epoch), epoch, reference, policy,
                       epoch_context);
    };
  }
  return source;
}

}  // namespace prefscope
