// SPDX-License-Identifier: GPL-3.0-or-later
// Sets joined into one, and runs judged on another set than the one they learned from.
#include "engine/tasks/combine.h"

#include <QtTest>
#include <algorithm>
#include <map>

#include "engine/store/interaction_rows.h"
#include "engine/store/set_rows.h"
#include "engine/tasks/evaluate.h"
#include "engine/tasks/train.h"
#include "tests/engine/messages.h"
#include "tests/engine/tasks/small_world.h"

using namespace prefscope;
namespace fs = std::filesystem;

class CombineTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path root() const { return dir_.path().toStdString(); }
  fs::path folder() const { return root() / "workspace"; }
  Preparation small_, books_;

  void import_files(const char* name, const std::string& rows, const std::string& items) const {
    std::string file = name;
    std::replace(file.begin(), file.end(), '/', '-');
    const fs::path files = root() / file;
    fs::create_directories(files);
    std::ofstream(files / "items.csv") << items;
    std::ofstream(files / "interactions.csv") << rows;
    ImportOptions import;
    import.workspace = folder();
    import.paths = {files};
    import.name = name;
    import_data(import, {});
  }
  Preparation prepared(const char* name, double held_out = 0.5, uint64_t seed = 0) const {
    PrepareOptions o;
    o.workspace = folder();
    o.data_set = name;
    o.candidates = 6;
    o.negatives = 2;
    o.held_out = held_out;
    o.seed = seed;
    return prepare(o, {}).preparation;
  }
  int64_t trained(const char* name, int64_t preparation) const {
    TrainOptions train;
    train.workspace = folder();
    train.data_set = name;
    train.preparation = preparation;
    train.objective = "sft";
    train.device = "cpu";
    train.rank = 2;
    train.panel = 0;
    train.learning_rate = 1e-3;
    return train_run(folder(), create_run(train), {}).run;
  }
  EvaluateOptions judging(const char* name, int64_t preparation, int64_t run) const {
    EvaluateOptions o;
    o.workspace = folder();
    o.data_set = name;
    o.preparation = preparation;
    o.runs = {run};
    o.device = "cpu";
    o.baselines = {"popularity"};
    return o;
  }
  std::string message(const std::vector<std::string>& sets, const std::string& name) const {
    return message_of([&] { combine({folder(), sets, name}, {}); });
  }
  static bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

 private Q_SLOTS:
  void initTestCase() {
    PrepareOptions split;
    split.candidates = 6;
    split.negatives = 2;
    split.held_out = 0.5;
    small_ = make_small_world(root(), 16, split);  // 16 users, 40 items, 96 rows
    std::string rows = "user,item,time\n", items = "id,title,genre\n";
    for (int i = 0; i < 20; ++i) items += std::to_string(i) + ",Book " + std::to_string(i) + ",essay\n";
    for (int u = 0; u < 12; ++u) {
      for (int n = 0; n < 5; ++n)
        rows += std::to_string(u) + "," + std::to_string((u + 3 * n) % 20) + "," + std::to_string(2000 + n) + "\n";
    }
    import_files("books", rows, items);  // 12 users, 20 items, 60 rows; keys as those of small
    books_ = prepared("books");
  }

  void keepsUsersAndItemsApart() {
    const CombineResult made = combine({folder(), {"small", "books"}, "both"}, {});
    QCOMPARE(made.data_set.users, int64_t{28});
    QCOMPARE(made.data_set.items, int64_t{60});
    QCOMPARE(made.data_set.interactions, int64_t{156});
    QCOMPARE(made.data_set.format, std::string("combined"));
    QVERIFY(!made.data_set.has_ratings);
    Workspace workspace(folder());
    QVERIFY(read_report(report_json(workspace, made.data_set.id)) == made.report);
    QCOMPARE(made.report.parts.size(), size_t{2});
    const DataSet small = find_data_set(workspace, "small"), books = find_data_set(workspace, "books");
    QVERIFY((made.report.parts[0] == JoinedPart{"small", small.content_hash, 16, 40, 96}));
    QVERIFY((made.report.parts[1] == JoinedPart{"books", books.content_hash, 12, 20, 60}));
    // Every row of both, in its order, under the new keys, with the item's attributes and its domain.
    std::map<std::string, ItemText> by_key;
    for (const ItemText& item : read_item_texts(workspace, made.data_set.id)) by_key[item.key] = item;
    for (const char* name : {"small", "books"}) {
      const std::string prefix = std::string(name) + "/";
      const int64_t id = find_data_set(workspace, name).id;
      for (const ItemText& item : read_item_texts(workspace, id)) {
        const ItemText& joined = by_key.at(prefix + item.key);
        QCOMPARE(joined.title, item.title);
        auto attributes = item.attributes;
        attributes.emplace_back(domain_attribute, name);
        QVERIFY(joined.attributes == attributes);
      }
      const auto history = [&](int64_t set, const std::string& key) {
        SQLite::Statement query(workspace.db(), "SELECT id FROM user WHERE data_set = ? AND key = ?");
        query.bind(1, set);
        query.bind(2, key);
        std::vector<std::pair<std::string, int64_t>> rows;
        if (!query.executeStep()) return rows;
        for (const InteractionRow& row : read_history(workspace, query.getColumn(0).getInt64()))
          rows.emplace_back(row.title, row.time.value_or(-1));
        return rows;
      };
      for (const char* key : {"0", "7", "11"}) {
        const auto before = history(id, key);
        QVERIFY(!before.empty() && before == history(made.data_set.id, prefix + key));
      }
    }
  }

  /// The same sets in another order or under other names are other content; the same again, the same.
  void hashesAreMadeOfTheirs() {
    Workspace workspace(folder());
    const std::string first = find_data_set(workspace, "both").content_hash;
    QCOMPARE(combine({folder(), {"small", "books"}, "again"}, {}).data_set.content_hash, first);
    QVERIFY(combine({folder(), {"books", "small"}, "turned"}, {}).data_set.content_hash != first);
    // Of a set that was combined, its own parts are known, and its items keep their domain.
    import_files("third", "user,item,time\n0,0,1\n", "id,title\n0,Song\n");
    const CombineResult nested = combine({folder(), {"both", "third"}, "nested"}, {});
    QCOMPARE(nested.report.parts.size(), size_t{3});
    QCOMPARE(nested.report.parts[0].name, std::string("both/small"));
    for (const ItemText& item : read_item_texts(workspace, nested.data_set.id)) {
      const auto domains = std::count_if(item.attributes.begin(), item.attributes.end(),
                                         [](const auto& a) { return a.first == domain_attribute; });
      QCOMPARE(static_cast<int>(domains), 1);
    }
  }

  void refusals() {
    QVERIFY(holds(message({"small"}, "x"), "expected two data sets or more, found 1"));
    QVERIFY(holds(message({"small", "small"}, "x"), "found small twice"));
    QVERIFY(holds(message({"small", "none"}, "x"), "none"));
    QVERIFY(holds(message({"small", "books"}, "both"), "there is a data set \"both\" already"));
    QVERIFY(holds(message({"small", "books"}, ""), "expected a name"));
    import_files("rated", "user,item,time,rating\n0,0,1,4.5\n1,0,1,2\n", "id,title\n0,Song\n");
    QVERIFY(holds(message({"small", "rated"}, "x"), "small has none and rated has some"));
    import_files("books/new", "user,item,time\n0,0,1\n", "id,title\n0,Song\n");
    QVERIFY(holds(message({"books", "books/new"}, "x"), "could not be told apart"));
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(Cancelled, combine({folder(), {"small", "books"}, "stopped"}, {{}, stop.get_token()}));
    Workspace workspace(folder());
    for (const DataSet& set : list_data_sets(workspace)) QVERIFY(set.name != "x" && set.name != "stopped");
  }

  /// What the workspace's file refuses is said as an import says it, and nothing stays.
  void aWorkspaceThatRefusesIsNamed() {
    Workspace workspace(folder());
    const size_t before = list_data_sets(workspace).size();
    workspace.db().exec("CREATE TRIGGER refuses BEFORE INSERT ON data_set BEGIN SELECT RAISE(ABORT, 'full'); END");
    const std::string said = message_of([&] { combine({folder(), {"small", "books"}, "refused"}, {}); });
    workspace.db().exec("DROP TRIGGER refuses");
    QVERIFY2(said.ends_with("workspace.db: full; nothing was combined; check free space and whether another program "
                            "holds the workspace"),
             said.c_str());
    QCOMPARE(list_data_sets(workspace).size(), before);
  }

  /// Trained on one, tested on the other: named so, and the classic models learn from the users of the one it is tested
  /// on.
  void trainedOnOneTestedOnAnother() {
    const int64_t run = trained("small", small_.id);
    const Evaluation crossed = evaluate(judging("books", books_.id, run), {});
    QVERIFY2(crossed.protocol.starts_with("trained on small, tested on books; "), crossed.protocol.c_str());
    QVERIFY(holds(crossed.protocol, "classic models learn from what training users of books did"));
    QCOMPARE(crossed.preparation, books_.id);
    QCOMPARE(crossed.users, books_.held_out_examples);
    QCOMPARE(crossed.rows.size(), size_t{3});
    QCOMPARE(crossed.rows[1].model, std::string("sft trained on small"));
    QCOMPARE(crossed.rows[1].run, std::optional<int64_t>(run));
    // Popularity is that of books alone, as without the run.
    EvaluateOptions alone = judging("books", books_.id, run);
    alone.runs.clear();
    alone.base = false;
    const Evaluation classic = evaluate(alone, {});
    QCOMPARE(classic.rows[0].metrics.at("auc").value, crossed.rows[2].metrics.at("auc").value);
    QVERIFY(!holds(classic.protocol, "trained on") && !holds(classic.protocol, "of books did"));
    // Without a preparation the newest of the set is taken, not the run's.
    EvaluateOptions newest = judging("books", books_.id, run);
    newest.preparation.reset();
    QCOMPARE(evaluate(newest, {}).preparation, books_.id);
    QVERIFY(holds(message_of([&] { evaluate(judging("books", small_.id, run), {}); }), "belongs to another data set"));
  }

  /// A run on the set of both learned from users of books; where these are held out in books it is refused, and judged
  /// on those that it did not learn from.
  void aCombinedSetHidesNobody() {
    const Preparation both = prepared("both", 0.3, 1);
    const int64_t run = trained("both", both.id);
    Workspace workspace(folder());
    const auto keys = [&](int64_t preparation, Role role) {
      std::vector<std::string> all;
      for (const Example& e : read_examples(workspace, preparation, role)) all.push_back(e.user_key);
      return all;
    };
    const std::vector<std::string> learned = keys(both.id, Role::Train);
    int64_t seen = 0;
    for (const std::string& user : keys(books_.id, Role::HeldOut))
      seen += std::count(learned.begin(), learned.end(), "books/" + user) > 0 ? 1 : 0;
    QVERIFY(seen > 0);
    const std::string said = message_of([&] { evaluate(judging("books", books_.id, run), {}); });
    QVERIFY2(holds(said, "was trained on " + std::to_string(seen) + " of the users"), said.c_str());
    QVERIFY(holds(said, "hold the same content"));
    // The other way round, through one more set around it, and through the same files under another name.
    const int64_t of_books = trained("books", books_.id);
    const Preparation all_held = prepared("nested", 1);
    QVERIFY(holds(message_of([&] { evaluate(judging("nested", all_held.id, of_books), {}); }), "was trained on"));
    ImportOptions copy;
    copy.workspace = folder();
    copy.paths = {root() / "books"};
    copy.name = "copy";
    import_data(copy, {});
    const Preparation copied = prepared("copy", 1);
    QVERIFY(holds(message_of([&] { evaluate(judging("copy", copied.id, of_books), {}); }), "was trained on"));
    // Nobody of small was learned from there, though keys are the same.
    QCOMPARE(evaluate(judging("small", small_.id, of_books), {}).rows.size(), size_t{3});
  }

  /// Its own preparation is no leak where every user trains with one choice and is judged by a later one.
  void everyUserOnBothSides() {
    PrepareOptions o;
    o.workspace = folder();
    o.data_set = "books";
    o.candidates = 6;
    o.negatives = 2;
    o.split = "leave-two-out";
    const Preparation p = prepare(o, {}).preparation;
    const int64_t run = trained("books", p.id);
    QCOMPARE(evaluate(judging("books", p.id, run), {}).users, p.held_out_examples);
    QVERIFY(holds(message_of([&] { evaluate(judging("books", books_.id, run), {}); }), "was trained on"));
  }
};

QTEST_GUILESS_MAIN(CombineTest)
#include "combine_test.moc"
