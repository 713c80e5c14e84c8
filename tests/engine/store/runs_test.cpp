// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/runs.h"

#include <QtTest>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/store/run_lock.h"
#include "tests/engine/messages.h"
#include "tests/engine/store/small_store.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

StepMetric step(int64_t number, double seconds = 0.5) {
  StepMetric m;
  m.step = number;
  m.epoch = 0.25 * static_cast<double>(number);
  m.loss = 1.0 / static_cast<double>(number);
  m.learning_rate = 1e-4;
  m.gradient_norm = 2;
  m.tokens = 100 * number;
  m.seconds = seconds;
  return m;
}

/// What a second process does: trains run 2, that is, holds its lock, until its input ends.
int hold_lock(const char* folder) {
  const auto lock = RunLock::take(folder);
  if (!lock) return 1;
  std::puts("held");
  std::fflush(stdout);
  std::getchar();
  return 0;
}

}  // namespace

class RunsTest : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> dir_;
  std::unique_ptr<Workspace> workspace_;

  int64_t count(const std::string& table) {
    return workspace_->db().execAndGet("SELECT count(*) FROM " + table).getInt64();
  }
  /// A process of its own that holds the lock of a run.
  std::unique_ptr<QProcess> trainer(int64_t run) {
    auto process = std::make_unique<QProcess>();
    process->start(QCoreApplication::applicationFilePath(),
                   {QStringLiteral("--hold-lock"), QString::fromStdString(workspace_->run_folder(run).string())});
    if (!process->waitForReadyRead(10'000) || process->readAllStandardOutput() != "held\n") qFatal("no second process");
    return process;
  }

 private Q_SLOTS:
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    workspace_ = std::make_unique<Workspace>(dir_->path().toStdString());
    fill_small_store(*workspace_);
  }
  void cleanup() {
    workspace_.reset();
    dir_.reset();
  }

  void listsAndReads() {
    const auto runs = list_runs(*workspace_);
    QCOMPARE(runs.size(), size_t{2});
    QCOMPARE(runs[1].name, std::string("dmpo"));
    QCOMPARE(runs[1].parent, std::optional<int64_t>(1));
    QVERIFY(!runs[0].parent);
    QCOMPARE(runs[0].options, std::string("{}"));
    QCOMPARE(list_runs(*workspace_, 1).size(), size_t{2});
    QVERIFY(list_runs(*workspace_, 2).empty());
    QCOMPARE(read_run(*workspace_, 2).objective, std::string("dmpo"));
    QVERIFY(message_of([&] { read_run(*workspace_, 3); }).starts_with("there is no run 3 in this workspace"));
    QCOMPARE(read_model(*workspace_, 1).name, std::string("tiny"));
    QCOMPARE(list_models(*workspace_).size(), size_t{1});
    QCOMPARE(message_of([&] { read_model(*workspace_, 2); }), std::string("there is no model 2 in this workspace"));
  }

  /// A finished run has a time of its end, one that waits or runs has none, whatever it was before.
  void statusesComeBack() {
    for (const RunStatus status :
         {RunStatus::Done, RunStatus::Queued, RunStatus::Failed, RunStatus::Running, RunStatus::Stopped}) {
      set_run_status(*workspace_, 1, status, std::string("because ") + status_name(status));
      const Run run = read_run(*workspace_, 1);
      QCOMPARE(run.status, status);
      QCOMPARE(run.message, std::string("because ") + status_name(status));
      QCOMPARE(run.finished_at.empty(), status == RunStatus::Queued || status == RunStatus::Running);
    }
    QCOMPARE(QByteArray(status_name(RunStatus::Queued)), QByteArray("queued"));
    QCOMPARE(read_run(*workspace_, 2).status, RunStatus::Done);  // the other one is as it was
  }

  /// Steps of 0.5, 0.25 and 1 s: 1.75 s, and absent figures stay absent.
  void stepsAddUp() {
    StepMetric full = step(2, 0.25);
    full.reward_chosen = -0.5, full.reward_rejected = -1.5, full.margin = 1, full.accuracy = 0.75;
    save_step_metric(*workspace_, 2, step(1));
    save_step_metric(*workspace_, 2, full);
    save_step_metric(*workspace_, 2, step(3, 1));
    const Run run = read_run(*workspace_, 2);
    QCOMPARE(run.steps_done, int64_t{3});
    QCOMPARE(run.seconds, 1.75);
    const auto metrics = read_step_metrics(*workspace_, 2);
    QCOMPARE(metrics.size(), size_t{3});
    QVERIFY(!metrics[0].reward_chosen && !metrics[0].reward_rejected && !metrics[0].margin && !metrics[0].accuracy);
    QVERIFY(metrics[1].reward_chosen == -0.5 && metrics[1].reward_rejected == -1.5 && metrics[1].margin == 1.0 &&
            metrics[1].accuracy == 0.75);
    QCOMPARE(metrics[2].loss, 1.0 / 3);
    QCOMPARE(metrics[2].epoch, 0.75);
    QCOMPARE(metrics[2].tokens, int64_t{300});
    const auto later = read_step_metrics(*workspace_, 2, 2);
    QCOMPARE(later.size(), size_t{1});
    QCOMPARE(later[0].step, int64_t{3});
    QVERIFY(read_step_metrics(*workspace_, 1).empty());
  }

  /// The same step twice: neither the second metric nor its seconds are taken.
  void stepIsSavedOnce() {
    save_step_metric(*workspace_, 2, step(1));
    QVERIFY_THROWS_EXCEPTION(SQLite::Exception, save_step_metric(*workspace_, 2, step(1, 9)));
    QCOMPARE(read_run(*workspace_, 2).seconds, 0.5);
  }

  /// Five steps were counted but the checkpoint that is left is of step 3: steps 4 and 5 go, with their seconds.
  void beginningAgainDropsWhatTheCheckpointLost() {
    for (int64_t n = 1; n <= 5; ++n) save_step_metric(*workspace_, 2, step(n));
    save_step_metric(*workspace_, 1, step(5));
    set_run_status(*workspace_, 2, RunStatus::Failed, "out of memory");
    begin_steps(*workspace_, 2, 8, 3);
    const Run run = read_run(*workspace_, 2);
    QCOMPARE(run.status, RunStatus::Running);
    QCOMPARE(run.message, std::string());
    QCOMPARE(run.steps_done, int64_t{3});
    QCOMPARE(run.steps_total, int64_t{8});
    QCOMPARE(run.seconds, 1.5);
    QCOMPARE(read_step_metrics(*workspace_, 2).size(), size_t{3});
    QCOMPARE(read_step_metrics(*workspace_, 1).size(), size_t{1});
    save_step_metric(*workspace_, 2, step(4));  // and the step can be taken again
    begin_steps(*workspace_, 2, 8, 0);
    QCOMPARE(read_run(*workspace_, 2).seconds, 0.0);
    QVERIFY(read_step_metrics(*workspace_, 2).empty());
  }

  void lockIsHeldOnceAndLetGo() {
    const fs::path folder = workspace_->run_folder(2);
    {
      auto lock = RunLock::take(folder);
      QVERIFY(lock.has_value());
      QVERIFY(!RunLock::take(folder));
      QVERIFY(RunLock::take(workspace_->run_folder(1)).has_value());
      const RunLock moved = std::move(*lock);
      lock.reset();
      QVERIFY(!RunLock::take(folder));  // moving it does not let it go
    }
    QVERIFY(RunLock::take(folder).has_value());
    write_file_atomically(dir_->path().toStdString() + "/plain", "");
    QVERIFY_THROWS_EXCEPTION(Error, RunLock::take(fs::path(dir_->path().toStdString()) / "plain" / "1"));
  }

  /// Run 1 was left "running" by a process that died; run 2 is trained by one that lives.
  void onlyInterruptedRunsAreMarked() {
    workspace_->db().exec(
        "INSERT INTO run(id, data_set, preparation, model, parent, name, objective, options, status, created_at) "
        "VALUES (3, 1, 1, 1, NULL, 'q', 'sft', '{}', 'queued', '')");
    set_run_status(*workspace_, 1, RunStatus::Running);
    set_run_status(*workspace_, 2, RunStatus::Running);
    const auto process = trainer(2);
    mark_interrupted_runs(*workspace_);
    QCOMPARE(read_run(*workspace_, 1).status, RunStatus::Stopped);
    QCOMPARE(read_run(*workspace_, 1).message, std::string("interrupted"));
    QCOMPARE(read_run(*workspace_, 2).status, RunStatus::Running);
    QCOMPARE(read_run(*workspace_, 3).status, RunStatus::Queued);
    process->kill();  // SIGKILL: the system lets the lock go
    QVERIFY(process->waitForFinished(10'000));
    mark_interrupted_runs(*workspace_);
    QCOMPARE(read_run(*workspace_, 2).status, RunStatus::Stopped);
    QVERIFY(RunLock::take(workspace_->run_folder(2)).has_value());  // marking does not keep the lock
  }

  void deletingTakesMetricsScoresAndFolder() {
    save_step_metric(*workspace_, 2, step(1));
    workspace_->db().exec(
        "INSERT INTO response_score VALUES (1, 1, 1, NULL, 0, 0, -1, 1, x'00000000', x'00000000'),"
        "(2, 1, 1, 2, 0, 0, -1, 1, x'00000000', x'00000000')");
    write_file_atomically(workspace_->run_folder(2) / "checkpoint" / "adapter", "weights");
    write_file_atomically(workspace_->run_folder(1) / "adapter", "weights");
    delete_run(*workspace_, 2);
    QCOMPARE(count("run"), int64_t{1});
    QCOMPARE(count("step_metric"), int64_t{0});
    QCOMPARE(count("response_score"), int64_t{1});
    QVERIFY(!fs::exists(workspace_->run_folder(2)));
    QVERIFY(fs::exists(workspace_->run_folder(1) / "adapter"));
    delete_run(*workspace_, 1);  // nothing builds on it any more
    QCOMPARE(count("run"), int64_t{0});
  }

  void deletingIsRefusedWhileAnotherBuildsOnTheRun() {
    write_file_atomically(workspace_->run_folder(1) / "adapter", "weights");
    QCOMPARE(message_of([&] { delete_run(*workspace_, 1); }),
             std::string("run 2 builds on run 1; delete that one first"));
    QCOMPARE(count("run"), int64_t{2});
    QCOMPARE(read_file(workspace_->run_folder(1) / "adapter"), std::string("weights"));
  }

  void deletingIsRefusedWhileTheRunIsTrained() {
    write_file_atomically(workspace_->run_folder(2) / "adapter", "weights");
    const auto process = trainer(2);
    QCOMPARE(message_of([&] { delete_run(*workspace_, 2); }), std::string("run 2 is being trained; stop it first"));
    QVERIFY(fs::exists(workspace_->run_folder(2) / "adapter"));
    process->closeWriteChannel();
    QVERIFY(process->waitForFinished(10'000));
    delete_run(*workspace_, 2);
    QCOMPARE(count("run"), int64_t{1});
  }
};

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--hold-lock") return hold_lock(argv[2]);
  QCoreApplication app(argc, argv);
  RunsTest test;
  return QTest::qExec(&test, argc, argv);
}
#include "runs_test.moc"
