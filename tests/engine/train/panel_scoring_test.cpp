// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/panel_scoring.h"

#include <QtTest>
#include <chrono>
#include <cmath>
#include <thread>

#include "tests/engine/train/small_training.h"

using namespace prefscope;

class PanelScoringTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void scoresAreWhatTheyAreCalled() {
    const TrainingExamples panel = random_panel(5, 3);
    const LoadedPolicy reference = small_policy();
    const Lora trained = lively_lora(small_config(), 3, 6, 4);
    std::vector<const Lora*> stack = reference.stack();
    stack.push_back(&trained);
    KnownLogProbs known;
    std::vector<ReferenceLogProb> fresh;
    const auto scores = score_panel(reference, stack, panel, 7, 100, known, fresh, {});
    QCOMPARE(scores.size(), size_t{5});
    QCOMPARE(fresh.size(), size_t{40});
    for (size_t e = 0; e < 5; ++e) {
      const PackedForest packed = pack(panel.examples[e].groups);
      const auto sums = [&](LoraStack adapters) {
        return sum_by_response(response_log_probs(reference.model.weights, adapters, packed), packed.response_begin);
      };
      const at::Tensor now = sums(stack), ratio = now - sums(reference.stack());
      QCOMPARE(scores[e].step, int64_t{7});
      QCOMPARE(scores[e].example, panel.examples[e].id);
      QVERIFY(std::abs(scores[e].ratio_chosen - ratio[0].item<double>()) < 1e-4);
      QVERIFY(std::abs(scores[e].ratio_rejected - ratio.narrow(0, 1, 7).mean().item<double>()) < 1e-4);
      QCOMPARE(scores[e].target_rank, 1 + now.gt(now[0]).sum().item<double>());
    }
  }

  /// Given pairs: the rank among the two of each pair, its mean over pairs.
  void givenPairsAreListsOfTwo() {
    const TrainingExamples panel = random_examples(Form::Paired, 5, 3);
    const LoadedPolicy reference = small_policy();
    KnownLogProbs known;
    std::vector<ReferenceLogProb> fresh;
    const auto scores = score_panel(reference, reference.stack(), panel, 0, 1000, known, fresh, {});
    for (size_t e = 0; e < 5; ++e) {
      const PackedForest packed = pack(panel.examples[e].groups);
      const at::Tensor sums =
          sum_by_response(response_log_probs(reference.model.weights, reference.stack(), packed), packed.response_begin)
              .view({3, 2});
      QCOMPARE(scores[e].ratio_chosen, 0.0);  // the policy is the reference
      QCOMPARE(scores[e].ratio_rejected, 0.0);
      QVERIFY(std::abs(scores[e].target_rank - (1 + sums.select(1, 1).gt(sums.select(1, 0)).sum().item<double>() / 3)) <
              1e-12);
    }
  }

  void watchingChangesNoBit() {
    const TrainingExamples all = random_examples(Form::Plain, 12, 3);
    QTemporaryDir one, two;
    TrainingOptions watched = small_options(Form::Plain, two);
    watched.panel = random_panel(6, 2);
    const Outcome a = train(all, small_options(Form::Plain, one)), b = train(all, watched);
    QCOMPARE(b.evaluations, static_cast<int64_t>(plan_evaluations(b.total, 10).size()));
    QVERIFY(same_steps(a.steps, b.steps));
    QVERIFY(same_bits(a.adapter, b.adapter));
    for (const PanelScore& score : b.panel)
      if (score.step == 0) QVERIFY(score.ratio_chosen == 0 && score.ratio_rejected == 0);
  }

  /// The adapter that is kept is the one of the best evaluation: a training that ends there without a watch has the
  /// same.
  void anEarlyStopKeepsTheBest() {
    const TrainingExamples all = random_examples(Form::Plain, 12, 3);
    QTemporaryDir one, two;
    TrainingOptions options = small_options(Form::Plain, one);
    options.epochs = 20;
    options.schedule = Schedule::Constant;
    options.learning_rate = 0.03;
    options.panel = random_panel(20, 2);  // other users of a random model: what is learned does not help them for long
    options.evaluations = 40;
    options.stop_early = "mrr";
    options.patience = 3;
    const Outcome stopped = train(all, options);
    const auto panel = summarize_panel(stopped.panel);
    size_t best = 0;
    for (size_t i = 0; i < panel.size(); ++i) best = panel[i].mrr > panel[best].mrr ? i : best;
    QCOMPARE(panel.size(), best + 4);  // three without a better one
    QVERIFY(static_cast<int64_t>(stopped.steps.size()) < stopped.total);
    QCOMPARE(stopped.best_step, std::optional(panel[best].step));
    QVERIFY2(
        says(stopped.message, {"stopped early: mrr had its best ", " at step " + std::to_string(panel[best].step)}),
        stopped.message.c_str());
    QVERIFY(!same_bits(stopped.adapter, stopped.last));

    TrainingOptions watched_not = options;
    watched_not.checkpoint = fs::path(two.path().toStdString()) / "checkpoint.safetensors";
    watched_not.panel = {};
    watched_not.stop_early = "no";
    const auto asked = std::make_shared<int64_t>(0);
    const Outcome at_best =
        train(ExampleSource{all, {}, {}}, watched_not, 0, {}, [&, asked] { return (*asked)++ == panel[best].step; });
    QVERIFY(same_bits(stopped.adapter, at_best.adapter));
  }

  void aStopIsSeenInTheMidstOfAPanel() {
    QTemporaryDir dir;
    TrainingOptions options = small_options(Form::Plain, dir);
    options.panel = random_panel(3000, 2);
    std::stop_source stop;
    std::chrono::steady_clock::time_point asked;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      asked = std::chrono::steady_clock::now();
      stop.request_stop();
    });
    const Outcome outcome = train(random_examples(Form::Plain, 12, 3), options, 0, stop);
    const double waited = std::chrono::duration<double>(std::chrono::steady_clock::now() - asked).count();
    QVERIFY(outcome.adapter.empty() && outcome.steps.empty());
    QVERIFY2(waited < 0.2, std::to_string(waited).c_str());
  }
};

QTEST_GUILESS_MAIN(PanelScoringTest)
#include "panel_scoring_test.moc"
