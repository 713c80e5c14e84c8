// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/counterfactual.h"

#include <QtTest>

#include "tests/engine/explain/toy_scorer.h"
#include "tests/engine/messages.h"

using namespace prefscope;

/// Candidates 1, 2, 3; history 4, 5, 6, 7; 8 .. 12 may be added.
class CounterfactualTest : public QObject {
  Q_OBJECT

  ToyScorer toy_;

  CounterfactualQuestion question() const {
    CounterfactualQuestion q;
    q.history = toy_.some({4, 5, 6, 7});
    q.candidates = toy_.some({1, 2, 3});
    return q;
  }
  static bool close(double a, double b) { return std::abs(a - b) < 1e-12; }

 private Q_SLOTS:
  void init() {
    toy_ = {};
    for (int64_t id = 1; id <= 12; ++id) toy_.items.push_back({id, "Item " + std::to_string(id), {}});
  }

  void oneItemIsEnough() {
    toy_.weights = {{{4, 1}, 3}, {{5, 1}, 0.5}, {{6, 2}, 2}, {{7, 3}, 1}};
    const Counterfactual found = find_counterfactual(question(), toy_.function(), {});
    QCOMPARE(found.first, size_t{0});
    QVERIFY(close(found.lead, 1.5));
    QCOMPARE(found.removals.size(), size_t{1});
    QCOMPARE(found.removals[0].removed, std::vector<size_t>{0});
    QCOMPARE(found.removals[0].first, size_t{1});
    QVERIFY(close(found.removals[0].lead, 2 - 1));
    QVERIFY(found.smallest);
    QCOMPARE(found.removals_found, int64_t{1});
    QCOMPARE(found.removals_tried, int64_t{4});
    QCOMPARE(found.prompts, int64_t{toy_.scored});
    QVERIFY(found.additions.empty());
  }

  /// 4 and 5 each hold candidate 1 up; only without both 2 is first.
  void pairsAreAllTried() {
    toy_.weights = {{{4, 1}, 3}, {{5, 1}, 3}, {{6, 2}, 2}, {{7, 1}, 0.5}};
    const Counterfactual found = find_counterfactual(question(), toy_.function(), {});
    QCOMPARE(found.removals.size(), size_t{1});
    QCOMPARE(found.removals[0].removed, (std::vector<size_t>{0, 1}));
    QVERIFY(found.smallest);
  }

  /// 40 items of which any one that goes makes 2 first: all are counted, the 30 with the widest lead listed.
  void allThatDoItAreCounted() {
    for (int64_t id = 13; id <= 52; ++id) toy_.items.push_back({id, "Item " + std::to_string(id), {}});
    CounterfactualQuestion q = question();
    q.history.clear();
    toy_.weights[{4, 2}] = 39.75 * 3;
    for (int64_t id = 13; id <= 52; ++id) {
      q.history.push_back(&toy_.items[static_cast<size_t>(id - 1)]);
      toy_.weights[{id, 1}] = 3 + 0.001 * static_cast<double>(id - 32);
    }
    q.history.push_back(&toy_.items[3]);
    const Counterfactual found = find_counterfactual(q, toy_.function(), {});
    QCOMPARE(found.first, size_t{0});
    QCOMPARE(found.removals_found, int64_t{40});
    QCOMPARE(found.removals_tried, int64_t{41});  // with item 4, which holds 2 up
    QCOMPARE(found.removals.size(), size_t{30});
    QCOMPARE(found.removals.front().removed, std::vector<size_t>{39});  // the heaviest
    QVERIFY(found.removals.front().lead > found.removals.back().lead);
  }

  /// Three are needed: greedy, and said not to be proven the smallest.
  void largerSetsAreGreedy() {
    toy_.weights = {{{4, 1}, 3}, {{5, 1}, 3}, {{7, 1}, 3}, {{6, 2}, 2}};
    const Counterfactual found = find_counterfactual(question(), toy_.function(), {});
    QCOMPARE(found.removals.size(), size_t{1});
    QCOMPARE(found.removals[0].removed, (std::vector<size_t>{0, 1, 3}));
    QVERIFY(!found.smallest);
    QCOMPARE(found.removals_tried, int64_t{0});  // not all sets of three
    CounterfactualQuestion q = question();
    q.most_removed = 2;
    QVERIFY(find_counterfactual(q, toy_.function(), {}).removals.empty());
  }

  /// taking out 4 makes 3 first, yet 2 is asked for.
  void aWantedCandidateIsTheOneThatCounts() {
    toy_.weights = {{{4, 1}, 3}, {{5, 3}, 2.5}, {{6, 2}, 2}};
    CounterfactualQuestion q = question();
    const Counterfactual any = find_counterfactual(q, toy_.function(), {});
    QCOMPARE(any.removals.size(), size_t{1});
    QCOMPARE(any.removals[0].first, size_t{2});
    q.wanted = 1;
    const Counterfactual found = find_counterfactual(q, toy_.function(), {});
    QCOMPARE(found.removals.size(), size_t{1});
    QCOMPARE(found.removals[0].removed, (std::vector<size_t>{0, 1}));
    QCOMPARE(found.removals[0].first, size_t{1});
    q.wanted = 0;  // it is first already
    QVERIFY(find_counterfactual(q, toy_.function(), {}).removals.empty());
  }

  void additions() {
    toy_.weights = {{{4, 1}, 3}, {{8, 2}, 1}, {{9, 2}, 2.5}, {{10, 2}, 4}};
    CounterfactualQuestion q = question();
    q.most_removed = 0;
    q.additions = toy_.some({8, 9, 10});
    const Counterfactual found = find_counterfactual(q, toy_.function(), {});
    QCOMPARE(found.additions.size(), size_t{1});
    QCOMPARE(found.additions[0].added.front().id, int64_t{10});
    QVERIFY(found.smallest_addition);
    q.additions = toy_.some({8, 9});  // 10 may not be added: two are needed
    const Counterfactual two = find_counterfactual(q, toy_.function(), {});
    QCOMPARE(two.additions.size(), size_t{1});
    QCOMPARE(two.additions[0].added.size(), size_t{2});
    QVERIFY(!two.smallest_addition);
  }

  void tooFewCandidatesAreSaid() {
    CounterfactualQuestion q = question();
    q.candidates.resize(1);
    QVERIFY(message_of([&] { find_counterfactual(q, toy_.function(), {}); }).find("two candidates") !=
            std::string::npos);
  }

  void aStopIsHonoured() {
    std::stop_source source;
    source.request_stop();
    QVERIFY_EXCEPTION_THROWN(find_counterfactual(question(), toy_.function(), {{}, source.get_token()}), Cancelled);
  }
};

QTEST_GUILESS_MAIN(CounterfactualTest)
#include "counterfactual_test.moc"
