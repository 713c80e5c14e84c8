// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/first_run.h"

#include <QtTest>

#include "engine/base/files.h"
#include "engine/store/runs.h"
#include "engine/store/scores.h"
#include "engine/tasks/explain.h"
#include "engine/tasks/rationale_check.h"

using namespace prefscope;
namespace fs = std::filesystem;

/// What the first start opens on, from what is bundled.
class FirstRunTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path workspace() const { return fs::path(dir_.path().toStdString()) / "workspace"; }
  SampleStart start_;

 private Q_SLOTS:
  void opensOnAFinishedRun() {
    start_ = open_sample_world(workspace(), {});
    QVERIFY2(start_.sft > 0 && start_.dmpo > 0,
             "the bundled run is of another starter: packaging/starter.sh makes both");
    QVERIFY(!start_.user.empty());
    QVERIFY(sample_training_seconds() > 0);
    Workspace w(workspace());
    const Preparation p = read_preparation(w, start_.preparation);
    QCOMPARE(p.train_examples, sample_train_users);
    QCOMPARE(p.held_out_examples, int64_t{240});
    const Run sft = read_run(w, start_.sft), dmpo = read_run(w, start_.dmpo);
    QVERIFY(sft.status == RunStatus::Done && dmpo.status == RunStatus::Done);
    QCOMPARE(dmpo.parent, std::optional<int64_t>(start_.sft));
    QVERIFY(dmpo.steps_done > 10);
    QCOMPARE(static_cast<int64_t>(read_step_metrics(w, dmpo.id).size()), dmpo.steps_done);
    QVERIFY(!read_panel_scores(w, dmpo.id).empty());
  }

  /// The case that the window shows: DMPO brought the target to the first or second place.
  void theCaseIsAsPromised() {
    RankOptions options;
    options.workspace = workspace();
    options.run = start_.dmpo;
    options.user = start_.user;
    const RankResult ranked = rank(options, {});
    QVERIFY2(ranked.target_rank <= 2 && ranked.target_rank < ranked.reference_rank,
             std::to_string(ranked.target_rank).c_str());
    QVERIFY(ranked.example.role == Role::HeldOut);
  }

  void opensAgainAsItIs() {
    const SampleStart again = open_sample_world(workspace(), {});
    QCOMPARE(again.preparation, start_.preparation);
    QCOMPARE(again.sft, start_.sft);
    QCOMPARE(again.dmpo, start_.dmpo);
    Workspace w(workspace());
    QCOMPARE(list_runs(w).size(), size_t{2});
  }

  /// Held to the history every quoted title is of it, whatever the temperature; the causes of the bundled users are
  /// known, and the oracle is the best that can be said.
  void rationalesAreChecked() {
    RationaleCheckOptions options;
    options.workspace = workspace();
    options.run = start_.dmpo;
    options.users = 12;
    options.hold_titles = true;
    options.temperature = 1.5;
    const RationaleReport held = check_rationales(options, {});
    QCOMPARE(held.rationales.size(), size_t{12});
    QVERIFY(held.titles > 0);
    QCOMPARE(held.titles_in_history, held.titles);
    QCOMPARE(held.titles_invented, 0);
    QCOMPARE(held.titles_repeated, 0);
    QVERIFY(held.note.find("held to") != std::string::npos);
    QVERIFY(held.truth && held.truth->users == 12);
    QVERIFY(held.truth->oracle.value >= held.truth->rationale.value);
    QVERIFY(held.truth->oracle.value >= held.truth->most_frequent.value);
    QCOMPARE(check_rationales(options, {}).rationales.back().text, held.rationales.back().text);  // the seed decides
    QVERIFY(held.faithfulness.users > 0);
    QVERIFY(std::abs(held.faithfulness.cited.value - held.faithfulness.random.value -
                     held.faithfulness.cited_less_random.value) < 1e-9);
  }
};

QTEST_GUILESS_MAIN(FirstRunTest)
#include "first_run_test.moc"
