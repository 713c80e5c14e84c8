// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/run_bundle.h"

#include <QtTest>
#include <fstream>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/store/preparations.h"
#include "engine/store/runs.h"
#include "tests/engine/messages.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

/// One set of two users (keys a, b), both with a panel example; a model; and where asked a run of two steps.
void fill(Workspace& workspace, bool with_run) {
  workspace.db().exec(R"(
    INSERT INTO data_set(id, name, format, source, content_hash, imported_at) VALUES (1, 'set', 'csv', '', '', '');
    INSERT INTO user(id, data_set, key) VALUES (1, 1, 'a'), (2, 1, 'b');
    INSERT INTO model(id, name, path, weights_hash, config, added_at) VALUES (1, 'm', 'm', 'h', '{}', '');
    INSERT INTO preparation(id, data_set, created_at, split, candidates, negatives, history, held_out, prompt, template,
      orders, seed, protocol) VALUES (1, 1, '', 'leave-last-out', 3, 1, 2, 0.5, 'open', '', 1, 0, ''))");
  // The panel's ids differ between the workspaces; users are the same.
  workspace.db().exec(with_run ? "INSERT INTO example(id, data_set, preparation, position, role, user) VALUES "
                                 "(11, 1, 1, 0, 'panel', 1), (12, 1, 1, 1, 'panel', 2)"
                               : "INSERT INTO example(id, data_set, preparation, position, role, user) VALUES "
                                 "(31, 1, 1, 0, 'panel', 2)");
  if (!with_run) return;
  workspace.db().exec(R"(
    INSERT INTO run(id, data_set, preparation, model, name, objective, options, status, steps_done, steps_total, seconds,
      created_at) VALUES (5, 1, 1, 1, 'DMPO 5', 'dmpo', '{"beta":1.0,"seed":3}', 'done', 2, 2, 7.5, ''))");
  StepMetric first{1, 0.5, 0.7, 0.1, -0.2, 0.3, 0.75, 1e-3, 0.4, 100, 0.25}, second = first;
  second.step = 2;
  second.margin.reset();
  save_step_metric(workspace, 5, first);
  save_step_metric(workspace, 5, second);
  save_panel_scores(workspace, 5, {{0, 11, 0, 0, 3}, {0, 12, 0, 0, 2}, {2, 11, 0.5, -0.25, 1}, {2, 12, 0.125, 0, 2}});
  write_file_atomically(workspace.run_folder(5) / "adapter" / "adapter_config.json", "{}");
  write_file_atomically(workspace.run_folder(5) / "adapter" / "adapter_model.safetensors", "weights");
}

}  // namespace

class RunBundleTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path root() const { return dir_.path().toStdString(); }

 private Q_SLOTS:
  void goesToAnotherWorkspace() {
    Workspace from(root() / "from"), to(root() / "to");
    fill(from, true);
    fill(to, false);
    save_run_bundle(from, 5, root() / "bundle");
    const int64_t id = load_run_bundle(to, root() / "bundle", 1, 1, {});
    const Run run = read_run(to, id);
    QCOMPARE(run.name, std::string("DMPO 5"));
    QCOMPARE(run.objective, std::string("dmpo"));
    QVERIFY(run.status == RunStatus::Done);
    QCOMPARE(run.steps_done, int64_t{2});
    QCOMPARE(run.seconds, 8.0);  // 7.5, and a quarter for each of the two steps that were saved
    QVERIFY(run.options.find("\"beta\":1.0") != std::string::npos);
    const auto ours = read_step_metrics(from, 5), theirs = read_step_metrics(to, id);
    QCOMPARE(theirs.size(), size_t{2});
    for (size_t i = 0; i < 2; ++i) {
      QCOMPARE(theirs[i].step, ours[i].step);
      QCOMPARE(theirs[i].loss, ours[i].loss);
      QCOMPARE(theirs[i].margin, ours[i].margin);
      QCOMPARE(theirs[i].reward_rejected, ours[i].reward_rejected);
      QCOMPARE(theirs[i].tokens, ours[i].tokens);
      QCOMPARE(theirs[i].seconds, ours[i].seconds);
    }
    // User a has no panel example there; b's is found by the key.
    const auto panel = read_panel_scores(to, id);
    QCOMPARE(panel.size(), size_t{2});
    QCOMPARE(panel.back().example, int64_t{31});
    QCOMPARE(panel.back().ratio_chosen, 0.125);
    QCOMPARE(read_file(to.run_folder(id) / "adapter" / "adapter_model.safetensors"), std::string("weights"));
  }

  void aBrokenBundleLeavesNothing() {
    Workspace to(root() / "broken");
    fill(to, false);
    const fs::path bundle = root() / "bad";
    fs::create_directories(bundle);
    const auto refused = [&](const std::string& text, const char* named) {
      std::ofstream(bundle / "run.json") << text;
      const std::string message = message_of([&] { load_run_bundle(to, bundle, 1, 1, {}); });
      QVERIFY2(message.find(named) != std::string::npos, message.c_str());
      QVERIFY(list_runs(to).empty());
    };
    refused("not JSON", "run.json");
    refused("{}", "run.json");
    refused(R"({"name":"x","objective":"dmpo","options":{},"seconds":1,"steps":[[1]],"panel":[]})", "run.json");
    // Whole, but without its adapter.
    refused(R"({"name":"x","objective":"dmpo","options":{},"seconds":1,"steps":[],"panel":[]})", "adapter_config.json");
    QVERIFY(message_of([&] { save_run_bundle(to, 77, bundle); }).find("no run 77") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(RunBundleTest)
#include "run_bundle_test.moc"
