// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/preference_training.h"

#include <QtTest>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <set>
#include <thread>

#include "engine/base/files.h"
#include "engine/llm/forward.h"
#include "engine/llm/safetensors.h"
#include "engine/train/objectives.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

LoadedPolicy small_policy() {
  LoadedPolicy policy;
  policy.model.weights_hash = "a small model";
  policy.model.llama = lively_llama(small_config(), 1);
  policy.adapters.push_back(lively_lora(small_config(), 2, 2, 9));  // a frozen adapter below, as after SFT
  return policy;
}

enum class Form { Sft, Plain, Paired };

/// `count` examples of random ids: prompts of 5 to 24 tokens, responses of 1 to 5, 3 rejected or pairs each.
TrainingExamples random_examples(Form form, size_t count, uint64_t seed) {
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

TrainingOptions small_options(Form form, const QTemporaryDir& dir) {
  TrainingOptions options;
  if (form == Form::Sft) options.objective = Objective::Sft;
  options.loss.beta = 0.3;
  options.learning_rate = 0.01;
  options.epochs = 2.5;
  options.rank = 3;
  options.batch_tokens = form == Form::Sft ? 40 : form == Form::Plain ? 70 : 150;
  options.seed = 4;
  options.checkpoint = fs::path(dir.path().toStdString()) / "checkpoint.safetensors";
  return options;
}

/// What a training leaves: the adapter, and the figures of the steps that were taken, without their seconds.
struct Outcome {
  std::vector<at::Tensor> adapter;  ///< empty when it was stopped
  std::vector<StepMetric> steps;
  int64_t total = 0, done = 0;  ///< as on_start heard
};

/// Trains until `stop_after` steps are done in all (0: to the end).
Outcome train(const TrainingExamples& examples, const TrainingOptions& options, int64_t stop_after = 0,
              std::stop_source stop = {}) {
  Outcome outcome;
  TaskContext context;
  context.stop = stop.get_token();
  try {
    outcome.adapter = parameters(train_adapter(
        small_policy(), examples, options,
        [&](int64_t total, int64_t done) { outcome.total = total, outcome.done = done; },
        [&](const StepMetric& metric) {
          outcome.steps.push_back(metric);
          if (metric.step == stop_after) stop.request_stop();
        },
        context));
  } catch (const Cancelled&) {
    outcome.adapter.clear();
  }
  return outcome;
}

bool same_figures(const StepMetric& a, const StepMetric& b) {
  return a.step == b.step && a.epoch == b.epoch && a.loss == b.loss && a.reward_chosen == b.reward_chosen &&
         a.reward_rejected == b.reward_rejected && a.margin == b.margin && a.accuracy == b.accuracy &&
         a.learning_rate == b.learning_rate && a.gradient_norm == b.gradient_norm && a.tokens == b.tokens;
}

bool same_bits(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  return !a.empty() && std::equal(a.begin(), a.end(), b.begin(), b.end(),
                                  [](const at::Tensor& x, const at::Tensor& y) { return x.equal(y); });
}

bool same_steps(const std::vector<StepMetric>& a, const std::vector<StepMetric>& b) {
  return !a.empty() && std::equal(a.begin(), a.end(), b.begin(), b.end(), same_figures);
}

void add_rows_of_each_form() {
  QTest::addColumn<int>("form");
  QTest::newRow("SFT") << static_cast<int>(Form::Sft);
  QTest::newRow("DMPO") << static_cast<int>(Form::Plain);
  QTest::newRow("paired DMPO") << static_cast<int>(Form::Paired);
}

}  // namespace

class PreferenceTrainingTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void planTakesEachExampleOnceAnEpoch() {
    const auto examples = random_examples(Form::Plain, 17, 1).examples;
    const auto steps = plan_steps(examples, 3, 200, 7);
    std::vector<size_t> order;
    for (const auto& step : steps) order.insert(order.end(), step.begin(), step.end());
    QCOMPARE(order.size(), size_t{51});
    std::set<std::vector<size_t>> orders;
    for (int epoch = 0; epoch < 3; ++epoch) {
      std::vector<size_t> one(order.begin() + 17 * epoch, order.begin() + 17 * (epoch + 1));
      orders.insert(one);
      std::sort(one.begin(), one.end());
      std::vector<size_t> every(17);
      std::iota(every.begin(), every.end(), 0);
      QCOMPARE(one, every);
    }
    QCOMPARE(orders.size(), size_t{3});  // each epoch in an order of its own
  }

  void planFillsStepsToTheBudget() {
    const auto examples = random_examples(Form::Plain, 40, 2).examples;
    for (const int64_t budget : {1, 60, 150, 1000, 1'000'000}) {
      const auto steps = plan_steps(examples, 2, budget, 3);
      for (size_t s = 0; s < steps.size(); ++s) {
        QVERIFY(!steps[s].empty());
        int64_t tokens = 0;
        for (const size_t e : steps[s]) tokens += examples[e].tokens;
        // Within the budget, unless one example alone is larger; and the next example would not have fitted.
        QVERIFY(tokens <= budget || steps[s].size() == 1);
        if (s + 1 < steps.size()) QVERIFY(tokens + examples[steps[s + 1].front()].tokens > budget);
      }
    }
  }

  void planFollowsTheSeed() {
    const auto examples = random_examples(Form::Plain, 17, 1).examples;
    QCOMPARE(plan_steps(examples, 2, 200, 7), plan_steps(examples, 2, 200, 7));
    QVERIFY(plan_steps(examples, 2, 200, 7) != plan_steps(examples, 2, 200, 8));
    // A longer training begins as a shorter one: the order of an epoch does not depend on how many there are.
    const auto longer = plan_steps(examples, 3, 200, 7), shorter = plan_steps(examples, 1, 200, 7);
    QVERIFY(std::equal(shorter.begin(), shorter.end() - 1, longer.begin()));
  }

  void planOfPartsOfAnEpoch_data() {
    QTest::addColumn<double>("epochs");
    QTest::addColumn<int>("examples");
    QTest::newRow("two and a half") << 2.5 << 43;  // round(2.5 * 17) = round(42.5)
    QTest::newRow("a third") << 1.0 / 3 << 6;      // round(5.67)
    QTest::newRow("next to nothing") << 1e-6 << 1;
  }
  void planOfPartsOfAnEpoch() {
    QFETCH(double, epochs);
    QFETCH(int, examples);
    size_t count = 0;
    for (const auto& step : plan_steps(random_examples(Form::Plain, 17, 1).examples, epochs, 200, 7))
      count += step.size();
    QCOMPARE(count, static_cast<size_t>(examples));
  }

  void planOfNothingIsEmpty() { QVERIFY(plan_steps({}, 3, 200, 7).empty()); }

  void firstStepHasNoMargin_data() { add_rows_of_each_form(); }
  void firstStepHasNoMargin() {
    // B is zero at first: policy and reference agree in every bit, so every reward is 0 and the loss is log 2.
    QFETCH(int, form);
    const Form f = static_cast<Form>(form);
    QTemporaryDir dir;
    const Outcome outcome = train(random_examples(f, 12, 3), small_options(f, dir), 1);
    const StepMetric& first = outcome.steps.front();
    if (f == Form::Sft) {
      QVERIFY(!first.margin && !first.reward_chosen && !first.reward_rejected && !first.accuracy);
      return;
    }
    QCOMPARE(first.reward_chosen, std::optional<double>(0));
    QCOMPARE(first.reward_rejected, std::optional<double>(0));
    QCOMPARE(first.accuracy, std::optional<double>(0));
    QVERIFY(std::abs(first.loss - std::log(2.0)) < 1e-6);
  }

  void stepsAddUpAcrossParts_data() { add_rows_of_each_form(); }
  /// One step of many more tokens than a part holds has the loss and the gradient of all its examples in one pass.
  void stepsAddUpAcrossParts() {
    QFETCH(int, form);
    const Form f = static_cast<Form>(form);
    QTemporaryDir dir;
    const TrainingExamples all = random_examples(f, 80, 5);
    TrainingOptions options = small_options(f, dir);
    options.batch_tokens = 1'000'000;
    options.epochs = 1;
    const Outcome outcome = train(all, options);
    QCOMPARE(outcome.steps.size(), size_t{1});
    const StepMetric& metric = outcome.steps.front();
    QVERIFY(metric.tokens > 1100);  // more than a part of 1,024

    const LoadedPolicy reference = small_policy();
    const Lora fresh = make_lora(small_config(), options.rank, 2.0 * static_cast<double>(options.rank), options.seed);
    for (at::Tensor weight : parameters(fresh)) weight.requires_grad_(true);
    std::vector<const Lora*> stack = reference.stack();
    stack.push_back(&fresh);
    std::vector<PromptGroup> groups;
    for (const TokenizedExample& example : all.examples)
      groups.insert(groups.end(), example.groups.begin(), example.groups.end());
    const PackedGroups packed = pack(groups);
    const at::Tensor tokens = response_log_probs(reference.model.llama, stack, packed);
    const at::Tensor sums = sum_by_response(tokens, packed.response_begin);
    const at::Tensor loss =
        f == Form::Sft ? sft_loss(tokens)
        : f == Form::Plain
            ? preference_loss(Objective::Dmpo, plain_pairs(sums.view({-1, 4}), sums.detach().view({-1, 4}), {}),
                              options.loss)
                  .loss
            : preference_loss(Objective::Dmpo, given_pairs(sums.view({-1, 3, 2}), sums.detach().view({-1, 3, 2}), {}),
                              options.loss)
                  .loss;
    loss.backward();
    double squares = 0;
    for (const at::Tensor& weight : parameters(fresh)) squares += weight.grad().square().sum().item<double>();
    QVERIFY(std::abs(metric.loss - loss.item<double>()) < 1e-5 * loss.item<double>());
    QVERIFY(std::abs(metric.gradient_norm - std::sqrt(squares)) < 1e-4 * std::sqrt(squares));
    QCOMPARE(metric.tokens, static_cast<int64_t>(packed.ids.size()));
  }

  /// Examples of one step with different numbers of rejected responses: each is compared with its own.
  void numbersOfRejectedMayDiffer() {
    QTemporaryDir dir;
    TrainingExamples all = random_examples(Form::Plain, 6, 6);
    int64_t tokens = 0;
    for (size_t i = 0; i < all.examples.size(); ++i) {
      TokenizedExample& example = all.examples[i];
      example.groups.front().responses.resize(i % 2 == 0 ? 2 : 4);
      example.tokens = static_cast<int64_t>(pack(example.groups).ids.size());
      tokens += example.tokens;
    }
    TrainingOptions options = small_options(Form::Plain, dir);
    options.batch_tokens = tokens;
    options.epochs = 2;
    const Outcome outcome = train(all, options);
    QCOMPARE(outcome.steps.size(), size_t{2});

    // The margin of step 2 is the mean over examples of beta * (log-ratio(chosen) - mean log-ratio(rejected)), under
    // the adapter after step 1.
    QTemporaryDir other;
    TrainingOptions one_step = options;
    one_step.checkpoint = fs::path(other.path().toStdString()) / "checkpoint.safetensors";
    train(all, one_step, 1);
    const auto saved = read_safetensors(one_step.checkpoint);
    Lora adapter = make_lora(small_config(), options.rank, 2.0 * static_cast<double>(options.rank), 0);
    const auto weights = parameters(adapter);
    for (size_t i = 0; i < weights.size(); ++i) {
      at::Tensor weight = weights[i];
      weight.copy_(saved.at("weight." + std::to_string(i)));
    }
    const LoadedPolicy reference = small_policy();
    std::vector<const Lora*> stack = reference.stack();
    stack.push_back(&adapter);
    double margin = 0;
    for (const TokenizedExample& example : all.examples) {
      const PackedGroups packed = pack(example.groups);
      const auto sums = [&](LoraStack adapters) {
        return sum_by_response(response_log_probs(reference.model.llama, adapters, packed), packed.response_begin);
      };
      const at::Tensor reward = options.loss.beta * (sums(stack) - sums(reference.stack()));
      margin += (reward[0] - reward.narrow(0, 1, reward.size(0) - 1).mean()).item<double>() / 6;
    }
    QVERIFY(std::abs(margin) > 1e-3);
    QVERIFY(std::abs(outcome.steps[1].margin.value() - margin) < 1e-5);
  }

  void learns_data() { add_rows_of_each_form(); }
  void learns() {
    QFETCH(int, form);
    const Form f = static_cast<Form>(form);
    QTemporaryDir dir;
    TrainingOptions options = small_options(f, dir);
    options.epochs = 30;
    options.rank = 8;
    const Outcome outcome = train(random_examples(f, 6, 7), options);
    QVERIFY(outcome.steps.size() >= 40);
    const StepMetric &first = outcome.steps.front(), &last = outcome.steps.back();
    qInfo("loss %.3f to %.3f in %d steps", first.loss, last.loss, static_cast<int>(last.step));
    QVERIFY(last.loss < first.loss / 2);
    QCOMPARE(last.epoch, 30.0);
    QVERIFY(last.learning_rate < 0.01 * options.learning_rate);
    if (f != Form::Sft) {
      QVERIFY(last.margin.value() > 1);
      QCOMPARE(last.accuracy, std::optional<double>(1));
    }
  }

  void figuresAddUp() {
    QTemporaryDir dir;
    const TrainingExamples all = random_examples(Form::Plain, 12, 3);
    const TrainingOptions options = small_options(Form::Plain, dir);
    const Outcome outcome = train(all, options);
    QCOMPARE(static_cast<int64_t>(outcome.steps.size()), outcome.total);
    QCOMPARE(outcome.done, int64_t{0});
    QCOMPARE(outcome.steps.back().epoch, 2.5);
    const auto plan = plan_steps(all.examples, options.epochs, options.batch_tokens, options.seed);
    for (size_t s = 0; s < plan.size(); ++s) {
      const StepMetric& metric = outcome.steps[s];
      int64_t tokens = 0;
      for (const size_t e : plan[s]) tokens += all.examples[e].tokens;
      QCOMPARE(metric.tokens, tokens);
      QCOMPARE(metric.step, static_cast<int64_t>(s) + 1);
      QVERIFY(std::abs(metric.margin.value() - (metric.reward_chosen.value() - metric.reward_rejected.value())) <
              1e-12);
      QVERIFY(metric.gradient_norm > 0);
    }
  }

  void referenceStaysFrozen() {
    QTemporaryDir dir;
    const LoadedPolicy policy = small_policy();
    train_adapter(
        policy, random_examples(Form::Plain, 4, 3), small_options(Form::Plain, dir), [](int64_t, int64_t) {},
        [](const StepMetric&) {}, {});
    QVERIFY(same_bits(parameters(policy.adapters.front()), parameters(small_policy().adapters.front())));
    const auto before = named_tensors(small_policy().model.llama), after = named_tensors(policy.model.llama);
    for (size_t i = 0; i < before.size(); ++i) {
      QVERIFY(after[i].second.equal(before[i].second));
      QVERIFY(!after[i].second.requires_grad() && !after[i].second.grad().defined());
    }
  }

  void stoppedAndResumedEndsInTheSameBits_data() { add_rows_of_each_form(); }
  void stoppedAndResumedEndsInTheSameBits() {
    QFETCH(int, form);
    const Form f = static_cast<Form>(form);
    const TrainingExamples all = random_examples(f, 12, 3);
    QTemporaryDir dir;
    const Outcome whole = train(all, small_options(f, dir));
    QVERIFY(whole.total >= 8);
    // After the first step, somewhere (drawn by a seed of the form), and before the last.
    Random random({static_cast<uint64_t>(form), 0x57});
    const auto between = 2 + static_cast<int64_t>(random.below(static_cast<uint64_t>(whole.total) - 3));
    for (const int64_t stop : {int64_t{1}, between, whole.total - 1}) {
      QTemporaryDir broken;
      const TrainingOptions options = small_options(f, broken);
      Outcome resumed = train(all, options, stop);
      QVERIFY(resumed.adapter.empty());
      QCOMPARE(static_cast<int64_t>(resumed.steps.size()), stop);
      const Outcome rest = train(all, options);
      QCOMPARE(rest.done, stop);
      QCOMPARE(rest.total, whole.total);
      resumed.steps.insert(resumed.steps.end(), rest.steps.begin(), rest.steps.end());
      QVERIFY(same_steps(resumed.steps, whole.steps));
      QVERIFY(same_bits(rest.adapter, whole.adapter));
    }
  }

  /// Killed: the program goes on from an earlier checkpoint than it had come to.
  void killedAndResumedEndsInTheSameBits() {
    const TrainingExamples all = random_examples(Form::Plain, 12, 3);
    QTemporaryDir dir, broken;
    const Outcome whole = train(all, small_options(Form::Plain, dir));
    const TrainingOptions options = small_options(Form::Plain, broken);
    train(all, options, 3);
    const fs::path kept = options.checkpoint.parent_path() / "kept";
    fs::copy_file(options.checkpoint, kept);
    train(all, options, 6);
    fs::rename(kept, options.checkpoint);
    const Outcome rest = train(all, options);
    QCOMPARE(rest.done, int64_t{3});
    QVERIFY(same_steps(rest.steps, {whole.steps.begin() + 3, whole.steps.end()}));
    QVERIFY(same_bits(rest.adapter, whole.adapter));
  }

  /// Stopped from another thread at any moment, in the midst of a step too, over and over.
  void stoppedAtAnyMomentEndsInTheSameBits() {
    const TrainingExamples all = random_examples(Form::Plain, 60, 8);
    const auto options_in = [&](const QTemporaryDir& dir) {
      TrainingOptions options = small_options(Form::Plain, dir);
      options.batch_tokens = 1'400;  // two parts a step
      return options;
    };
    QTemporaryDir dir, broken;
    const Outcome whole = train(all, options_in(dir));
    std::vector<StepMetric> steps;
    Outcome last;
    int stops = 0;
    for (double wait_ms = 10; last.adapter.empty(); wait_ms *= 1.2) {
      std::stop_source stop;
      std::jthread stopper([&] {
        std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(wait_ms));
        stop.request_stop();
      });
      last = train(all, options_in(broken), 0, stop);
      QCOMPARE(last.done, static_cast<int64_t>(steps.size()));  // every step that was reported is in the checkpoint
      steps.insert(steps.end(), last.steps.begin(), last.steps.end());
      if (last.adapter.empty()) ++stops;
    }
    qInfo("stopped %d times in %d steps", stops, static_cast<int>(steps.size()));
    QVERIFY(stops > 0);
    QVERIFY(same_steps(steps, whole.steps));
    QVERIFY(same_bits(last.adapter, whole.adapter));
  }

  void aStopBeforeTheFirstStepIsHonoured() {
    QTemporaryDir dir;
    std::stop_source stop;
    stop.request_stop();
    const Outcome outcome = train(random_examples(Form::Plain, 12, 3), small_options(Form::Plain, dir), 0, stop);
    QVERIFY(outcome.adapter.empty() && outcome.steps.empty());
  }

  void aFinishedTrainingIsReadBack() {
    const TrainingExamples all = random_examples(Form::Plain, 12, 3);
    QTemporaryDir dir;
    const Outcome whole = train(all, small_options(Form::Plain, dir)),
                  again = train(all, small_options(Form::Plain, dir));
    QCOMPARE(again.done, whole.total);
    QVERIFY(again.steps.empty());
    QVERIFY(same_bits(again.adapter, whole.adapter));
  }

  void sameSeedSameBits() {
    const TrainingExamples all = random_examples(Form::Plain, 12, 3);
    QTemporaryDir one, two, three;
    TrainingOptions other = small_options(Form::Plain, three);
    other.seed = 5;
    const Outcome a = train(all, small_options(Form::Plain, one)), b = train(all, small_options(Form::Plain, two));
    QVERIFY(same_bits(a.adapter, b.adapter));
    QVERIFY(!same_bits(a.adapter, train(all, other).adapter));
  }

  void refusesDamagedCheckpoints() {
    const TrainingExamples all = random_examples(Form::Plain, 12, 3);
    QTemporaryDir dir;
    const TrainingOptions options = small_options(Form::Plain, dir);
    train(all, options, 3);
    const std::string good = read_file(options.checkpoint);
    const auto message = [&] { return error_of(ErrorKind::BadFile, [&] { train(all, options); }); };
    const auto with = [&](const std::string& name, const at::Tensor& tensor) {
      write_file_atomically(options.checkpoint, good);
      auto tensors = read_safetensors(options.checkpoint);
      tensors.erase(name);
      if (tensor.defined()) tensors[name] = tensor;
      write_safetensors(options.checkpoint, {tensors.begin(), tensors.end()});
      return message();
    };
    const std::string file = options.checkpoint.string(), advice = "delete the file";
    write_file_atomically(options.checkpoint, good.substr(0, good.size() / 2));
    QVERIFY2(says(message(), {file, "damaged or incomplete"}), message().c_str());
    write_file_atomically(options.checkpoint, "");
    QVERIFY2(says(message(), {file, "damaged or incomplete"}), message().c_str());

    std::string found = with("first.5", {});
    QVERIFY2(says(found, {file, "tensor first.5 is missing", advice}), found.c_str());
    found = with("weight.0", at::zeros({3, 17}));
    QVERIFY2(says(found, {file, "tensor weight.0", "expected Float [3, 16]", "found Float [3, 17]", advice}),
             found.c_str());
    found = with("weight.0", at::zeros({3, 16}, at::kHalf));
    QVERIFY2(says(found, {file, "tensor weight.0", "expected Float [3, 16]", "found Half [3, 16]", advice}),
             found.c_str());
    for (const int64_t step : {int64_t{-1}, int64_t{1'000'000'000'000}}) {
      found = with("step", at::scalar_tensor(step, at::kLong));
      QVERIFY2(says(found, {file, "step within 0 ..", "found " + std::to_string(step), advice}), found.c_str());
    }
    found = with("threads", at::scalar_tensor(int64_t{0}, at::kLong));
    QVERIFY2(says(found, {file, "threads within 1 ..", "found 0", advice}), found.c_str());
    write_file_atomically(options.checkpoint, good);
    QCOMPARE(train(all, options).done, int64_t{3});  // the file as it was is taken
  }

  /// A checkpoint of another training, the same in all its shapes.
  void refusesForeignCheckpoints_data() {
    QTest::addColumn<int>("change");
    int change = 0;
    for (const char* name : {"seed", "beta", "learning rate", "epochs", "batch", "an id of an example", "objective"})
      QTest::newRow(name) << change++;
  }
  void refusesForeignCheckpoints() {
    QFETCH(int, change);
    TrainingExamples all = random_examples(Form::Plain, 12, 3);
    QTemporaryDir dir;
    TrainingOptions options = small_options(Form::Plain, dir);
    train(all, options, 3);
    const std::string before = sha256_file(options.checkpoint);
    switch (change) {
      case 0:
        options.seed = 5;
        break;
      case 1:
        options.loss.beta = 0.1;
        break;
      case 2:
        options.learning_rate = 0.02;
        break;
      case 3:
        options.epochs = 3;
        break;
      case 4:
        ++options.batch_tokens;
        break;
      case 5:
        all.examples[7].groups[0].responses[2][0] ^= 1;
        break;
      default:
        options.objective = Objective::Sft;
    }
    const std::string message = error_of(ErrorKind::BadFile, [&] { train(all, options); });
    QVERIFY2(says(message, {options.checkpoint.string(), "another training", "same options", "delete the file"}),
             message.c_str());
    QCOMPARE(sha256_file(options.checkpoint), before);
  }

  void namesTheStepWhereTheLossIsNotFinite() {
    QTemporaryDir dir;
    TrainingOptions options = small_options(Form::Plain, dir);
    options.learning_rate = 1e30;
    const std::string message =
        error_of(ErrorKind::BadInput, [&] { train(random_examples(Form::Plain, 12, 3), options); });
    QVERIFY2(says(message, {"step ", "not finite at example 1", "lower the learning rate"}), message.c_str());
  }
};

QTEST_GUILESS_MAIN(PreferenceTrainingTest)
#include "preference_training_test.moc"
