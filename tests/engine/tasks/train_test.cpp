// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/train.h"

#include <QtTest>
#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "engine/base/files.h"
#include "engine/store/runs.h"
#include "engine/tasks/estimate.h"
#include "tests/engine/messages.h"
#include "tests/engine/tasks/small_world.h"

using namespace prefscope;
namespace fs = std::filesystem;

class TrainTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path workspace_;
  Preparation preparation_;

  TrainOptions quick() const {
    TrainOptions options;
    options.workspace = workspace_;
    options.data_set = "small";
    options.batch_tokens = 500;
    options.epochs = 2;
    options.panel = 6;
    options.evaluations = 3;
    options.device = "cpu";
    return options;
  }
  int64_t log_probs() const {
    Workspace workspace(workspace_);
    return workspace.db().execAndGet("SELECT count(*) FROM reference_log_prob").getInt64();
  }
  std::string adapter(int64_t run, const char* folder = "adapter") const {
    return sha256_file(Workspace(workspace_).run_folder(run) / folder / "adapter_model.safetensors");
  }

 private Q_SLOTS:
  void initTestCase() {
    PrepareOptions options;
    options.candidates = 8;
    options.negatives = 3;
    preparation_ = make_small_world(dir_.path().toStdString(), 30, options);
    workspace_ = fs::path(dir_.path().toStdString()) / "workspace";
    QVERIFY(preparation_.panel_examples > 0);
  }

  void refusesWhatCannotBe_data() {
    QTest::addColumn<int>("which");
    QTest::addColumn<QString>("said");
    int which = 0;
    for (const char* said :
         {"--k: expected 1 .. 64, found 65", "--k: 3 negatives were prepared, found 4",
          "--negatives easy: expected one of prepared, uniform", "--negatives-model svd: expected one of popularity",
          "--resample: expected --negatives uniform or popularity, found hard",
          "--schedule: expected one of cosine, linear, constant, found steps", "--warm-up: expected 0 .. 1, found 1.5",
          "--clip: expected 0 (none) .. 1e6, found -1", "--pass-tokens: expected 1 .. 10000000, found 0",
          "--dtype: expected one of float32, bfloat16, float16, found int8", "--panel: expected 0 (none) .. 100000",
          "--evaluations: expected 0 .. 10000, found -1", "--stop-early: expected one of no, ndcg@5, hr@1, mrr, margin",
          "--stop-early: needs a panel to judge by", "--stop-early: needs several evaluations",
          "--patience: expected 1 .. 10000, found 0"})
      QTest::addRow("%s", said) << which++ << QString::fromLatin1(said);
  }
  void refusesWhatCannotBe() {
    QFETCH(int, which);
    QFETCH(QString, said);
    TrainOptions o = quick();
    const std::function<void()> changes[] = {[&] { o.k = 65; },
                                             [&] { o.k = 4; },
                                             [&] { o.negatives = "easy"; },
                                             [&] { o.negatives = "hard", o.negatives_model = "svd"; },
                                             [&] { o.negatives = "hard", o.resample = true; },
                                             [&] { o.schedule = "steps"; },
                                             [&] { o.warm_up = 1.5; },
                                             [&] { o.clip = -1; },
                                             [&] { o.pass_tokens = 0; },
                                             [&] { o.dtype = "int8"; },
                                             [&] { o.panel = -1; },
                                             [&] { o.evaluations = -1; },
                                             [&] { o.stop_early = "auc"; },
                                             [&] { o.stop_early = "mrr", o.panel = 0; },
                                             [&] { o.stop_early = "mrr", o.evaluations = 1; },
                                             [&] { o.patience = 0; }};
    changes[which]();
    const std::string message = message_of([&] { create_run(o); });
    QVERIFY2(message.starts_with(said.toStdString()), message.c_str());
    QCOMPARE(message_of([&] { estimate_training(o, {}); }), message);  // the estimate refuses the same
  }

  /// A preparation of before panels: it watches held-out users, and may not stop by them.
  void withoutAPanelNothingStopsEarly() {
    PrepareOptions options;
    options.candidates = 8;
    options.negatives = 3;
    options.seed = 5;
    const Preparation other = make_small_world(dir_.path().toStdString(), 30, options);
    Workspace workspace(workspace_);
    SQLite::Statement erase(workspace.db(), "DELETE FROM example WHERE preparation = ? AND role = 'panel'");
    erase.bind(1, other.id);
    erase.exec();
    TrainOptions o = quick();
    o.preparation = other.id;
    o.stop_early = "mrr";
    const std::string message = message_of([&] { create_run(o); });
    QVERIFY2(message.find("has no panel examples, and a run must not stop by the held-out users") != std::string::npos,
             message.c_str());
    o.stop_early = "no";
    o.epochs = 0.2;
    const int64_t run = create_run(o);
    train_run(workspace_, run, {});
    const auto scores = read_panel_scores(workspace, run);
    QVERIFY(!scores.empty());
    QVERIFY(read_example(workspace, scores.front().example).role == Role::HeldOut);
  }

  /// The second run of the same reference computes no log-prob of it again, and learns the same in every bit; a run on
  /// top of another has another reference.
  void referenceLogProbsAreKept() {
    TrainOptions o = quick();
    o.preparation = preparation_.id;
    const int64_t first = create_run(o);
    train_run(workspace_, first, {});
    const int64_t kept = log_probs();
    QVERIFY(kept > 6 * 8);
    const int64_t second = create_run(o);
    train_run(workspace_, second, {});
    QCOMPARE(log_probs(), kept);
    QCOMPARE(adapter(second), adapter(first));
    o.learning_rate = 1e-3;
    train_run(workspace_, create_run(o), {});
    QCOMPARE(log_probs(), kept);
    o.from_run = first;
    o.epochs = 0.2;
    train_run(workspace_, create_run(o), {});
    QVERIFY(log_probs() > kept);
  }

  void memoryAndPanelAreSaved() {
    TrainOptions o = quick();
    o.preparation = preparation_.id;
    const int64_t id = create_run(o);
    const TrainResult result = train_run(workspace_, id, {});
    Workspace workspace(workspace_);
    const Run run = read_run(workspace, id);
    QVERIFY(run.estimated_bytes.value() > (1 << 20));
    QVERIFY(run.peak_bytes.value() > (1 << 20));
    const auto panel = summarize_panel(read_panel_scores(workspace, id));
    QCOMPARE(panel.size(), size_t{4});  // before the first step, and three
    QCOMPARE(panel.front().step, int64_t{0});
    QCOMPARE(panel.front().examples, int64_t{6});
    QCOMPARE(panel.front().margin, 0.0);
    QCOMPARE(panel.back().step, result.steps);
  }

  void anEarlyStopLeavesBestAndLast() {
    TrainOptions o = quick();
    o.preparation = preparation_.id;
    o.epochs = 30;
    o.learning_rate = 0.02;
    o.schedule = "constant";
    o.stop_early = "mrr";
    o.patience = 2;
    o.evaluations = 30;
    const int64_t id = create_run(o);
    const TrainResult result = train_run(workspace_, id, {});
    Workspace workspace(workspace_);
    const Run run = read_run(workspace, id);
    QCOMPARE(run.status, RunStatus::Done);
    QVERIFY(run.steps_done < run.steps_total);
    QCOMPARE(result.steps, run.steps_done);
    QVERIFY2(run.message.starts_with("stopped early: mrr had its best "), run.message.c_str());
    QVERIFY(run.best_step && *run.best_step < run.steps_done);
    QVERIFY(adapter(id) != adapter(id, "adapter-last"));
  }

  void aRunFinishesWhenAsked() {
    TrainOptions o = quick();
    o.preparation = preparation_.id;
    o.epochs = 1000;
    const int64_t id = create_run(o);
    std::atomic<bool> asked = false;
    TaskContext context;
    context.progress = [&](const Progress& p) {
      if (p.stage.starts_with("Training") && !asked.exchange(true)) {
        Workspace workspace(workspace_);
        ask_to_finish(workspace, id);
      }
    };
    const TrainResult result = train_run(workspace_, id, context);
    Workspace workspace(workspace_);
    const Run run = read_run(workspace, id);
    QCOMPARE(run.status, RunStatus::Done);
    QCOMPARE(run.message,
             "finished early at step " + std::to_string(result.steps) + " of " + std::to_string(run.steps_total));
    QVERIFY(result.steps >= 1 && result.steps < run.steps_total);
    QVERIFY(fs::exists(workspace.run_folder(id) / "adapter" / "adapter_model.safetensors"));
    QVERIFY(!fs::exists(workspace.run_folder(id) / "checkpoint.safetensors"));
  }

  void passesMayShrinkBeforeGoingOn() {
    TrainOptions o = quick();
    o.preparation = preparation_.id;
    const int64_t id = create_run(o);
    change_pass_tokens(workspace_, id, 64);
    Workspace workspace(workspace_);
    QCOMPARE(nlohmann::json::parse(read_run(workspace, id).options).at("pass_tokens").get<int>(), 64);
    QVERIFY(message_of([&] { change_pass_tokens(workspace_, id, 0); }).starts_with("--pass-tokens: expected 1"));
    train_run(workspace_, id, {});
    QVERIFY(message_of([&] { change_pass_tokens(workspace_, id, 64); }).find("is done") != std::string::npos);
  }

  /// Every kind of negatives trains, and what it is stands in the run's options.
  void everyKindOfNegativesTrains() {
    for (const std::string& negatives : negative_samplings()) {
      TrainOptions o = quick();
      o.preparation = preparation_.id;
      o.negatives = negatives;
      o.k = 2;
      o.epochs = 1.2;
      o.resample = negatives == "uniform";
      const int64_t id = create_run(o);
      const TrainResult result = train_run(workspace_, id, {});
      QVERIFY(result.steps > 1);
      Workspace workspace(workspace_);
      QCOMPARE(nlohmann::json::parse(read_run(workspace, id).options).at("negatives").get<std::string>(), negatives);
    }
  }

  /// How the adapter is made is kept with the run and written as peft reads it.
  void adaptersAreMadeAsAsked() {
    TrainOptions o = quick();
    o.preparation = preparation_.id;
    o.rank = 3;
    o.alpha = 5;
    o.rs_lora = true;
    o.dropout = 0.2;
    o.targets = {"v_proj", "q_proj"};
    const int64_t id = create_run(o);
    train_run(workspace_, id, {});
    Workspace workspace(workspace_);
    const TrainOptions kept = options_of(workspace, read_run(workspace, id));
    QCOMPARE(kept.alpha, 5.0);
    QVERIFY(kept.rs_lora && kept.dropout == 0.2 && kept.targets == o.targets);
    const auto config = nlohmann::json::parse(read_file(workspace.run_folder(id) / "adapter/adapter_config.json"));
    QCOMPARE(config["r"].get<int>(), 3);
    QCOMPARE(config["lora_alpha"].get<double>(), 5.0);
    QCOMPARE(config["lora_dropout"].get<double>(), 0.2);
    QCOMPARE(config["use_rslora"].get<bool>(), true);
    QCOMPARE(config["target_modules"].dump(), std::string(R"(["q_proj","v_proj"])"));
    const auto refused = [&](const char* what) { return holds(message_of([&] { create_run(o); }), what); };
    o.targets = {"q_proj", "lm_head"};
    QVERIFY(refused("target module \"lm_head\""));
    o.dropout = 1;
    QVERIFY(refused("--dropout: expected 0 .. below 1, found 1"));
    o.alpha = -1;
    QVERIFY(refused("--alpha: expected 0"));
  }

  /// Steps, examples and tokens are those of the run itself; a done run corrects the next estimate.
  void estimatesAreTrue() {
    TrainOptions o = quick();
    o.preparation = preparation_.id;
    o.rank = 7;  // no run so far
    const TrainEstimate before = estimate_training(o, {});
    QVERIFY(before.memory_bytes > (int64_t{50} << 20) && before.memory_bytes < (int64_t{4} << 30));
    QVERIFY(before.available_bytes > 0);
    QVERIFY(before.seconds > 0);
    QVERIFY(before.longest > 10 && before.longest <= before.positions);
    const int64_t id = create_run(o);
    train_run(workspace_, id, {});
    Workspace workspace(workspace_);
    const auto metrics = read_step_metrics(workspace, id);
    QCOMPARE(before.steps, static_cast<int64_t>(metrics.size()));
    QCOMPARE(before.examples, 2 * preparation_.train_examples);
    int64_t tokens = 0;
    double seconds = 0;
    for (const StepMetric& m : metrics) tokens += m.tokens, seconds += m.seconds;
    QVERIFY(before.tokens >= tokens);  // prefixes that responses share are packed once
    QVERIFY(before.tokens < 2 * tokens);
    const TrainEstimate after = estimate_training(o, {});
    QVERIFY(after.corrected);
    QVERIFY(after.seconds > 0.5 * seconds);
  }
};

QTEST_GUILESS_MAIN(TrainTest)
#include "train_test.moc"
