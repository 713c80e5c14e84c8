// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/examples.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <QtTest>
#include <algorithm>
#include <set>

#include "engine/data/item_index.h"
#include "engine/data/negatives.h"
#include "engine/data/prompts.h"
#include "engine/llm/forward.h"
#include "engine/store/data_sets.h"
#include "tests/engine/messages.h"
#include "tests/engine/tasks/small_world.h"

using namespace prefscope;

namespace {

bool same(const std::vector<TokenizedExample>& a, const std::vector<TokenizedExample>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const TokenizedExample& x, const TokenizedExample& y) {
    return x.id == y.id && x.tokens == y.tokens && x.smoothing == y.smoothing &&
           std::equal(x.groups.begin(), x.groups.end(), y.groups.begin(), y.groups.end(),
                      [](const PromptGroup& g, const PromptGroup& h) {
                        return g.prompt == h.prompt && g.responses == h.responses;
                      });
  });
}

}  // namespace

/// 24 users with 6 choices each among 40 items, 18 of them training, under the bundled small model.
class ExamplesTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  std::unique_ptr<Workspace> workspace_;
  Preparation open_, listed_;
  LoadedPolicy policy_;

  ExampleSource source(const SourceOptions& options, const Preparation& preparation) {
    return training_source(*workspace_, preparation, policy_.model, options, {});
  }
  static SourceOptions with(const std::string& negatives, int k) {
    SourceOptions options;
    options.negatives = negatives;
    options.k = k;
    options.seed = 7;
    return options;
  }
  std::vector<int32_t> response(const ItemIndex& items, int64_t item) const {
    return response_ids(policy_.model, render_response(*items.at(item)));
  }

 private Q_SLOTS:
  void initTestCase() {
    PrepareOptions options;
    options.candidates = 8;
    options.negatives = 3;
    options.held_out = 0.25;
    const std::filesystem::path folder = dir_.path().toStdString();
    open_ = make_small_world(folder, 24, options);
    options.prompt = "listed";
    listed_ = make_small_world(folder, 24, options);
    workspace_ = std::make_unique<Workspace>(folder / "workspace");
    policy_ = load_policy(*workspace_, {model_row(*workspace_, "starter"), std::nullopt}, "cpu");
  }
  void cleanupTestCase() { workspace_.reset(); }

  /// Training users alone, in saved order: the prompt, the target's title, the first k saved negatives' titles.
  void preparedExamplesAreWhatWasSaved() {
    const ItemIndex items(read_item_texts(*workspace_, open_.data_set));
    for (const Preparation& preparation : {open_, listed_}) {
      const auto saved = read_examples(*workspace_, preparation.id, Role::Train);
      QCOMPARE(saved.size(), size_t{18});
      const ExampleSource two = source(with("prepared", 2), preparation);
      QVERIFY(!two.first.paired && !two.choose);
      QCOMPARE(two.first.examples.size(), saved.size());
      for (size_t i = 0; i < saved.size(); ++i) {
        const TokenizedExample& e = two.first.examples[i];
        QCOMPARE(e.id, saved[i].id);
        QCOMPARE(e.groups.size(), size_t{1});
        const auto listed =
            preparation.prompt == "listed" ? items.all(saved[i].candidates) : std::vector<const ItemText*>();
        QCOMPARE(e.groups[0].prompt, prompt_ids(policy_.model, render_prompt(preparation.prompt_template,
                                                                             items.all(saved[i].history), listed)));
        QCOMPARE(e.groups[0].responses, (std::vector<std::vector<int32_t>>{response(items, saved[i].target),
                                                                           response(items, saved[i].negatives[0]),
                                                                           response(items, saved[i].negatives[1])}));
        size_t tokens = e.groups[0].prompt.size();
        for (const auto& one : e.groups[0].responses) tokens += one.size();
        // Packed: a response's last token has no row, and what responses share is there once.
        QCOMPARE(e.tokens, packed_tokens(e.groups));
        QVERIFY(e.tokens <= static_cast<int64_t>(tokens - e.groups[0].responses.size()));
        QVERIFY(e.smoothing.empty());
      }
      QCOMPARE(source(with("prepared", 0), preparation).first.examples[0].groups[0].responses.size(), size_t{4});
      SourceOptions sft = with("hard", 0);
      sft.sft = true;
      const ExampleSource chosen = source(sft, preparation);
      QVERIFY(!chosen.choose);
      for (const TokenizedExample& e : chosen.first.examples) QCOMPARE(e.groups[0].responses.size(), size_t{1});
    }
  }

  /// Epoch 0 of a resampled run is what `first` holds, later ones differ; without resampling nothing is chosen anew.
  void resampledEpochsComeFromTheSeed() {
    for (const char* how : {"uniform", "popularity"}) {
      SourceOptions options = with(how, 3);
      QVERIFY(!source(options, open_).choose);
      options.resample = true;
      const ExampleSource a = source(options, open_), b = source(options, open_);
      QVERIFY(same(a.with_negatives(a.choose(0, policy_, policy_.stack(), {})), a.first.examples));
      const NegativeItems third = a.choose(3, policy_, policy_.stack(), {});
      QVERIFY(!same(a.with_negatives(third), a.first.examples));
      QCOMPARE(b.choose(3, policy_, policy_.stack(), {}), third);  // whatever was asked for before
      QVERIFY(same(b.with_negatives(third), a.with_negatives(third)));
    }
    for (const char* how : {"prepared", "hard", "similar"}) QVERIFY(!source(with(how, 3), open_).choose);
  }

  /// Against each candidate scored alone in a pass of its own, then a full sort.
  void selfHardAreThePolicysLikeliest() {
    const c10::NoGradGuard no_grad;
    const ItemIndex items(read_item_texts(*workspace_, open_.data_set));
    for (const Preparation& preparation : {open_, listed_}) {
      const SourceOptions options = with("self-hard", 2);
      const ExampleSource self = source(options, preparation);
      const auto saved = read_examples(*workspace_, preparation.id, Role::Train);
      const NegativeItems samples =
          sample_for_policy(make_sampling(*workspace_, preparation, saved, options, {}), saved, 1);
      const NegativeItems chosen = self.choose(1, policy_, policy_.stack(), {});
      QCOMPARE(chosen.size(), saved.size());
      for (size_t i = 0; i < saved.size(); i += 5) {
        std::vector<std::pair<double, int64_t>> scored;
        for (const int64_t item : samples[i]) {
          const std::vector<PromptGroup> alone = {{self.first.examples[i].groups[0].prompt, {response(items, item)}}};
          const auto packed = pack(alone);
          scored.emplace_back(-response_log_probs(policy_.model.weights, policy_.stack(), packed).sum().item<double>(),
                              item);
        }
        std::sort(scored.begin(), scored.end());
        QCOMPARE(chosen[i], (std::vector<int64_t>{scored[0].second, scored[1].second}));
      }
      QCOMPARE(self.choose(1, policy_, policy_.stack(), {}), chosen);
      // Another policy makes other mistakes.
      Lora adapter = make_lora(policy_.model.weights.config, 2, 4, 3);
      Random random(5);
      for (at::Tensor weight : parameters(adapter)) {
        at::Tensor values = at::empty_like(weight);
        auto* value = values.mutable_data_ptr<float>();
        for (int64_t n = 0; n < values.numel(); ++n) value[n] = 0.3F * static_cast<float>(random.normal());
        weight.copy_(values);
      }
      const std::vector<const Lora*> changed = {&adapter};
      QVERIFY(self.choose(1, policy_, changed, {}) != chosen);
      QCOMPARE(self.with_negatives(chosen)[0].groups[0].responses[1], response(items, chosen[0][0]));
    }
  }

  void rosePoHasASmoothingForEachPair() {
    SourceOptions options = with("uniform", 3);
    options.resample = options.oracle = true;
    options.label_smoothing = 0.2;
    const ExampleSource rose = source(options, open_);
    const auto saved = read_examples(*workspace_, open_.id, Role::Train);
    const NegativeSampling sampling = make_sampling(*workspace_, open_, saved, options, {});
    for (const int64_t epoch : {0, 1}) {
      const NegativeItems negatives = rose.choose(epoch, policy_, policy_.stack(), {});
      const auto examples = rose.with_negatives(negatives);
      std::set<float> values;
      for (size_t i = 0; i < examples.size(); ++i) {
        QCOMPARE(examples[i].smoothing, pair_smoothing(sampling, saved[i], negatives[i]));
        values.insert(examples[i].smoothing.begin(), examples[i].smoothing.end());
      }
      QVERIFY(values.size() > 5 && *values.begin() >= 0 && *values.rbegin() <= 0.4F);
    }
    for (const TokenizedExample& e : rose.first.examples) QCOMPARE(e.smoothing.size(), size_t{3});
  }

  void givenPairsAreTakenAsTheyAre() {
    ImportOptions import;
    import.workspace = workspace_->folder();
    import.paths = {PREFSCOPE_TEST_DATA "/preferences/pairs.json"};
    import.name = "given";
    import.role = "train";
    const int64_t set = import_data(import, {}).data_set.id;
    const Preparation given = latest_preparation(*workspace_, set);
    const ExampleSource pairs = source(with("prepared", 0), given);
    QVERIFY(pairs.first.paired && !pairs.choose);
    const auto saved = read_examples(*workspace_, given.id, Role::Train);
    QCOMPARE(pairs.first.examples.size(), saved.size());
    for (size_t i = 0; i < saved.size(); ++i) {
      QCOMPARE(pairs.first.examples[i].groups.size(), saved[i].pairs.size());
      QCOMPARE(pairs.first.examples[i].groups[0].responses[1],
               response_ids(policy_.model, *saved[i].pairs[0].rejected));
      QCOMPARE(source(with("prepared", 1), given).first.examples[i].groups.size(), size_t{1});
    }
    QCOMPARE(pairs.first.examples[0].groups[0].responses.size(), size_t{2});
    SourceOptions sft;
    sft.sft = true;
    QVERIFY(!source(sft, given).first.paired);
    QVERIFY(
        message_of([&] { source(with("uniform", 1), given); }).starts_with("--negatives uniform: expected prepared"));
  }

  /// The model's positions bound prompt and response; where items are drawn anew the longest title counts from the
  /// start.
  void tooLongIsSaidBeforeTheFirstEpoch() {
    LanguageModel small = policy_.model;
    const auto longest = [&](const ExampleSource& s) {
      size_t tokens = 0;
      for (const TokenizedExample& e : s.first.examples) {
        for (const auto& response : e.groups[0].responses)
          tokens = std::max(tokens, e.groups[0].prompt.size() + response.size());
      }
      return static_cast<int64_t>(tokens);
    };
    SourceOptions sft;
    sft.sft = true;
    small.weights.config.max_positions = longest(source(sft, open_));
    const auto build = [&](const SourceOptions& options) {
      return message_of([&] { training_source(*workspace_, open_, small, options, {}); });
    };
    QCOMPARE(build(sft), std::string("no error"));
    --small.weights.config.max_positions;
    QVERIFY(build(sft).find("tokens, but the model has") != std::string::npos);
    QVERIFY(build(sft).starts_with("user ") && build(sft).ends_with("prepare with a shorter --history"));
    SourceOptions anew = with("uniform", 1);
    anew.resample = true;
    small.weights.config.max_positions = policy_.model.weights.config.max_positions;
    QCOMPARE(build(anew), std::string("no error"));
    size_t title = 0, prompt = 0;
    const ItemIndex items(read_item_texts(*workspace_, open_.data_set));
    for (const int64_t item : read_catalogue(*workspace_, open_.data_set))
      title = std::max(title, response(items, item).size());
    for (const TokenizedExample& e : source(sft, open_).first.examples)
      prompt = std::max(prompt, e.groups[0].prompt.size());
    small.weights.config.max_positions = static_cast<int64_t>(prompt + title);
    QCOMPARE(build(anew), std::string("no error"));
    --small.weights.config.max_positions;
    QVERIFY(build(anew).find("tokens") != std::string::npos);
    QVERIFY(build(with("self-hard", 1)).find("tokens") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(ExamplesTest)
#include "examples_test.moc"
