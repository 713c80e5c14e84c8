// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/bench_case.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/random.h"
#include "engine/data/prompts.h"
#include "engine/explain/variant_scores.h"
#include "engine/llm/forward.h"
#include "engine/llm/linear.h"
#include "engine/tasks/bench_model.h"
#include "engine/tasks/torch_errors.h"

namespace prefscope {
namespace {

using Scores = std::vector<std::vector<double>>;  // [variants][candidates]

void check(const CaseBenchOptions& o) {
  const auto within = [](const char* name, int value, int low, int high) {
    if (value < low || value > high)
      throw Error(ErrorKind::BadInput, fmt::format("{}: expected {} .. {}, found {}", name, low, high, value));
  };
  within("--history", o.history, 1, 100);
  within("--candidates", o.candidates, 2, 100);
  within("--prompt", o.prompt, 3 * o.history, 4096);
  within("--response", o.response, 2, 100);
  within("--rounds", o.rounds, 1, 100);
}

LoadedPolicy random_policy() {
  LoadedPolicy policy;
  policy.model.folder = "random";
  policy.model.weights_hash = "random";
  policy.model.tokenizer = load_model_tokenizer(model_folder("starter"));
  policy.model.weights = random_weights(bench_model_config(false), 1);
  pack_frozen_weights(policy.model.weights);
  return policy;
}

/// Random words, as many as make so many tokens.
std::string title_of(int tokens, const Tokenizer& tokenizer, Random& random) {
  std::string title;
  while (std::ssize(tokenizer.encode(title).ids) < tokens) {
    const std::string before = title;
    if (!title.empty() && random.below(3) == 0) title += ' ';
    title += static_cast<char>('a' + random.below(26));
    if (std::ssize(tokenizer.encode(title).ids) > tokens) title = before;
  }
  return title;
}

/// A batch of whole sequences for each variant: nothing is shared.
Scores full_scores(const LoadedPolicy& policy, const Preparation& preparation, const std::vector<CaseVariant>& variants,
                   int64_t& tokens, const TaskContext& context) {
  const at::InferenceMode inference;
  Scores scores;
  for (const CaseVariant& variant : variants) {
    context.check();
    const auto prompt = prompt_ids(policy.model, render_prompt(preparation.prompt_template, variant.history, {}));
    std::vector<PromptGroup> sequences;
    for (const ItemText* candidate : variant.candidates)
      sequences.push_back({prompt, {response_ids(policy.model, render_response(*candidate))}});
    const PackedForest packed = pack(sequences);
    tokens += std::ssize(packed.ids);
    const at::Tensor log_probs = response_log_probs(policy.model.weights, {}, packed).to(at::kDouble);
    const at::Tensor sums = sum_by_response(log_probs, packed.response_begin).contiguous();
    scores.emplace_back(sums.const_data_ptr<double>(), sums.const_data_ptr<double>() + sums.numel());
  }
  return scores;
}

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

CaseBenchResult measure(const CaseBenchOptions& o, const TaskContext& context) {
  const LoadedPolicy policy = random_policy();
  Random random({7, 0x63617365});
  const Tokenizer& tokenizer = *policy.model.tokenizer;
  Preparation preparation;
  preparation.prompt = "open";
  preparation.prompt_template = load_prompt_template("open");
  std::vector<ItemText> items;
  for (int h = 0; h < o.history; ++h)  // with the line feed after it
    items.push_back(
        {h + 1, title_of(o.prompt * (h + 1) / o.history - o.prompt * h / o.history - 1, tokenizer, random), {}});
  for (int c = 0; c < o.candidates; ++c)
    items.push_back({o.history + c + 1, title_of(o.response - 1, tokenizer, random), {}});

  std::vector<CaseVariant> variants(1);
  for (int h = 0; h < o.history; ++h) variants[0].history.push_back(&items[static_cast<size_t>(h)]);
  for (int c = 0; c < o.candidates; ++c) variants[0].candidates.push_back(&items[static_cast<size_t>(o.history + c)]);
  for (int h = o.history - 1; h >= 0; --h) {  // those that begin alike side by side
    variants.push_back(variants[0]);
    variants.back().history.erase(variants.back().history.begin() + h);
  }
  const std::vector<CaseVariant> edited = {variants[static_cast<size_t>(o.history / 2 + 1)]};

  LoadedPolicy run = policy;  // an edit is ranked by a run's model, then by its reference
  run.adapters.push_back(make_lora(policy.model.weights.config, 16, 32, 1));

  CaseBenchResult result;
  std::vector<double> shared, full, edit, complete, ratio;
  variant_scores(run, preparation, {}, edited, context);  // the first pass of a process is slow
  for (int round = 0; round < o.rounds; ++round) {
    context.report({"Measuring", static_cast<double>(round) / o.rounds, -1, ""});
    Scores with, without;
    edit.push_back(seconds_of([&] { variant_scores(run, preparation, {}, edited, context); }));
    complete.push_back(edit.back() + seconds_of([&] { variant_scores(policy, preparation, {}, edited, context); }));
    shared.push_back(seconds_of([&] { with = variant_scores(policy, preparation, {}, variants, context).mean; }));
    result.full_tokens = 0;
    full.push_back(
        seconds_of([&] { without = full_scores(policy, preparation, variants, result.full_tokens, context); }));
    ratio.push_back(full.back() / shared.back());
    for (size_t v = 0; v < with.size(); ++v) {
      for (size_t c = 0; c < with[v].size(); ++c)
        result.largest_difference = std::max(result.largest_difference, std::abs(with[v][c] - without[v][c]));
    }
  }
  result.occlusion_s = median(shared);
  result.full_s = median(full);
  result.what_if_s = median(edit);
  result.what_if_complete_s = median(complete);
  result.times_as_fast = median(ratio);
  result.least = *std::min_element(ratio.begin(), ratio.end());
  result.most = *std::max_element(ratio.begin(), ratio.end());
  return result;
}

}  // namespace

CaseBenchResult bench_case(const CaseBenchOptions& options, const TaskContext& context) {
  check(options);
  return with_torch_errors([&] { return measure(options, context); });
}

}  // namespace prefscope
