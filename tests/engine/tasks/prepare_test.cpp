// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/prepare.h"

#include <fmt/format.h>

#include <QtTest>
#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "engine/data/item_index.h"
#include "engine/store/data_sets.h"
#include "engine/tasks/import.h"
#include "tests/engine/messages.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

/// 30 items. User 1 rates 1 .. 6 in file order 3 1 2 4 5 6: items 4 and 5 at the same last time (file order decides),
/// 6 earlier but rated low, so it is touched and no positive. Users 2 .. 5 rate five items each, all high.
fs::path write_ratings(const fs::path& folder) {
  std::ofstream movies(folder / "movies.csv"), ratings(folder / "ratings.csv");
  movies << "movieId,title,genres\n";
  for (int i = 1; i <= 30; ++i) movies << i << ",Title " << i << " (1999),Drama\n";
  ratings << "userId,movieId,rating,timestamp\n"
             "1,3,5,100\n1,1,4,50\n1,2,4,100\n1,4,3.5,900\n1,5,5,900\n1,6,3,700\n";
  for (int u = 2; u <= 5; ++u) {
    for (int i = 0; i < 5; ++i) ratings << u << ',' << 5 * u + i << ",4," << 10 * i << '\n';
  }
  return folder;
}

}  // namespace

class PrepareTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  PrepareOptions options_;

  std::vector<Example> examples(const Preparation& preparation) {
    Workspace workspace(options_.workspace);
    return read_examples(workspace, preparation.id);
  }
  Example of_user(const Preparation& preparation, const std::string& key) {
    Workspace workspace(options_.workspace);
    return find_example(workspace, preparation.id, key);
  }

 private Q_SLOTS:
  void initTestCase() {
    const fs::path root = dir_.path().toStdString();
    fs::create_directories(root / "files");
    options_.workspace = root / "workspace";
    options_.data_set = "small";
    options_.candidates = 8;
    options_.negatives = 3;
    ImportOptions import;
    import.workspace = options_.workspace;
    import.paths = {write_ratings(root / "files")};
    import.name = "small";
    import_data(import, {});
  }

  /// User 1's 2, with 1 and 3 before it, and user 2's 13, in a table and in RecBole's form. An item that the set lacks,
  /// and an option without the other, are refused.
  void rowsOfAFileAreHeldOut() {
    const fs::path root = dir_.path().toStdString();
    std::ofstream(root / "held.csv") << "item,user\n2,1\n13,2\n";
    std::ofstream(root / "held.test.inter") << "user_id:token\titem_id:token\trating:float\n1\t2\t4\n2\t13\t4\n";
    for (const char* file : {"held.csv", "held.test.inter"}) {
      PrepareOptions o = options_;
      o.split = "given";
      o.held_out_rows = root / file;
      const PrepareResult result = prepare(o, {});
      QCOMPARE(result.preparation.held_out_examples, int64_t{2});
      QVERIFY(result.preparation.protocol.find(std::string("given: the positives that ") + file + " lists") !=
              std::string::npos);
      for (const Example& e : examples(result.preparation)) {
        if (e.role != Role::HeldOut) continue;
        QCOMPARE(e.history.size(), e.user_key == "1" ? size_t{2} : size_t{3});
      }
    }
    PrepareOptions o = options_;
    o.split = "given";
    QVERIFY(message_of([&] { prepare(o, {}); }).find("--held-out-rows") != std::string::npos);
    std::ofstream(root / "other.csv") << "user,item\n1,77\n";
    o.held_out_rows = root / "other.csv";
    const std::string message = message_of([&] { prepare(o, {}); });
    QVERIFY2(message.starts_with("other.csv line 2: expected the id of an item of small, found \"77\""),
             message.c_str());
    o.split = "ratio";
    QVERIFY(message_of([&] { prepare(o, {}); }).find("needs --split given") != std::string::npos);
  }

  /// Rows that are listed and no targets are counted in the protocol; so are listed candidates of the user's own.
  void whatAFileListsInVainIsSaid() {
    const fs::path root = dir_.path().toStdString();
    std::ofstream(root / "some.csv") << "user,item\n1,2\n1,1\n2,13\n9,1\n";  // 1,1: nothing is before it
    PrepareOptions o = options_;
    o.split = "given";
    o.held_out_rows = root / "some.csv";
    const std::string held = prepare(o, {}).preparation.protocol;
    QVERIFY2(held.find("2 of 4 listed rows are no targets") != std::string::npos, held.c_str());

    Workspace workspace(options_.workspace);
    o = options_;
    o.negatives = 1;
    const Preparation usual = prepare(o, {}).preparation;
    std::ofstream lists(root / "lists.csv");
    lists << "user,item\n";
    std::map<std::string, std::set<int64_t>> touched;
    SQLite::Statement rows(
        workspace.db(),
        "SELECT u.key, i.item, t.key FROM user_interaction i JOIN user u ON u.id = i.user JOIN item t "
        "ON t.id = i.item");
    while (rows.executeStep()) touched[rows.getColumn(0).getString()].insert(rows.getColumn(1).getInt64());
    for (const auto& [user, items] : touched) {
      SQLite::Statement all(workspace.db(), "SELECT id, key FROM item");
      int others = 0;
      while (all.executeStep()) {
        const bool own = items.contains(all.getColumn(0).getInt64());
        if (own || ++others <= 4) lists << user << ',' << all.getColumn(1).getString() << '\n';
      }
    }
    lists.close();
    o.sampling = "given";
    o.candidate_lists = root / "lists.csv";
    const Preparation given = prepare(o, {}).preparation;
    QVERIFY2(given.protocol.find(" listed candidates left out, as their users had touched them") != std::string::npos,
             given.protocol.c_str());
    for (const Example& e : examples(given)) {
      QCOMPARE(e.candidates.size(), size_t{5});
      for (const int64_t item : e.candidates) QVERIFY(item == e.target || !touched[e.user_key].contains(item));
    }
    QVERIFY(usual.protocol.find("left out") == std::string::npos);
  }

  void aMomentAfterAllIsRefused() {
    PrepareOptions o = options_;
    o.split = "global-time";
    o.from_time = "2050-01-01";
    const std::string message = message_of([&] { prepare(o, {}); });
    QVERIFY2(message.find("nothing would be held out") != std::string::npos, message.c_str());
  }

  /// Rows within one second: the thousandths decide which is the last, wherever the rows stand in the file.
  void thousandthsDecideTheOrder() {
    const fs::path root = dir_.path().toStdString(), file = root / "fine.jsonl";
    {
      std::ofstream out(file);
      const auto write = [&](const std::string& user, const std::string& item, int64_t time) {
        out << fmt::format(
            "{{\"user_id\":\"{}\",\"parent_asin\":\"{}\",\"asin\":\"{}\",\"rating\":5.0,\"timestamp\":{}}}\n", user,
            item, item, 1'588'687'728'000 + time);
      };
      const std::map<std::string, int64_t> rows = {{"A", 0}, {"B", 1000}, {"C", 2000}, {"D", 3900}, {"E", 3100}};
      for (int u = 0; u < 8; ++u) {
        for (const auto& [item, time] : rows) write("U" + std::to_string(u), item, time);
      }
      for (const char* item : {"F", "G", "H"}) write("other", item, 0);
    }
    ImportOptions import;
    import.workspace = root / "fine";
    import.paths = {file};
    import.name = "fine";
    const ImportResult imported = import_data(import, {});
    QCOMPARE(imported.report.tied_users, int64_t{1});  // the other
    QVERIFY(std::any_of(imported.report.remarks.begin(), imported.report.remarks.end(), [](const Remark& remark) {
      return remark.reason.starts_with("times with a part of a second") && remark.count == 16;
    }));
    PrepareOptions o;
    o.workspace = import.workspace;
    o.data_set = "fine";
    o.candidates = 3;
    o.negatives = 1;
    o.held_out = 1;
    Workspace workspace(o.workspace);
    const ItemIndex items(read_item_texts(workspace, imported.data_set.id));
    for (const Example& e : read_examples(workspace, prepare(o, {}).preparation.id, Role::HeldOut)) {
      if (e.user_key != "other") QCOMPARE(items.at(e.target)->key, std::string("D"));
    }
  }

  /// Positives of user 1 in time, ties by file order: 1, 3, 2, 4, 5 (3 and 2 at 100, 4 and 5 at 900; 6 has rating 3).
  void tiesByFileOrderAndThreshold() {
    PrepareOptions o = options_;
    o.held_out = 1;
    const PrepareResult held_out = prepare(o, {});
    QCOMPARE(held_out.users, int64_t{5});
    QCOMPARE(held_out.preparation.held_out_examples, int64_t{5});
    QCOMPARE(of_user(held_out.preparation, "1").target, of_user(held_out.preparation, "1").target);
    o.held_out = 0;
    const PrepareResult training = prepare(o, {});
    QCOMPARE(training.preparation.train_examples, int64_t{5});

    Workspace workspace(o.workspace);
    const auto titles = [&](const std::vector<int64_t>& ids) {
      std::vector<std::string> found;
      for (const int64_t id : ids) {
        SQLite::Statement query(workspace.db(), "SELECT key FROM item WHERE id = ?");
        query.bind(1, id);
        query.executeStep();
        found.push_back(query.getColumn(0).getString());
      }
      return found;
    };
    const Example last = of_user(held_out.preparation, "1"), last_but_one = of_user(training.preparation, "1");
    QCOMPARE(titles({last.target}), std::vector<std::string>{"5"});
    QCOMPARE(titles(last.history), (std::vector<std::string>{"1", "3", "2", "4"}));
    QCOMPARE(titles({last_but_one.target}), std::vector<std::string>{"4"});
    QCOMPARE(titles(last_but_one.history), (std::vector<std::string>{"1", "3", "2"}));
    for (const Example& e : {last, last_but_one}) {
      for (const std::string& key : titles(e.candidates)) QVERIFY(key != "6" && key != "3" && key != "1" && key != "2");
    }
    // Item 5 is after the target: not in the training user's lists either, nor in what the classic models see.
    const std::vector<std::string> lists = titles(last_but_one.candidates);
    QVERIFY(std::find(lists.begin(), lists.end(), "5") == lists.end());
    const auto sequences = read_training_sequences(workspace, training.preparation.id);
    QCOMPARE(sequences.size(), size_t{5});
    QCOMPARE(titles(sequences[static_cast<size_t>(last_but_one.position)]), (std::vector<std::string>{"1", "3", "2"}));
    QVERIFY(read_training_sequences(workspace, held_out.preparation.id).empty());
  }

  /// Several examples of a user are one user to the classic models: what came before the latest target.
  void severalTargetsAreOneSequence() {
    PrepareOptions o = options_;
    o.held_out = 0;
    const PrepareResult one = prepare(o, {});
    o.targets = 3;
    const PrepareResult three = prepare(o, {});
    QCOMPARE(one.users, int64_t{5});
    QCOMPARE(three.users, int64_t{5});
    QCOMPARE(one.preparation.train_examples, int64_t{5});
    QVERIFY(three.preparation.train_examples > 5);
    QVERIFY(three.preparation.targets == 3 && one.preparation.targets == 1);
    QVERIFY(three.preparation.protocol.find("up to 3 a user") != std::string::npos);
    Workspace workspace(options_.workspace);
    QCOMPARE(read_training_sequences(workspace, three.preparation.id),
             read_training_sequences(workspace, one.preparation.id));
    for (const int targets : {0, 101}) {
      o.targets = targets;
      QVERIFY_THROWS_EXCEPTION(Error, prepare(o, {}));
    }
  }

  /// A training user's last positive is the target of a panel example and of nothing else; what the classic models see
  /// and what a user is found by stay the same.
  void panelIsSavedBesideTheOthers() {
    PrepareOptions o = options_;
    o.held_out = 0.4;
    const PrepareResult result = prepare(o, {});
    const Preparation& p = result.preparation;
    QCOMPARE(result.users, int64_t{5});
    QVERIFY(p.train_examples == 3 && p.held_out_examples == 2 && p.panel_examples == 3);
    QVERIFY(p.protocol.find("panel: the last positives of 3 training users") != std::string::npos);
    std::map<int64_t, int64_t> last;
    for (const Example& e : examples(p)) {
      QCOMPARE(e.position >= 5, e.role == Role::Panel);
      if (e.role != Role::Panel) continue;
      last[e.user] = e.target;
      QVERIFY(e.negatives.empty());
      QCOMPARE(e.candidates.size(), size_t{8});
      QCOMPARE(e.history.back(), of_user(p, e.user_key).target);
      QVERIFY(of_user(p, e.user_key).role == Role::Train);
    }
    for (const Example& e : examples(p)) {
      if (e.role != Role::Train) continue;
      QVERIFY(e.target != last.at(e.user));
      for (const auto* items : {&e.history, &e.candidates, &e.negatives})
        QVERIFY(std::find(items->begin(), items->end(), last.at(e.user)) == items->end());
    }
    o.held_out = 1;
    const Preparation none = prepare(o, {}).preparation;
    QCOMPARE(none.panel_examples, int64_t{0});
    QVERIFY(none.protocol.find("panel") == std::string::npos);
  }

  /// Items 26 .. 29 belong to user 5's rows only up to 29; item 30 nobody acted on and no list holds it.
  void itemsThatNobodyChoseAreNoCandidates() {
    PrepareOptions o = options_;
    o.candidates = 20;
    Workspace workspace(o.workspace);
    const int64_t item_30 = workspace.db().execAndGet("SELECT id FROM item WHERE key = '30'").getInt64();
    QCOMPARE(workspace.db().execAndGet("SELECT interactions FROM item WHERE key = '30'").getInt64(), int64_t{0});
    for (const Example& e : examples(prepare(o, {}).preparation))
      QVERIFY(std::find(e.candidates.begin(), e.candidates.end(), item_30) == e.candidates.end());
  }

  void sameSeedSameRows() {
    PrepareOptions o = options_;
    o.seed = 18'446'744'073'709'551'615u;  // kept through SQLite's signed integers
    const Preparation a = prepare(o, {}).preparation, b = prepare(o, {}).preparation;
    QCOMPARE(a.seed, o.seed);
    const auto x = examples(a), y = examples(b);
    QCOMPARE(x.size(), y.size());
    for (size_t i = 0; i < x.size(); ++i) {
      QVERIFY(x[i].role == y[i].role && x[i].user == y[i].user && x[i].target == y[i].target &&
              x[i].history == y[i].history && x[i].candidates == y[i].candidates && x[i].negatives == y[i].negatives);
      QCOMPARE(x[i].candidates.size(), size_t{8});
      QCOMPARE(x[i].negatives.size(), size_t{x[i].role == Role::Panel ? 0u : 3u});
    }
    o.seed = 1;
    const auto z = examples(prepare(o, {}).preparation);
    QVERIFY(std::any_of(z.begin(), z.end(), [&](const Example& e) {
      return std::none_of(x.begin(), x.end(), [&](const Example& f) { return f.candidates == e.candidates; });
    }));
  }

  void protocolSaysEverything() {
    PrepareOptions o = options_;
    o.prompt = "listed";
    o.users = 4;
    o.seed = 12;
    o.held_out = 0.5;
    const PrepareResult result = prepare(o, {});
    QCOMPARE(result.users, int64_t{4});
    QCOMPARE(result.preparation.orders, 4);
    QCOMPARE(result.preparation.train_examples, int64_t{2});
    for (const char* part : {"listed prompt", "8 candidates", "never touched", "4 seeded orders", "leave-last-out",
                             "file order", "50 % of users held out", "ratings above 3", "history up to 10", "k = 3",
                             "4 users sampled", "seed 12", "rows kept", "content "}) {
      QVERIFY2(result.preparation.protocol.find(part) != std::string::npos, part);
    }
    QVERIFY(result.preparation.prompt_template.find("{candidates}") != std::string::npos);
    QCOMPARE(prepare(options_, {}).preparation.orders, 1);
  }

  void refusesWhatCannotBe() {
    const auto with = [&](auto change) {
      PrepareOptions o = options_;
      change(o);
      return message_of([&] { prepare(o, {}); });
    };
    Workspace workspace(options_.workspace);
    const auto rows = [&] { return workspace.db().execAndGet("SELECT count(*) FROM preparation").getInt64(); };
    const int64_t before = rows();
    const auto says = [](const std::string& message, const char* part) {
      if (message.find(part) == std::string::npos) qWarning("%s", message.c_str());
      return message.find(part) != std::string::npos;
    };
    QVERIFY(says(with([](auto& o) { o.candidates = 60; }), "ask for fewer candidates"));
    QVERIFY(says(with([](auto& o) { o.candidates = 1; }), "--candidates: expected 2 .. 1000, found 1"));
    QVERIFY(says(with([](auto& o) { o.negatives = 8; }), "--negatives: expected 1 .. 7"));
    QVERIFY(says(with([](auto& o) { o.history = 0; }), "--history"));
    QVERIFY(says(with([](auto& o) { o.held_out = 1.5; }), "--held-out"));
    QVERIFY(says(with([](auto& o) { o.threshold = 5; }), "no user has three positives"));
    QVERIFY(says(with([](auto& o) { o.threshold = std::nan(""); }), "--threshold"));
    QVERIFY(says(with([](auto& o) { o.split = "random"; }), "--split random"));
    QVERIFY(says(with([](auto& o) { o.prompt = "closed"; }), "--prompt closed"));
    QVERIFY(says(with([](auto& o) { o.users = 0; }), "--users"));
    QVERIFY(says(with([](auto& o) { o.data_set = "none"; }), "none"));
    QCOMPARE(rows(), before);
    QVERIFY(says(message_of([&] { find_example(workspace, 1, "77"); }), "user 77"));
    QVERIFY(says(message_of([&] { read_preparation(workspace, 999); }), "999"));
  }

  /// A list may be long, and name an item again and again: it is read once, and a stop ends the reading.
  void listsAreReadInPieces() {
    const fs::path file = fs::path(dir_.path().toStdString()) / "lists.csv";
    std::ofstream lists(file);
    lists << "user,item\n";
    for (int n = 0; n < 10'000; ++n) lists << 1 + n % 5 << ',' << 1 + n / 5 % 30 << '\n';
    lists.close();
    PrepareOptions o = options_;
    o.sampling = "given";
    o.candidate_lists = file;
    o.held_out = 1;
    // The target and what the user, who touched six items, did not.
    QCOMPARE(of_user(prepare(o, {}).preparation, "1").candidates.size(), size_t{25});
    std::stop_source source;
    const TaskContext context{[&](const Progress& p) {
                                if (p.stage == "Reading lists.csv") source.request_stop();
                              },
                              source.get_token()};
    QVERIFY_THROWS_EXCEPTION(Cancelled, prepare(o, context));
  }

  void aStopLeavesNothing() {
    Workspace workspace(options_.workspace);
    const auto rows = [&] { return workspace.db().execAndGet("SELECT count(*) FROM preparation").getInt64(); };
    const int64_t before = rows();
    std::stop_source source;
    source.request_stop();
    bool cancelled = false;
    try {
      prepare(options_, {{}, source.get_token()});
    } catch (const Cancelled&) {
      cancelled = true;
    }
    QVERIFY(cancelled);
    QCOMPARE(rows(), before);
  }

  void movieLens() {
    const fs::path files = fs::path(PREFSCOPE_SHARED_DATA) / "ml-latest-small";
    if (!fs::exists(files)) QSKIP("../shared/data/ml-latest-small is not here");
    PrepareOptions o;
    o.workspace = fs::path(dir_.path().toStdString()) / "movielens";
    o.data_set = "ml";
    ImportOptions import;
    import.workspace = o.workspace;
    import.paths = {files};
    import.name = "ml";
    import_data(import, {});
    const PrepareResult result = prepare(o, {});
    Workspace workspace(o.workspace);
    QCOMPARE(result.users + result.skipped_users, int64_t{610});
    // No candidate but the target was touched, in 100,836 ratings.
    const char* touched =
        "SELECT count(*) FROM candidate c JOIN example e ON e.id = c.example JOIN user_interaction i ON i.user = "
        "e.user AND "
        "i.item = c.item WHERE c.item <> e.target";
    QCOMPARE(workspace.db().execAndGet(touched).getInt64(), int64_t{0});
    const char* targets = "SELECT count(*) FROM candidate c JOIN example e ON e.id = c.example WHERE c.item = e.target";
    QCOMPARE(workspace.db().execAndGet(targets).getInt64(), result.users + result.preparation.panel_examples);
    QCOMPARE(result.preparation.panel_examples, result.preparation.train_examples);
  }
};

QTEST_GUILESS_MAIN(PrepareTest)
#include "prepare_test.moc"
