// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/leaks.h"

#include <QtTest>
#include <fstream>
#include <map>

#include "engine/store/preparations.h"
#include "engine/tasks/import.h"
#include "tests/engine/store/made_interactions.h"
#include "tests/engine/store/small_store.h"

using namespace prefscope;
namespace fs = std::filesystem;

class LeaksTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path root() const { return dir_.path().toStdString(); }

  static std::map<std::string, Leak> leaks_in(const fs::path& workspace, int64_t preparation) {
    std::map<std::string, Leak> by_kind;
    for (const Leak& leak : find_leaks(workspace, "small", preparation, {})) by_kind[leak.kind] = leak;
    return by_kind;
  }

 private Q_SLOTS:
  void aCleanSplitHasNone() {
    { fill_small_store(*std::make_unique<Workspace>(root() / "clean")); }
    const auto leaks = leaks_in(root() / "clean", 1);
    QCOMPARE(leaks.size(), size_t{5});
    for (const auto& [kind, leak] : leaks) QVERIFY2(leak.count == 0 && leak.rows.empty(), kind.c_str());
  }

  /// Example 4 trains on what 1 tests (the candidates in another order); 5 has the prompt of 2 and another answer; 3
  /// shows its target. User 1 trains and is held out. Targets were chosen at 50 (example 1), 90 (2), 60 (3), 50 (4).
  void eachKindIsFound() {
    {
      Workspace workspace(root() / "leaky");
      fill_small_store(workspace);
      workspace.db().exec(R"sql(
        INSERT INTO example VALUES (4, 1, 1, 3, 'train', 1, 3, NULL), (5, 1, 1, 4, 'panel', 3, 5, NULL);
        INSERT INTO example_history VALUES (4, 0, 1), (5, 0, 2), (3, 0, 1);
        INSERT INTO candidate VALUES (4, 0, 4), (4, 1, 2), (4, 2, 3), (5, 0, 4), (5, 1, 5), (3, 0, 1), (3, 1, 2);
      )sql");
      give_interactions(workspace, 1, {{1, 3, {}, 50}, {2, 4, {}, 90}, {3, 1, {}, 60}, {3, 5, {}, {}}});
    }
    const auto leaks = leaks_in(root() / "leaky", 1);
    const auto only = [&](const char* kind, int64_t example, const char* subject, const char* detail) {
      const Leak& leak = leaks.at(kind);
      return leak.count == 1 && leak.rows.size() == 1 && leak.rows[0].example == example &&
             leak.rows[0].subject == subject && leak.rows[0].detail == detail;
    };
    QVERIFY(only("same_example", 1, "ann", "the training example of ann"));
    QVERIFY(only("same_prompt", 2, "bob", "the training example of eve"));
    QVERIFY(only("target_in_history", 3, "eve", "training"));
    QVERIFY(only("user_in_training", 1, "ann", "the training example of ann"));
    QVERIFY(only("later_training", 1, "ann", "1 of 2 training targets came later"));
  }

  /// Given pairs: the question names both titles once; example 12 has its chosen one in the history as well.
  void givenPairs() {
    {
      Workspace workspace(root() / "pairs");
      fill_small_store(workspace);
      workspace.db().exec(R"sql(
        INSERT INTO preparation VALUES (2, 1, '', 'given', 2, 2, 0, NULL, 1, 'given', '', 1, NULL, 0, '', NULL, 1, '[]', 'uniform');
        INSERT INTO example VALUES (10, 1, 2, 0, 'train', NULL, NULL, 'a.json record 1'),
          (11, 1, 2, 1, 'held_out', NULL, NULL, 'b.json record 1'), (12, 1, 2, 2, 'held_out', NULL, NULL, 'b.json record 2');
        INSERT INTO example_pair VALUES (10, 0, '<X>. <A> or <B>?', ' <A>', '<B>'), (11, 0, '<X>. <A> or <B>?', ' <A>', '<B>'),
          (12, 0, '<X>, <A>. <A> or <C>?', '<A>', '<C>');
      )sql");
    }
    const auto leaks = leaks_in(root() / "pairs", 2);
    QVERIFY(leaks.at("same_example").count == 1 && leaks.at("same_example").rows[0].subject == "b.json record 1");
    QCOMPARE(leaks.at("same_example").rows[0].detail, std::string("the training example of a.json record 1"));
    QVERIFY(leaks.at("target_in_history").count == 1 && leaks.at("target_in_history").rows[0].example == 12);
    QCOMPARE(leaks.at("user_in_training").count, int64_t{0});
  }

  /// A candidate record's titles stand on lines of their own: a part of another title is not the title.
  void titlesAreWhole() {
    const std::filesystem::path file = root() / "records.json";
    std::ofstream(file) << R"([{"historyList": "Joan Jett::Keane", "itemList": ["Jet", "Dope"], "trueSelection": "Jet"},
                              {"historyList": "Jet::Keane", "itemList": ["Jet", "Dope"], "trueSelection": "Jet"}])";
    ImportOptions import;
    import.workspace = root() / "records";
    import.paths = {file};
    import.name = "records";
    const DataSet set = import_data(import, {}).data_set;
    Workspace workspace(import.workspace);
    const int64_t preparation = list_preparations(workspace, set.id).front().id;
    for (const Leak& leak : find_leaks(import.workspace, "records", preparation, {})) {
      if (leak.kind != "target_in_history") continue;
      QCOMPARE(leak.count, int64_t{1});
      QCOMPARE(leak.rows[0].subject, std::string("records.json record 2"));
    }
  }

  void refusesAnotherSetsPreparation() {
    QVERIFY_THROWS_EXCEPTION(Error, find_leaks(root() / "clean", "small", 99, {}));
    QVERIFY_THROWS_EXCEPTION(Error, find_leaks(root() / "clean", "none", {}, {}));
  }
};

QTEST_GUILESS_MAIN(LeaksTest)
#include "leaks_test.moc"
