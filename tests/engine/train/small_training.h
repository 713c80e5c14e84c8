// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <span>

#include "engine/llm/forward.h"
#include "engine/train/plan.h"
#include "engine/train/preference_training.h"
#include "tests/engine/llm/small_models.h"

// Trainings of a random model of two layers, small enough to be run many times.

namespace prefscope {

namespace fs = std::filesystem;

inline LoadedPolicy small_policy() {
  LoadedPolicy policy;
  policy.model.weights_hash = "a small model";
  policy.model.weights = lively_weights(small_config(), 1);
  policy.adapters.push_back(lively_lora(small_config(), 2, 2, 9));  // a frozen adapter below, as after SFT
  return policy;
}

enum class Form { Sft, Plain, Paired };

/// `count` examples of random ids: prompts of 5 to 24 tokens, responses of 1 to 5, 3 rejected or pairs each.
inline TrainingExamples random_examples(Form form, size_t count, uint64_t seed) {
  Random random({seed, 0xe});
  TrainingExamples all;
  all.paired = form == Form::Paired;
  for (size_t i = 0; i < count; ++i) {
    TokenizedExample example{static_cast<int64_t>(100 + i), {}, 0};
    example.groups.resize(form == Form::Paired ? 3 : 1);
    for (PromptGroup& group : example.groups) {
      group.prompt = random_ids(random, 5 + random.below(20), 40);
      group.responses.resize(form == Form::Sft ? 1 : form == Form::Plain ? 4 : 2);
      for (auto& response : group.responses) response = random_ids(random, 1 + random.below(5), 40);
    }
    all.examples.push_back(std::move(example));
  }
  for (TokenizedExample& example : all.examples) example.tokens = static_cast<int64_t>(pack(example.groups).ids.size());
  return all;
}

inline TrainingOptions small_options(Form form, const QTemporaryDir& dir) {
  TrainingOptions options;
  if (form == Form::Sft) options.objective = Objective::Sft;
  options.loss.beta = 0.3;
  options.learning_rate = 0.01;
  options.epochs = 2.5;
  options.lora = {.rank = 3, .alpha = 6};
  options.batch_tokens = form == Form::Sft ? 40 : form == Form::Plain ? 70 : 150;
  options.seed = 4;
  options.checkpoint = fs::path(dir.path().toStdString()) / "checkpoint.safetensors";
  return options;
}

/// Examples as `random_examples` of the plain form whose rejected change by epoch: an item's response is a function of
/// its id, and the items of an epoch are drawn from the seed, or, with self_hard, are those of nine that the policy
/// finds most likely.
inline ExampleSource drawn_source(size_t count, uint64_t seed, bool self_hard) {
  ExampleSource source;
  source.first = random_examples(Form::Plain, count, seed);
  const auto response_of = [](int64_t item) {
    Random random({0x17e3, static_cast<uint64_t>(item)});
    return random_ids(random, 1 + random.below(5), 40);
  };
  const TrainingExamples base = source.first;
  source.with_negatives = [base, response_of](const NegativeItems& negatives) {
    std::vector<TokenizedExample> examples = base.examples;
    for (size_t e = 0; e < examples.size(); ++e) {
      auto& responses = examples[e].groups.front().responses;
      responses.resize(1);
      for (const int64_t item : negatives[e]) responses.push_back(response_of(item));
      examples[e].tokens = static_cast<int64_t>(pack(examples[e].groups).ids.size());
    }
    return examples;
  };
  source.choose = [base, seed, self_hard, response_of](int64_t epoch, const LoadedPolicy& reference, LoraStack policy,
                                                       const TaskContext& context) {
    NegativeItems chosen;
    for (size_t e = 0; e < base.examples.size(); ++e) {
      context.check();
      Random random({seed, 0xd, static_cast<uint64_t>(epoch), e});
      std::vector<int64_t> items(self_hard ? 9 : 3);
      for (int64_t& item : items) item = static_cast<int64_t>(random.below(1000));
      if (self_hard) {
        PromptGroup group{base.examples[e].groups.front().prompt, {}};
        for (const int64_t item : items) group.responses.push_back(response_of(item));
        const PackedForest packed = pack(std::span(&group, 1));
        const at::Tensor order =
            sum_by_response(response_log_probs(reference.model.weights, policy, packed), packed.response_begin)
                .argsort(0, true)
                .contiguous();
        std::vector<int64_t> hardest;
        for (int64_t i = 0; i < 3; ++i) hardest.push_back(items[static_cast<size_t>(order[i].item<int64_t>())]);
        items = hardest;
      }
      chosen.push_back(items);
    }
    return chosen;
  };
  return source;
}

/// A panel that can be told from the examples: `count` users with a target and seven other candidates.
inline TrainingExamples random_panel(size_t count, uint64_t seed) {
  TrainingExamples panel = random_examples(Form::Plain, count, seed ^ 0xabc);
  Random random({seed, 0xbad});
  for (TokenizedExample& example : panel.examples) {
    for (int i = 0; i < 4; ++i) example.groups.front().responses.push_back(random_ids(random, 1 + random.below(5), 40));
    example.tokens = static_cast<int64_t>(pack(example.groups).ids.size());
  }
  return panel;
}

/// How many different responses below their prompts there are.
inline int64_t distinct_responses(const std::vector<const TrainingExamples*>& all) {
  std::set<std::string> keys;
  for (const TrainingExamples* examples : all) {
    for (const TokenizedExample& example : examples->examples) {
      for (const PromptGroup& group : example.groups) {
        for (const auto& response : group.responses) keys.insert(response_key(group.prompt, response));
      }
    }
  }
  return static_cast<int64_t>(keys.size());
}

/// What a training leaves: the adapter, and the figures of the steps that were taken, without their seconds.
struct Outcome {
  std::vector<at::Tensor> adapter;  ///< empty when it was stopped
  std::vector<at::Tensor> last;     ///< where another is the best
  std::vector<StepMetric> steps;
  std::vector<PanelScore> panel;
  int64_t evaluations = 0, computed = 0;  ///< log-probs of the reference that were computed
  int64_t total = 0, done = 0;            ///< as on_start heard
  std::optional<int64_t> best_step;
  std::string message;
};

/// Trains until `stop_after` steps are done in all (0: to the end).
inline Outcome train(const ExampleSource& source, const TrainingOptions& options, int64_t stop_after = 0,
                     std::stop_source stop = {}, std::function<bool()> asked_to_finish = {}) {
  Outcome outcome;
  TaskContext context;
  context.stop = stop.get_token();
  TrainingEvents events;
  events.on_start = [&](int64_t total, int64_t done) { outcome.total = total, outcome.done = done; };
  events.on_step = [&](const StepMetric& metric, const std::vector<ReferenceLogProb>& fresh) {
    outcome.steps.push_back(metric);
    outcome.computed += static_cast<int64_t>(fresh.size());
    if (metric.step == stop_after) stop.request_stop();
  };
  events.on_panel = [&](const std::vector<PanelScore>& scores, const std::vector<ReferenceLogProb>& fresh) {
    outcome.panel.insert(outcome.panel.end(), scores.begin(), scores.end());
    outcome.computed += static_cast<int64_t>(fresh.size());
    ++outcome.evaluations;
  };
  events.asked_to_finish = std::move(asked_to_finish);
  try {
    const TrainedAdapter trained = train_adapter(small_policy(), source, options, events, context);
    outcome.adapter = parameters(trained.adapter);
    if (trained.last) outcome.last = parameters(*trained.last);
    outcome.best_step = trained.best_step;
    outcome.message = trained.message;
  } catch (const Cancelled&) {
    outcome.adapter.clear();
  }
  return outcome;
}
inline Outcome train(const TrainingExamples& examples, const TrainingOptions& options, int64_t stop_after = 0,
                     std::stop_source stop = {}) {
  return train(ExampleSource{examples, {}, {}}, options, stop_after, std::move(stop));
}

inline bool same_scores(const std::vector<PanelScore>& a, const std::vector<PanelScore>& b) {
  return !a.empty() && std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const PanelScore& x, const PanelScore& y) {
    return x.step == y.step && x.example == y.example && x.ratio_chosen == y.ratio_chosen &&
           x.ratio_rejected == y.ratio_rejected && x.target_rank == y.target_rank;
  });
}

inline bool same_figures(const StepMetric& a, const StepMetric& b) {
  return a.step == b.step && a.epoch == b.epoch && a.loss == b.loss && a.reward_chosen == b.reward_chosen &&
         a.reward_rejected == b.reward_rejected && a.margin == b.margin && a.accuracy == b.accuracy &&
         a.learning_rate == b.learning_rate && a.gradient_norm == b.gradient_norm && a.tokens == b.tokens;
}

inline bool same_bits(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  return !a.empty() && std::equal(a.begin(), a.end(), b.begin(), b.end(),
                                  [](const at::Tensor& x, const at::Tensor& y) { return x.equal(y); });
}

inline bool same_steps(const std::vector<StepMetric>& a, const std::vector<StepMetric>& b) {
  return !a.empty() && std::equal(a.begin(), a.end(), b.begin(), b.end(), same_figures);
}

inline void add_rows_of_each_form() {
  QTest::addColumn<int>("form");
  QTest::newRow("SFT") << static_cast<int>(Form::Sft);
  QTest::newRow("DMPO") << static_cast<int>(Form::Plain);
  QTest::newRow("paired DMPO") << static_cast<int>(Form::Paired);
}

}  // namespace prefscope
