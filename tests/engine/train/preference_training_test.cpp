// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/preference_training.h"

#include <QtTest>
#include <cmath>
#include <limits>
#include <map>

#include "engine/llm/safetensors.h"
#include "tests/engine/train/small_training.h"

using namespace prefscope;

class PreferenceTrainingTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
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
    const Lora fresh = make_lora(small_config(), options.lora, options.seed);
    for (at::Tensor weight : parameters(fresh)) weight.requires_grad_(true);
    std::vector<const Lora*> stack = reference.stack();
    stack.push_back(&fresh);
    std::vector<PromptGroup> groups;
    for (const TokenizedExample& example : all.examples)
      groups.insert(groups.end(), example.groups.begin(), example.groups.end());
    const PackedForest packed = pack(groups);
    const at::Tensor tokens = response_log_probs(reference.model.weights, stack, packed);
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
    Lora adapter = make_lora(small_config(), options.lora, 0);
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
      const PackedForest packed = pack(example.groups);
      const auto sums = [&](LoraStack adapters) {
        return sum_by_response(response_log_probs(reference.model.weights, adapters, packed), packed.response_begin);
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
    options.lora = {.rank = 8, .alpha = 16};
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
      for (const size_t e : plan[s].examples) tokens += all.examples[e].tokens;
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
    train_adapter(policy, {random_examples(Form::Plain, 4, 3), {}, {}}, small_options(Form::Plain, dir), {}, {});
    QVERIFY(same_bits(parameters(policy.adapters.front()), parameters(small_policy().adapters.front())));
    const auto before = named_tensors(small_policy().model.weights), after = named_tensors(policy.model.weights);
    for (size_t i = 0; i < before.size(); ++i) {
      QVERIFY(after[i].second.equal(before[i].second));
      QVERIFY(!after[i].second.requires_grad() && !after[i].second.grad().defined());
    }
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

  void namesTheStepWhereTheLossIsNotFinite() {
    QTemporaryDir dir;
    TrainingOptions options = small_options(Form::Plain, dir);
    options.learning_rate = 1e30;
    const std::string message =
        error_of(ErrorKind::BadInput, [&] { train(random_examples(Form::Plain, 12, 3), options); });
    QVERIFY2(says(message, {"step ", "not finite at example 1", "lower the learning rate"}), message.c_str());
  }

  /// Rewards of examples whose log-probs are broken at one prompt alone: that example is named, though it shares its
  /// pass.
  void namesTheVeryExampleWhereTheLossIsNotFinite() {
    QTemporaryDir dir;
    TrainingExamples all = random_examples(Form::Plain, 6, 3);
    for (TokenizedExample& example : all.examples) {
      for (int32_t& id : example.groups.front().prompt) id = id == 39 ? 38 : id;
      for (auto& response : example.groups.front().responses)
        for (int32_t& id : response) id = id == 39 ? 38 : id;
    }
    all.examples[4].groups.front().prompt[0] = 39;
    LoadedPolicy policy = small_policy();
    policy.model.weights.embedding = policy.model.weights.embedding.clone();
    policy.model.weights.embedding[39].fill_(std::numeric_limits<float>::quiet_NaN());
    for (const Form form : {Form::Plain, Form::Sft}) {
      TrainingOptions options = small_options(Form::Plain, dir);
      if (form == Form::Sft) {
        options.objective = Objective::Sft;
        for (TokenizedExample& example : all.examples) example.groups.front().responses.resize(1);
      }
      options.batch_tokens = 1'000'000;
      const std::string message = error_of(ErrorKind::BadInput, [&] {
        train_adapter(policy, {all, {}, {}}, options, {}, {});
      });
      QVERIFY2(says(message, {"step 1: the loss is not finite at example 104;"}), message.c_str());
    }
  }

  /// The rate of each step: a warm-up of a quarter of the steps, then a line down; by hand.
  void followsItsSchedule() {
    QTemporaryDir dir;
    TrainingOptions options = small_options(Form::Plain, dir);
    options.batch_tokens = 1;
    options.epochs = 1;
    options.schedule = Schedule::Linear;
    options.warm_up = 0.25;
    const Outcome outcome = train(random_examples(Form::Plain, 8, 3), options);
    // 8 steps, 2 of warm-up: 1/2, 1, then 1 - i/6.
    const double expected[] = {0.5, 1, 1, 5.0 / 6, 4.0 / 6, 0.5, 2.0 / 6, 1.0 / 6};
    QCOMPARE(outcome.steps.size(), size_t{8});
    for (size_t s = 0; s < 8; ++s) QVERIFY(std::abs(outcome.steps[s].learning_rate - 0.01 * expected[s]) < 1e-12);
  }

  /// Clipped or not: AdamW does not mind the gradients' scale at the first step, but their norm is that before.
  void clips() {
    QTemporaryDir one, two;
    TrainingOptions options = small_options(Form::Plain, one), unclipped = small_options(Form::Plain, two);
    options.clip = 1e-3;
    unclipped.clip = 0;
    const TrainingExamples all = random_examples(Form::Plain, 12, 3);
    const Outcome a = train(all, options), b = train(all, unclipped);
    QCOMPARE(a.steps[0].gradient_norm, b.steps[0].gradient_norm);
    QVERIFY(!same_bits(a.adapter, b.adapter));
  }

  /// Smoothing of RosePO's pairs by hand: at the first step every d is 0, so the loss is log 2 whatever the smoothing
  /// is, and its gradient is (1 - 2 s) times that without.
  void smoothingEntersTheLoss() {
    QTemporaryDir one, two;
    TrainingExamples all = random_examples(Form::Plain, 12, 3);
    TrainingOptions plain = small_options(Form::Plain, one), smoothed = small_options(Form::Plain, two);
    plain.objective = smoothed.objective = Objective::RosePo;
    plain.clip = smoothed.clip = 0;
    for (TokenizedExample& example : all.examples) example.smoothing = {0, 0, 0};
    const Outcome a = train(all, plain, 1);
    for (TokenizedExample& example : all.examples) example.smoothing = {0.25, 0.25, 0.25};
    const Outcome b = train(all, smoothed, 1);
    QVERIFY(std::abs(a.steps[0].loss - std::log(2)) < 1e-6);
    QVERIFY(std::abs(b.steps[0].loss - std::log(2)) < 1e-6);
    QVERIFY(std::abs(b.steps[0].gradient_norm / a.steps[0].gradient_norm - 0.5) < 1e-4);
  }

  /// An epoch with other rejected items has other examples; the first epoch's figures are those of its own items.
  void drawnItemsAreTrainedOn() {
    QTemporaryDir one, two;
    const ExampleSource source = drawn_source(6, 3, false);
    TrainingOptions options = small_options(Form::Plain, one), fixed_options = small_options(Form::Plain, two);
    options.epochs = fixed_options.epochs = 1;
    ExampleSource fixed;
    fixed.first = source.first;
    fixed.first.examples = source.with_negatives(source.choose(0, small_policy(), {}, {}));
    // Steps are planned by the sizes of `first`: one example a step, to have the same plan.
    options.batch_tokens = fixed_options.batch_tokens = 1;
    QVERIFY(same_bits(train(source, options).adapter, train(fixed, fixed_options).adapter));
  }

  /// A computer short of memory: the training saves itself before the step and says how much it misses.
  void pausesWhereMemoryIsShort() {
    QTemporaryDir dir, other;
    const TrainingExamples all = random_examples(Form::Plain, 12, 3);
    TrainingOptions options = small_options(Form::Plain, dir);
    options.step_bytes = int64_t{3} << 29;  // 1.5 GiB
    int64_t asked = 0;
    options.available_memory = [&] { return ++asked <= 3 ? int64_t{1} << 40 : int64_t{2} << 30; };
    const std::string message = error_of(ErrorKind::OutOfMemory, [&] { train(all, options); });
    QVERIFY2(says(message, {"paused after step 3", "a step needs about 1.", "only 2.0 GiB are available",
                            "lower --pass-tokens, then resume"}),
             message.c_str());
    options.available_memory = [] { return int64_t{1} << 40; };
    const Outcome rest = train(all, options);
    QCOMPARE(rest.done, int64_t{3});
    QVERIFY(same_bits(rest.adapter, train(all, small_options(Form::Plain, other)).adapter));
  }

  void finishesWhenAsked() {
    QTemporaryDir dir;
    const TrainingExamples all = random_examples(Form::Plain, 12, 3);
    TrainingOptions options = small_options(Form::Plain, dir);
    options.panel = random_panel(4, 1);
    options.evaluations = 1;
    int64_t asked = 0;
    const Outcome outcome = train(ExampleSource{all, {}, {}}, options, 0, {}, [&] { return ++asked > 4; });
    QCOMPARE(outcome.steps.size(), size_t{4});
    QVERIFY(!outcome.adapter.empty());
    QCOMPARE(outcome.message, "finished early at step 4 of " + std::to_string(outcome.total));
    QCOMPARE(outcome.evaluations, int64_t{2});  // at the start, and where it ended
    QCOMPARE(outcome.panel.back().step, int64_t{4});
  }

  /// What an earlier run knows is not computed again, and the adapter is the same in every bit.
  void knownLogProbsAreUsedAgain() {
    QTemporaryDir one, two;
    const TrainingExamples all = random_examples(Form::Plain, 12, 3);
    std::map<std::string, double> store;
    TrainingOptions options = small_options(Form::Plain, one);
    options.panel = random_panel(4, 1);
    TrainingEvents events;
    int64_t computed = 0;
    const auto keep = [&](const std::vector<ReferenceLogProb>& fresh) {
      computed += static_cast<int64_t>(fresh.size());
      for (const ReferenceLogProb& one : fresh) QVERIFY(store.emplace(one.response, one.log_prob).second);
    };
    events.on_step = [&](const StepMetric&, const std::vector<ReferenceLogProb>& fresh) { keep(fresh); };
    events.on_panel = [&](const std::vector<PanelScore>&, const std::vector<ReferenceLogProb>& fresh) { keep(fresh); };
    const TrainedAdapter first = train_adapter(small_policy(), {all, {}, {}}, options, events, {});
    QCOMPARE(computed, distinct_responses({&all, &options.panel}));
    options.checkpoint = fs::path(two.path().toStdString()) / "checkpoint.safetensors";
    options.find_log_probs = [&](const std::vector<std::string>& responses) {
      std::vector<std::optional<double>> found;
      for (const std::string& response : responses)
        found.push_back(store.contains(response) ? std::optional(store.at(response)) : std::nullopt);
      return found;
    };
    computed = 0;
    const TrainedAdapter second = train_adapter(small_policy(), {all, {}, {}}, options, events, {});
    QCOMPARE(computed, int64_t{0});
    QVERIFY(same_bits(parameters(first.adapter), parameters(second.adapter)));
  }

  /// float16: the loss is scaled, the adapter stays float32 and goes nearly where float32 goes.
  void float16GoesWhereFloat32Goes() {
    QTemporaryDir one, two;
    const TrainingExamples all = random_examples(Form::Plain, 6, 7);
    TrainingOptions options = small_options(Form::Plain, one), half_options = small_options(Form::Plain, two);
    options.epochs = half_options.epochs = 4;
    LoadedPolicy half = small_policy();
    half.model.weights.embedding = half.model.weights.embedding.to(at::kHalf);
    half.model.weights.head = half.model.weights.head.to(at::kHalf);
    half.model.weights.final_norm = half.model.weights.final_norm.to(at::kHalf);
    for (LayerWeights& layer : half.model.weights.layers) {
      layer.input_norm = layer.input_norm.to(at::kHalf);
      layer.post_norm = layer.post_norm.to(at::kHalf);
      for (at::Tensor& weight : layer.weights) weight = weight.to(at::kHalf);
    }
    std::vector<double> norms;
    TrainingEvents events;
    events.on_step = [&](const StepMetric& metric, const std::vector<ReferenceLogProb>&) {
      norms.push_back(metric.gradient_norm);
    };
    const TrainedAdapter trained = train_adapter(half, {all, {}, {}}, half_options, events, {});
    const Outcome full = train(all, options);
    QCOMPARE(norms.size(), full.steps.size());
    QVERIFY(std::abs(norms[0] / full.steps[0].gradient_norm - 1) < 0.05);  // the scale is taken out again
    for (const at::Tensor& weight : parameters(trained.adapter)) QCOMPARE(weight.scalar_type(), at::kFloat);
    QVERIFY(read_safetensors(half_options.checkpoint).at("loss_scale").item<double>() > 1);
    QCOMPARE(read_safetensors(options.checkpoint).at("loss_scale").item<double>(), 1.0);
  }
};

QTEST_GUILESS_MAIN(PreferenceTrainingTest)
#include "preference_training_test.moc"
