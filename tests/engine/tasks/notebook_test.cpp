// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/notebook.h"

#include <QtTest>

#include "engine/base/files.h"
#include "engine/explain/case_html.h"
#include "engine/explain/case_json.h"
#include "engine/store/results.h"
#include "engine/store/runs.h"
#include "engine/tasks/open_case.h"
#include "engine/tasks/train.h"
#include "tests/engine/messages.h"
#include "tests/engine/tasks/small_world.h"

using namespace prefscope;
namespace fs = std::filesystem;

/// Cases of a real run, frozen, opened again, and taken to other workspaces.
class NotebookTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  Preparation preparation_;
  int64_t run_ = 0, case_ = 0, base_case_ = 0;
  CaseReport report_;

  fs::path root() const { return fs::path(dir_.path().toStdString()); }
  fs::path folder() const { return root() / "workspace"; }
  RankOptions options(std::optional<int64_t> run) const {
    RankOptions o;
    o.workspace = folder();
    o.data_set = "small";
    o.preparation = preparation_.id;
    o.run = run;
    Workspace workspace(folder());
    o.user = read_examples(workspace, preparation_.id, Role::HeldOut).front().user_key;
    return o;
  }
  static PrepareOptions prepare_options() {
    PrepareOptions prepare;
    prepare.candidates = 8;
    prepare.negatives = 3;
    return prepare;
  }

 private Q_SLOTS:
  void initTestCase() {
    preparation_ = make_small_world(root(), 30, prepare_options());
    TrainOptions train;
    train.workspace = folder();
    train.data_set = "small";
    train.preparation = preparation_.id;
    train.objective = "dmpo";
    train.learning_rate = 1e-3;
    run_ = train_run(folder(), create_run(train), {}).run;
    {
      Workspace workspace(folder());
      SavedRationale written;
      written.example = rank(options(run_), {}).example.id;
      written.model = read_run(workspace, run_).model;
      written.run = run_;
      written.item = read_example(workspace, written.example).target;
      written.text = "Because of \u201CThe <i> \u00C9lm, 3\u201D.";
      save_rationale(workspace, written);
      written.run.reset();  // the base model's, newer: not of this case
      written.text = "base";
      save_rationale(workspace, written);
    }
    report_ = case_report(options(run_), {}, {{"popularity", "itemknn"}, true, {}, 0});
    Workspace workspace(folder());
    case_ = keep_case(workspace, report_, run_, "starter");
    base_case_ = keep_case(workspace, case_report(options({}), {}), {}, "starter");
  }

  void allThatIsShownIsInTheReport() {
    QVERIFY(report_.evidence && report_.evidence->items.size() == report_.rank.history.size());
    QCOMPARE(report_.chain.models.size(), size_t{2});
    QCOMPARE(report_.rationale, std::string("Because of \u201CThe <i> \u00C9lm, 3\u201D."));
    QCOMPARE(report_.rank.explained, report_.rank.target);
    QVERIFY(report_.rationale_note.find("greedy") != std::string::npos);
    QVERIFY(!report_.points.empty());
    QCOMPARE(report_.beside.size(), size_t{3});
    QVERIFY(report_.beside[1].name == "ItemKNN" && report_.beside[2].name == "base");
    // The base model ranks in its column as it does at the head of the chain.
    for (size_t i = 0; i < report_.chain.candidates.size(); ++i)
      QCOMPARE(report_.beside[2].ranks[i], static_cast<double>(report_.chain.models[0].ranks[i]));
  }

  /// What would change the ranking is in the report of a case where it was looked for, and only there.
  void whatWouldChangeItIsKeptWhereItWasLookedFor() {
    QVERIFY(!report_.changes);
    RankOptions o = options(run_);
    o.score = "mean";  // the other cases here stay as they are
    QVERIFY(!case_report(o, {}).changes);
    const Counterfactual found = counterfactual(*open_case(o, {}), {}, {});
    const CaseReport report = case_report(o, {});
    QVERIFY(report.changes.has_value());
    QVERIFY(report.changes->lead == found.lead && report.changes->prompts == found.prompts);
    QCOMPARE(report.changes->removals.size(), found.removals.size());
    // It is the case's own first that it speaks of.
    QCOMPARE(report.rank.example.candidates[report.changes->first], report.rank.candidates.front().item);
    Workspace workspace(folder());
    const KeptCase kept = read_kept_case(workspace, keep_case(workspace, report, run_, "starter"));
    QCOMPARE(case_body(kept.report), case_body(report));
    QVERIFY(case_body(kept.report).find("What would change it") != std::string::npos);
  }

  /// Reopened it is what was seen: the same JSON, so the same bits, and the same page.
  void aFrozenCaseIsTheSameAfterReopening() {
    Workspace workspace(folder());
    KeptCase kept = read_kept_case(workspace, case_);
    const KeptCase frozen = freeze_case(workspace, report_, run_, "starter");
    kept.saved_at = frozen.saved_at;
    QCOMPARE(cases_json({kept}), cases_json({frozen}));
    QCOMPARE(case_body(kept.report), case_body(report_));
    QCOMPARE(kept.source.data_set, std::string("small"));
    QCOMPARE(kept.source.content_hash.size(), size_t{64});
    QCOMPARE(kept.source.weights_hash, read_model(workspace, read_run(workspace, run_).model).weights_hash);
    QCOMPARE(kept.source.adapters.size(), size_t{1});
    QCOMPARE(kept.source.adapters[0].objective, std::string("dmpo"));
    QCOMPARE(kept.source.adapters[0].weights_hash,
             sha256_file(workspace.run_folder(run_) / "adapter" / "adapter_model.safetensors"));
    const SavedCase saved = read_case(workspace, case_);
    QVERIFY(saved.run == run_ && saved.user_key == report_.rank.example.user_key);
    QVERIFY(!read_case(workspace, base_case_).run && read_kept_case(workspace, base_case_).source.adapters.empty());
  }

  /// A star, tags and a note written later are what is exported, and change nothing that was frozen.
  void whatIsWrittenOnItGoesWithIt() {
    Workspace workspace(folder());
    SavedCase saved = read_case(workspace, case_);
    const std::string before = read_case_report(workspace, case_);
    saved.note = "later";
    saved.tags = {"odd"};
    saved.starred = true;
    update_case(workspace, saved);
    const KeptCase kept = read_kept_case(workspace, case_);
    QVERIFY(kept.note == "later" && kept.starred && kept.tags == std::vector<std::string>{"odd"});
    QCOMPARE(read_case_report(workspace, case_), before);
  }

  /// Frozen numbers are shown as they were, though the workspace would give others now; and that is said.
  void frozenNumbersStayAndChangesAreNamed() {
    Workspace workspace(folder());
    const SavedCase saved = read_case(workspace, case_);
    const KeptCase kept = read_kept_case(workspace, case_);
    QVERIFY(changed_since(workspace, saved, kept.source).empty());
    QCOMPARE(compare_numbers(kept.report.rank, rank(options(run_), {})),
             std::string("Ranked again: all 8 candidates have the same numbers, bit by bit."));
    RankResult moved = kept.report.rank;
    std::swap(moved.candidates[0], moved.candidates[1]);
    std::swap(moved.items[0], moved.items[1]);
    moved.candidates[0].log_prob += 0.25;
    QCOMPARE(compare_numbers(kept.report.rank, moved),
             std::string("Ranked again: 7 of 8 candidates have the same numbers, 2 stand at another rank; a log-prob "
                         "moved by up to 0.25 nats."));

    const std::string same = "Ranked again: all 8 candidates have the same numbers, bit by bit.";
    QCOMPARE(rank_again(folder(), case_, {}), same);
    QCOMPARE(rank_again(folder(), base_case_, {}), same);

    // Each thing that the numbers come from, changed in turn.
    const fs::path adapter = workspace.run_folder(run_) / "adapter" / "adapter_model.safetensors";
    const std::string weights = read_file(adapter);
    write_file_atomically(adapter, weights + " ");
    QCOMPARE(changed_since(workspace, saved, kept.source),
             std::vector<std::string>{"The adapter of " + kept.source.adapters[0].run + " is another than it was."});
    QCOMPARE(cases_json({read_kept_case(workspace, case_)}), cases_json({kept}));
    write_file_atomically(adapter, weights);
    workspace.db().exec("UPDATE data_set SET content_hash = 'x' || content_hash");
    QCOMPARE(changed_since(workspace, saved, kept.source),
             std::vector<std::string>{"The data is not that of \"small\" as it was."});
    workspace.db().exec("UPDATE data_set SET content_hash = substr(content_hash, 2)");
    CaseSource other = kept.source;
    other.weights_hash[0] = other.weights_hash[0] == '0' ? '1' : '0';
    QCOMPARE(changed_since(workspace, saved, other),
             std::vector<std::string>{"The weights of starter are others than they were."});
    QVERIFY(changed_since(workspace, saved, kept.source).empty());
  }

  void anotherWorkspaceWithTheSameDataOpensIt() {
    Workspace here(folder());
    const std::string text = cases_json(read_kept_cases(here, {case_, base_case_}));
    const fs::path there = root() / "there";
    make_small_world(there, 30, prepare_options());  // the same files, prepared with the same seed
    Workspace workspace(there / "workspace");
    workspace.db().exec("UPDATE data_set SET name = 'another name'");
    const std::vector<int64_t> ids = open_case_json(workspace, text, "case.json");
    QCOMPARE(ids.size(), size_t{2});
    QCOMPARE(cases_json(read_kept_cases(workspace, ids)), text);
    const SavedCase opened = read_case(workspace, ids[0]);
    QVERIFY(opened.example && read_example(workspace, *opened.example).user_key == opened.user_key);
    QVERIFY(!opened.run && !opened.model);
    QCOMPARE(opened.created_at, read_case(here, case_).created_at);
    const auto changes = changed_since(workspace, opened, read_kept_case(workspace, ids[0]).source);
    QCOMPARE(changes.size(), size_t{2});  // the model was never used here, and the run is not here
    QVERIFY(holds(changes[0], "The model starter is not here.") && holds(changes[1], "The run "));
  }

  /// Where the data is prepared otherwise the case opens all the same, and says that it leads nowhere.
  void otherCandidatesAreNotTakenForTheSameCase() {
    Workspace here(folder());
    const fs::path there = root() / "otherwise";
    PrepareOptions prepare = prepare_options();
    prepare.seed = 77;
    make_small_world(there, 30, prepare);
    Workspace workspace(there / "workspace");
    const auto ids = open_case_json(workspace, cases_json({read_kept_case(here, case_)}), "case.json");
    const SavedCase opened = read_case(workspace, ids.front());
    QVERIFY(!opened.example);
    QVERIFY(holds(changed_since(workspace, opened, read_kept_case(workspace, ids.front()).source).front(),
                  "No preparation here has this user with the same history and candidates."));
  }

  void withoutTheDataItIsRefused() {
    Workspace here(folder());
    const std::string text = cases_json({read_kept_case(here, case_)});
    const fs::path there = root() / "without";
    make_small_world(there, 31, prepare_options());  // one user more
    Workspace workspace(there / "workspace");
    const std::string message = message_of([&] { open_case_json(workspace, text, "case.json"); });
    QVERIFY(holds(message, "case.json: expected the data set \"small\" with content "));
    QVERIFY(holds(message, ", found \"small\" ("));
    QVERIFY(holds(message, "import the same files and open it again"));
    QVERIFY(list_cases(workspace).empty());
    Workspace empty(root() / "empty");
    QVERIFY(holds(message_of([&] { open_case_json(empty, text, "case.json"); }), "found no data set"));
    QVERIFY(holds(message_of([&] { open_case_json(here, "{}", "case.json"); }), "case.json: expected a case.json of"));
  }

  /// What a notebook wrote outlives the run; a row from before whole cases were kept says so.
  void aCaseOutlivesItsRun() {
    Workspace workspace(folder());
    const std::string before = case_body(read_kept_case(workspace, case_).report);
    delete_run(workspace, run_);
    QCOMPARE(case_body(read_kept_case(workspace, case_).report), before);
    const SavedCase saved = read_case(workspace, case_);
    QVERIFY(!saved.run);
    QVERIFY(holds(rank_again(folder(), case_, {}), "It cannot be ranked again here"));
    QVERIFY(holds(changed_since(workspace, saved, read_kept_case(workspace, case_).source).front(), "The run "));
    SavedCase copy = saved;
    copy.id = 0;
    const int64_t old = save_case(workspace, copy, "{\"protocol\":\"open\",\"candidates\":[]}");
    QVERIFY(old != case_);
    QVERIFY(holds(message_of([&] { read_kept_case(workspace, old); }), "was saved before whole cases were kept"));
  }
};

QTEST_GUILESS_MAIN(NotebookTest)
#include "notebook_test.moc"
