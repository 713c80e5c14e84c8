// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/view.h"

#include <QtTest>
#include <fstream>

#include "engine/store/interaction_rows.h"
#include "engine/tasks/import.h"
#include "engine/tasks/leaks.h"
#include "engine/tasks/prepare.h"
#include "tests/engine/messages.h"

using namespace prefscope;
namespace fs = std::filesystem;

class TasksViewTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path root() const { return dir_.path().toStdString(); }

  /// 30 users with 12 choices each among 60 items, two genres; users 1 .. 10 chose before 2000, the others after.
  void initWorkspace() {
    const fs::path files = root() / "files";
    fs::create_directories(files);
    std::ofstream items(files / "items.csv"), choices(files / "interactions.csv");
    items << "id,title,genre\n";
    choices << "user,item,time\n";
    for (int i = 1; i <= 60; ++i) items << i << ",Title " << i << ',' << (i % 3 == 0 ? "rare" : "common") << '\n';
    for (int u = 1; u <= 30; ++u) {
      for (int n = 0; n < 12; ++n)
        choices << u << ',' << 1 + (7 * u + 5 * n) % 60 << ',' << (u <= 10 ? 900'000'000 : 1'000'000'000) + 1000 * n
                << '\n';
    }
    items.close();
    choices.close();
    ImportOptions import;
    import.workspace = root() / "ws";
    import.paths = {files};
    import.name = "made";
    import_data(import, {});
  }

  ViewResult change(std::vector<std::string> add, int undo = 0, int redo = 0) {
    return change_view({root() / "ws", "made", "v", std::move(add), undo, redo}, {});
  }

 private Q_SLOTS:
  void initTestCase() { initWorkspace(); }

  void stepsAreAddedUndoneAndRedone() {
    QVERIFY(message_of([&] { change({}); }).find("there is no view \"v\"") != std::string::npos);
    ViewResult result = change({"genre = common", "time>=2001-01-01"});
    QCOMPARE(result.effects.size(), size_t{3});
    QCOMPARE(result.effects[0].left, (ViewCounts{360, 30, 60}));
    QVERIFY(result.effects[1].left.items == 40 && result.effects[2].left.users == 20);
    QCOMPARE(result.view.steps, (std::vector<std::string>{"genre = common", "time >= 2001-01-01"}));
    result = change({}, 1);
    QCOMPARE(result.view.steps, (std::vector<std::string>{"genre = common"}));
    result = change({}, 0, 1);
    QCOMPARE(result.view.steps.size(), size_t{2});
    result = change({"user >= 3"}, 2);  // two back, one other: what was undone is forgotten
    QCOMPARE(result.view.steps, (std::vector<std::string>{"user >= 3"}));
    QVERIFY(message_of([&] { change({}, 0, 1); }).find("no step to redo") != std::string::npos);
    QVERIFY(message_of([&] { change({}, 2); }).find("no step to undo") != std::string::npos);
    QVERIFY(!message_of([&] { change({"core 5", "rubbish"}); }).empty());
    QCOMPARE(change({}).view.steps, (std::vector<std::string>{"user >= 3"}));  // a wrong step changed nothing
    Workspace workspace(root() / "ws");
    QCOMPARE(counts_of(read_user_rows(workspace, 1, {})), (ViewCounts{360, 30, 60}));  // the import is untouched
  }

  /// Histories, targets and candidates come from the view; candidates were not touched in the whole import either.
  void aPreparationIsMadeOfAView() {
    change_view({root() / "ws", "made", "late", {"genre = common", "time >= 2001-01-01"}, 0, 0}, {});
    PrepareOptions o;
    o.workspace = root() / "ws";
    o.data_set = "made";
    o.view = "late";
    o.candidates = 4;
    o.negatives = 2;
    const PrepareResult result = prepare(o, {});
    QCOMPARE(result.users, int64_t{20});
    QCOMPARE(result.preparation.view, (std::vector<std::string>{"genre = common", "time >= 2001-01-01"}));
    QVERIFY(result.preparation.protocol.find("view late: genre = common, time >= 2001-01-01") != std::string::npos);
    Workspace workspace(root() / "ws");
    const auto count = [&](const char* sql) { return workspace.db().execAndGet(sql).getInt64(); };
    QCOMPARE(count("SELECT count(*) FROM candidate c JOIN item_attribute a ON a.item = c.item WHERE a.value = 'rare'"),
             int64_t{0});
    QCOMPARE(
        count("SELECT count(*) FROM example_history h JOIN item_attribute a ON a.item = h.item WHERE a.value = 'rare'"),
        int64_t{0});
    QCOMPARE(count("SELECT count(*) FROM candidate c JOIN example e ON e.id = c.example JOIN user_interaction i ON "
                   "i.user = e.user "
                   "AND i.item = c.item WHERE c.item <> e.target"),
             int64_t{0});
    // What models learn from is of the view as well, and stays so when the view is changed or goes.
    const auto sequences = read_training_sequences(workspace, result.preparation.id);
    QCOMPARE(std::ssize(sequences), result.preparation.train_examples);
    delete_view(workspace, find_view(workspace, 1, "late").id);
    QVERIFY(read_training_sequences(workspace, result.preparation.id) == sequences);
    for (const auto& sequence : sequences) {
      for (const int64_t item : sequence)
        QCOMPARE(workspace.db()
                     .execAndGet("SELECT count(*) FROM item_attribute WHERE value = 'rare' AND item = " +
                                 std::to_string(item))
                     .getInt(),
                 0);
    }
    QCOMPARE(std::ssize(read_catalogue(workspace, 1, result.preparation.view)), int64_t{40});
  }

  void otherSplitsAndLists() {
    PrepareOptions o;
    o.workspace = root() / "ws";
    o.data_set = "made";
    o.candidates = 4;
    o.negatives = 2;
    o.split = "leave-two-out";
    PrepareResult result = prepare(o, {});
    QVERIFY(result.training_users == 30 && result.held_out_users == 30 && result.preparation.panel_examples == 30);
    for (const Leak& leak : find_leaks(o.workspace, "made", result.preparation.id, {})) {
      if (leak.kind == "user_in_training") QCOMPARE(leak.count, int64_t{30});
      if (leak.kind == "same_example" || leak.kind == "target_in_history") QCOMPARE(leak.count, int64_t{0});
    }
    // 2001-01-01 parts the users: ten train alone, twenty have no positive before it but their own.
    o.split = "global-time";
    o.from_time = "2001-01-01";
    result = prepare(o, {});
    QVERIFY(result.training_users == 10 && result.held_out_users == 20);
    QCOMPARE(result.preparation.held_out_examples, int64_t{20 * 11});
    o.from_time = "soon";
    QVERIFY(message_of([&] { prepare(o, {}); }).find("--from-time: expected a date") != std::string::npos);
    o.split = "ratio";
    QVERIFY(message_of([&] { prepare(o, {}); }).find("only the split global-time") != std::string::npos);
    o.from_time.clear();
    o.sampling = "all";
    result = prepare(o, {});
    QCOMPARE(result.preparation.candidates, 49);  // 60 items without the user's 12, and the target
    o.sampling = "given";
    QVERIFY(message_of([&] { prepare(o, {}); }).find("expected --candidate-lists") != std::string::npos);
    o.candidate_lists = root() / "lists.csv";
    std::ofstream lists(o.candidate_lists);
    lists << "user,item\n";
    for (int u = 1; u <= 30; ++u) lists << u << ",3\n" << u << ",6\n" << u << ",9\n";
    lists.close();
    QVERIFY(prepare(o, {}).preparation.candidates <= 4);
    std::ofstream(o.candidate_lists, std::ios::app) << "1,999\n";
    const std::string message = message_of([&] { prepare(o, {}); });
    QVERIFY2(message.find("lists.csv line 92: expected the id of an item of made, found \"999\"") != std::string::npos,
             message.c_str());
  }
};

QTEST_GUILESS_MAIN(TasksViewTest)
#include "view_test.moc"
