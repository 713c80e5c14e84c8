// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <chrono>
#include <thread>

#include "tests/engine/train/small_training.h"

using namespace prefscope;

class ResumeTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
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

  /// With everything on: rejected items that change by epoch (drawn by the seed, or by the policy itself), a panel, and
  /// an early stop. Broken off at three random steps, each from a checkpoint that is older than what was reported, as
  /// after a kill.
  void everythingOnEndsInTheSameBits_data() {
    QTest::addColumn<bool>("self_hard");
    QTest::newRow("drawn anew") << false;
    QTest::newRow("self-hard") << true;
  }
  void everythingOnEndsInTheSameBits() {
    QFETCH(bool, self_hard);
    const ExampleSource source = drawn_source(8, 5, self_hard);
    const auto options_in = [](const QTemporaryDir& dir) {
      TrainingOptions options = small_options(Form::Plain, dir);
      options.epochs = 4;
      options.panel = random_panel(6, 2);
      options.evaluations = 6;
      options.stop_early = "margin";
      options.patience = 100;
      options.lora = {
          .rank = 3, .alpha = 4, .rank_stabilized = true, .dropout = 0.3, .targets = {"q_proj", "down_proj"}};
      return options;
    };
    QTemporaryDir dir, broken;
    const Outcome whole = train(source, options_in(dir));
    QVERIFY(whole.total >= 12);
    const TrainingOptions options = options_in(broken);
    const fs::path kept = options.checkpoint.parent_path() / "kept";
    Random random({static_cast<uint64_t>(self_hard), 0x6b});
    int64_t done = 0;
    Outcome last;
    std::vector<StepMetric> steps;
    std::vector<PanelScore> panel;
    const auto take = [&](const Outcome& part) {  // as begin_steps does: what came after the checkpoint is forgotten
      std::erase_if(steps, [&](const StepMetric& m) { return m.step > part.done; });
      std::erase_if(panel, [&](const PanelScore& p) { return p.step > part.done; });
      for (const PanelScore& score : part.panel)  // one of exactly the checkpoint's step is written again, the same
        std::erase_if(panel, [&](const PanelScore& p) { return p.step == score.step && p.example == score.example; });
      steps.insert(steps.end(), part.steps.begin(), part.steps.end());
      panel.insert(panel.end(), part.panel.begin(), part.panel.end());
    };
    for (int kill = 0; kill < 3; ++kill) {
      const int64_t saved = done + 1 + static_cast<int64_t>(random.below(3));
      take(train(source, options, saved));
      fs::copy_file(options.checkpoint, kept, fs::copy_options::overwrite_existing);
      take(train(source, options, saved + 1));
      fs::rename(kept, options.checkpoint);
      done = saved;
    }
    last = train(source, options);
    QCOMPARE(last.done, done);
    take(last);
    QVERIFY(same_steps(steps, whole.steps));
    QVERIFY(same_scores(panel, whole.panel));
    QVERIFY(same_bits(last.adapter, whole.adapter));
    QCOMPARE(last.best_step, whole.best_step);
    if (whole.best_step) QVERIFY(same_bits(last.last, whole.last));
  }

  /// An evaluation at exactly the checkpoint's step is neither lost nor taken twice.
  void evaluationsAreTakenOnce() {
    QTemporaryDir dir;
    const TrainingExamples all = random_examples(Form::Plain, 12, 3);
    TrainingOptions options = small_options(Form::Plain, dir);
    options.panel = random_panel(4, 1);
    options.evaluations = 4;
    const Outcome first = train(all, options, 1);  // the stop is seen at the end of step 1, before an evaluation
    QCOMPARE(first.evaluations, int64_t{1});
    const int64_t next = plan_evaluations(first.total, 4)[1];
    const Outcome second = train(all, options, next);  // stopped with the step done, and not evaluated yet
    QCOMPARE(second.evaluations, int64_t{0});
    const Outcome third = train(all, options, next + 1);
    QCOMPARE(third.evaluations, int64_t{1});
    QCOMPARE(third.panel.front().step, next);
    const Outcome rest = train(all, options);
    QCOMPARE(rest.evaluations, int64_t{3});
    QCOMPARE(train(all, options).evaluations, int64_t{0});
  }

  /// What another run has kept in the meantime does not change a run that goes on.
  void othersLogProbsDoNotDisturb() {
    QTemporaryDir dir, broken;
    const TrainingExamples all = random_examples(Form::Plain, 12, 3);
    const Outcome whole = train(all, small_options(Form::Plain, dir));
    TrainingOptions options = small_options(Form::Plain, broken);
    train(all, options, 2);
    options.find_log_probs = [](const std::vector<std::string>& responses) {
      return std::vector<std::optional<double>>(responses.size(), -1.5);
    };
    QVERIFY(same_bits(train(all, options).adapter, whole.adapter));
  }

  /// A step that is broken off reports its log-probs of the reference when it is taken in the end.
  void noLogProbIsLostToAStop() {
    QTemporaryDir dir;
    const TrainingExamples all = random_examples(Form::Plain, 60, 8);
    TrainingOptions options = small_options(Form::Plain, dir);
    options.batch_tokens = 1'000'000;
    options.epochs = 1;
    int64_t computed = 0, stops = 0;
    for (double wait_ms = 2;; wait_ms *= 1.3) {
      std::stop_source stop;
      std::jthread stopper([&] {
        std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(wait_ms));
        stop.request_stop();
      });
      const Outcome outcome = train(all, options, 0, stop);
      computed += outcome.computed;
      if (!outcome.adapter.empty()) break;
      ++stops;
    }
    qInfo("stopped %d times", static_cast<int>(stops));
    QCOMPARE(computed, distinct_responses({&all}));
  }
};

QTEST_GUILESS_MAIN(ResumeTest)
#include "resume_test.moc"
