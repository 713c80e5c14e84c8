// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/preparations.h"

#include <QtTest>
#include <algorithm>
#include <map>

#include "engine/base/error.h"
#include "engine/base/random.h"
#include "engine/data/split.h"
#include "engine/store/example_rows.h"
#include "tests/engine/messages.h"
#include "tests/engine/store/made_interactions.h"
#include "tests/engine/store/small_store.h"

using namespace prefscope;

namespace {

std::vector<int64_t> ids(const std::vector<Example>& examples) {
  std::vector<int64_t> all;
  for (const Example& e : examples) all.push_back(e.id);
  return all;
}

}  // namespace

class PreparationsTest : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> dir_;
  std::unique_ptr<Workspace> workspace_;

  void exec(const std::string& sql) { workspace_->db().exec(sql); }

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

  void preparationsComeBack() {
    exec(
        "INSERT INTO preparation VALUES (2, 1, 'now', 'leave-last-out', 20, 5, 10, 3.5, 0.25, 'listed', "
        "'{history} {candidates}', 4, 300, -1, 'in words', NULL, 1, '[]', 'uniform')");
    const auto all = list_preparations(*workspace_, 1);
    QCOMPARE(all.size(), size_t{2});
    const Preparation& p = all[1];
    QVERIFY(p.id == 2 && p.data_set == 1 && p.created_at == "now" && p.split == "leave-last-out");
    QVERIFY(p.candidates == 20 && p.negatives == 5 && p.history == 10 && p.orders == 4);
    QVERIFY(p.threshold == 3.5 && p.held_out == 0.25 && p.users == 300);
    QCOMPARE(p.seed, ~uint64_t{0});  // the whole range of a seed survives
    QVERIFY(p.prompt == "listed" && p.prompt_template == "{history} {candidates}" && p.protocol == "in words");
    QVERIFY(!all[0].threshold && !all[0].users);
    QCOMPARE(all[0].train_examples, int64_t{1});
    QCOMPARE(all[0].held_out_examples, int64_t{2});
    QCOMPARE(latest_preparation(*workspace_, 1).id, int64_t{2});
    QCOMPARE(read_preparation(*workspace_, 1).protocol, std::string("words"));
    QVERIFY(list_preparations(*workspace_, 2).empty());
    QCOMPARE(message_of([&] { read_preparation(*workspace_, 9); }),
             std::string("there is no preparation 9 in this workspace"));
    QVERIFY(message_of([&] { latest_preparation(*workspace_, 9); }).starts_with("this data set is not prepared yet"));
  }

  void examplesComeBackInSavedOrder() {
    exec("UPDATE example SET position = 7 WHERE id = 1");
    exec("INSERT INTO example_history VALUES (1, 1, 5); INSERT INTO example_negative VALUES (1, 1, 2), (1, 0, 4)");
    QCOMPARE(ids(read_examples(*workspace_, 1)), (std::vector<int64_t>{2, 3, 1}));
    QCOMPARE(ids(read_examples(*workspace_, 1, Role::HeldOut)), (std::vector<int64_t>{2, 1}));
    QCOMPARE(ids(read_examples(*workspace_, 1, Role::Train)), std::vector<int64_t>{3});
    QCOMPARE(ids(read_examples(*workspace_, 1, {}, 2)), (std::vector<int64_t>{2, 3}));
    QVERIFY(read_examples(*workspace_, 9).empty());
    const Example e = read_example(*workspace_, 1);
    QVERIFY(e.position == 7 && e.user == 1 && e.user_key == "ann" && e.target == 3 && e.role == Role::HeldOut);
    QCOMPARE(e.history, (std::vector<int64_t>{1, 5}));
    QCOMPARE(e.candidates, (std::vector<int64_t>{2, 3, 4}));
    QCOMPARE(e.negatives, (std::vector<int64_t>{4, 2}));
    QVERIFY(e.pairs.empty() && e.source.empty());
    QCOMPARE(message_of([&] { read_example(*workspace_, 99); }),
             std::string("there is no example 99 in this workspace"));
  }

  void pairsComeBackWordForWord() {
    exec(
        "INSERT INTO preparation VALUES (2, 1, '', 'given', 2, 2, 0, NULL, 1, 'given', '', 1, NULL, 0, '', NULL, 1, "
        "'[]', 'uniform');"
        "INSERT INTO example VALUES (9, 1, 2, 0, 'train', NULL, NULL, 'a.json record 1');"
        "INSERT INTO example_pair VALUES (9, 1, 'q', 'w', NULL), (9, 0, 'p ''<s>'' ', ' w', '');");
    const Example e = read_examples(*workspace_, 2).at(0);
    QVERIFY(e.user == 0 && e.target == 0 && e.user_key.empty() && e.source == "a.json record 1");
    QCOMPARE(e.pairs.size(), size_t{2});
    QVERIFY(e.pairs[0].prompt == "p '<s>' " && e.pairs[0].chosen == " w" && e.pairs[0].rejected == "");
    QVERIFY(e.pairs[1].prompt == "q" && !e.pairs[1].rejected);
    QVERIFY(read_training_sequences(*workspace_, 2).empty());  // there are no users to learn from
  }

  void usersAreFoundByTheirKey() {
    QCOMPARE(find_example(*workspace_, 1, "bob").id, int64_t{2});
    for (const char* key : {"BOB", "bo", "", "b%", "' OR 1 = 1 --"})
      QVERIFY(message_of([&] { find_example(*workspace_, 1, key); }) ==
              std::string("user ") + key + " has no example in preparation 1: there is no such user in its data set");
    // A user that is known and has none.
    workspace_->db().exec(
        "DELETE FROM example WHERE preparation = 1 AND user = (SELECT id FROM user WHERE key = 'bob')");
    QVERIFY(message_of([&] {
              find_example(*workspace_, 1, "bob");
            }).ends_with("too few positives for a history and a target"));
  }

  /// User 3 trains on target 1 (saved third), user 1 on target 5 (made to train, saved first), user 2 is held out.
  /// User 1, ratings above 3 in order of time, ties by position: 4 (t 10, p 3), 2 (t 20, p 0), [3 rated 3: none],
  /// 5 (t 20, p 4: the target), 4 (t 25: again), 1 (t 30: later). Left: 4, 2. User 3: 2, 1 (target), 4: left 2.
  void trainingSequencesEndBeforeTheTarget() {
    exec("UPDATE preparation SET threshold = 3; UPDATE example SET role = 'train', target = 5 WHERE id = 1");
    give_interactions(*workspace_, 1,
                      {{1, 2, 4, 20},
                       {1, 3, 3, 20},
                       {1, 1, 5, 30},
                       {1, 4, 3.5, 10},
                       {1, 5, 5, 20},
                       {1, 4, 5, 25},
                       {2, 1, 5, 1},
                       {2, 2, 5, 2},
                       {2, 4, 5, 3},
                       {3, 2, 5, 1},
                       {3, 1, 5, 2},
                       {3, 4, 5, 3}});
    using Sequences = std::vector<std::vector<int64_t>>;
    QCOMPARE(read_training_sequences(*workspace_, 1), (Sequences{{4, 2}, {2}}));
    QCOMPARE(read_touched(*workspace_, 1), (Sequences{{1, 2, 3, 4, 5}, {1, 2, 4}}));  // item 3, rated low, too
    // Without a threshold all are positives; item 3 comes between 2 and 5.
    exec("UPDATE preparation SET threshold = NULL");
    QCOMPARE(read_training_sequences(*workspace_, 1), (Sequences{{4, 2, 3}, {2}}));
    // The saved order decides, not the users' ids.
    exec("UPDATE example SET position = 9 WHERE id = 1");
    QCOMPARE(read_training_sequences(*workspace_, 1), (Sequences{{2}, {4, 2, 3}}));
  }

  /// 60 users with 3 .. 9 interactions among 40 items, many ties in time, split as prepare does: a sequence holds
  /// exactly what its user did before the target, and nothing of held-out users.
  void trainingSequencesHoldNoTargetNorWhatCameLater() {
    exec(
        "INSERT INTO data_set(id, name, format, source, content_hash, imported_at, users, items, interactions, "
        "examples, "
        "has_ratings) VALUES (2, 'drawn', 'sample-world', '', '', '', 60, 40, 0, 0, 0);"
        "INSERT INTO preparation VALUES (2, 2, '', 'leave-last-out', 5, 2, 3, NULL, 0.3, 'open', '', 1, NULL, 0, '', "
        "NULL, 1, '[]', 'uniform')");
    SQLite::Statement item(workspace_->db(), "INSERT INTO item(id, data_set, key, title) VALUES (?1, 2, ?1, 'x')");
    SQLite::Statement user(workspace_->db(), "INSERT INTO user(id, data_set, key) VALUES (?1, 2, ?1)");
    std::vector<MadeInteraction> made;
    std::vector<int64_t> catalogue;
    for (int64_t i = 1001; i <= 1040; ++i) {
      catalogue.push_back(i);
      item.bind(1, i);
      item.exec();
      item.reset();
    }
    Random random(8);
    std::vector<UserActs> all;
    std::map<int64_t, std::vector<int64_t>> positives;
    for (int64_t u = 501; u <= 560; ++u) {
      user.bind(1, u);
      user.exec();
      user.reset();
      std::vector<int64_t> own = catalogue;
      random.shuffle(own);
      own.resize(3 + random.below(7));
      std::vector<std::pair<int64_t, int64_t>> timed;  // time, item, in file order
      for (const int64_t i : own) {
        timed.emplace_back(static_cast<int64_t>(random.below(3)), i);
        made.push_back({u, i, {}, timed.back().first});
      }
      std::stable_sort(timed.begin(), timed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      UserActs acts{u, std::to_string(u), {}, own};
      for (const auto& [time, i] : timed) acts.positives.push_back(i);
      std::sort(acts.touched.begin(), acts.touched.end());
      positives[u] = acts.positives;
      all.push_back(std::move(acts));
    }
    give_interactions(*workspace_, 2, made);
    std::vector<std::vector<int64_t>> expected;
    SQLite::Statement example(
        workspace_->db(),
        "INSERT INTO example(data_set, preparation, position, role, user, target) VALUES (2, 2, ?, ?, ?, ?)");
    SplitResult split = leave_last_out(all, catalogue, {5, 2, 3, 0.3, {}, 1}, {});
    QCOMPARE(split.panel.size(), size_t{42});
    split.examples.insert(split.examples.end(), split.panel.begin(), split.panel.end());
    std::vector<std::vector<int64_t>> touched;
    for (const Example& e : split.examples) {
      example.bind(1, e.position);
      example.bind(2, role_name(e.role));
      example.bind(3, e.user);
      example.bind(4, e.target);
      example.exec();
      example.reset();
      const auto& own = positives[e.user];
      if (e.role != Role::Train) continue;
      expected.emplace_back(own.begin(), own.end() - 2);  // the target is the last but one
      touched.push_back(all[static_cast<size_t>(e.user - 501)].touched);
    }
    QCOMPARE(expected.size(), size_t{42});  // 18 of 60 are held out
    QCOMPARE(read_training_sequences(*workspace_, 2), expected);
    QCOMPARE(read_touched(*workspace_, 2), touched);
    QCOMPARE(read_catalogue(*workspace_, 2), catalogue);
    exec("UPDATE item SET interactions = 0 WHERE id = 1001");
    QCOMPARE(read_catalogue(*workspace_, 2).front(), int64_t{1002});

    // A user with a training and a panel example is found by the first, and is counted by role.
    const Preparation preparation = read_preparation(*workspace_, 2);
    QVERIFY(preparation.train_examples == 42 && preparation.panel_examples == 42 &&
            preparation.held_out_examples == 18);
    for (const Example& e : read_examples(*workspace_, 2, Role::Panel))
      QVERIFY(find_example(*workspace_, 2, e.user_key).role == Role::Train);
  }

  void itemTextsComeSortedWithAttributes() {
    exec("INSERT INTO item_attribute VALUES (2, 1, 'year', '1995'), (2, 0, 'genre', 'Drama')");
    const auto items = read_item_texts(*workspace_, 1);
    QCOMPARE(items.size(), size_t{5});
    for (size_t i = 0; i < items.size(); ++i) QCOMPARE(items[i].id, static_cast<int64_t>(i + 1));
    QCOMPARE(items[1].attributes,
             (std::vector<std::pair<std::string, std::string>>{{"genre", "Drama"}, {"year", "1995"}}));
    QVERIFY(items[0].attributes.empty());
    QVERIFY(read_item_texts(*workspace_, 2).empty());
    QCOMPARE(read_titles(*workspace_, {5, 99, 1}), (std::vector<std::string>{"E", "", "A"}));
  }

  /// A table of examples: windows in saved order, whole user keys, parts of titles in any case.
  void exampleRowsPage() {
    exec("INSERT INTO example_negative VALUES (1, 0, 2)");
    const FoundRows found = find_examples(*workspace_, 1, {}, {});
    QCOMPARE(found.count, int64_t{3});
    const auto all = read_example_rows(*workspace_, found);
    QVERIFY(all[0].user == "ann" && all[0].target == "C" && all[0].history == 1 && all[0].candidates == 3 &&
            all[0].negatives == 1 && all[0].role == Role::HeldOut && all[2].role == Role::Train);
    std::vector<int64_t> windows;
    for (int64_t offset = 0; offset < 4; ++offset) {
      for (const auto& row : read_example_rows(*workspace_, found, offset, 1)) windows.push_back(row.id);
    }
    QCOMPARE(windows, (std::vector<int64_t>{1, 2, 3}));
    for (const auto& [search, count] :
         std::map<std::string, int64_t>{{"c", 1}, {"bob", 1}, {"bo", 0}, {"%", 0}, {"'", 0}})
      QCOMPARE(find_examples(*workspace_, 1, {0, search}, {}).count, count);
    const RowQuery held_out{0, "", {{RowColumn::Role, "=held out", {}}, {RowColumn::History, {}, {1, 1}}}};
    const FoundRows those = find_examples(*workspace_, 1, held_out, {});
    QVERIFY(those.count > 0);
    for (const ExampleRow& row : read_example_rows(*workspace_, those))
      QVERIFY(row.role == Role::HeldOut && row.history == 1);
    const FoundRows backwards = find_examples(*workspace_, 1, {0, "", {}, {{RowColumn::User, true}}}, {});
    const auto rows = read_example_rows(*workspace_, backwards);
    for (size_t i = 1; i < rows.size(); ++i)
      QVERIFY(std::pair(rows[i - 1].user.size(), rows[i - 1].user) >= std::pair(rows[i].user.size(), rows[i].user));
  }

  void heldOutExamplesAreWalkedInOrder() {
    QCOMPARE(next_held_out(*workspace_, 1, 0, true), std::optional<int64_t>(2));
    QVERIFY(!next_held_out(*workspace_, 1, 1, true));  // the next one trains
    QCOMPARE(next_held_out(*workspace_, 1, 2, false), std::optional<int64_t>(2));
    QVERIFY(!next_held_out(*workspace_, 1, 0, false));
    QCOMPARE(read_example_keys(*workspace_, 1), (std::map<int64_t, std::string>{{1, "ann"}, {2, "bob"}, {3, "eve"}}));
  }
};

QTEST_GUILESS_MAIN(PreparationsTest)
#include "preparations_test.moc"
