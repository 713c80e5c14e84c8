// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/plan.h"

#include <QtTest>
#include <algorithm>
#include <numeric>
#include <set>

#include "tests/engine/train/small_training.h"

using namespace prefscope;

class PlanTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void planTakesEachExampleOnceAnEpoch() {
    const auto examples = random_examples(Form::Plain, 17, 1).examples;
    const auto steps = plan_steps(examples, 3, 200, 7);
    std::vector<size_t> order;
    for (const auto& step : steps) order.insert(order.end(), step.examples.begin(), step.examples.end());
    QCOMPARE(order.size(), size_t{51});
    std::set<std::vector<size_t>> orders;
    for (int epoch = 0; epoch < 3; ++epoch) {
      std::vector<size_t> one(order.begin() + 17 * epoch, order.begin() + 17 * (epoch + 1));
      orders.insert(one);
      std::sort(one.begin(), one.end());
      std::vector<size_t> every(17);
      std::iota(every.begin(), every.end(), 0);
      QCOMPARE(one, every);
    }
    QCOMPARE(orders.size(), size_t{3});  // each epoch in an order of its own
  }

  void planFillsStepsToTheBudget() {
    const auto examples = random_examples(Form::Plain, 40, 2).examples;
    for (const int64_t budget : {1, 60, 150, 1000, 1'000'000}) {
      const auto steps = plan_steps(examples, 2, budget, 3);
      for (size_t s = 0; s < steps.size(); ++s) {
        QVERIFY(!steps[s].examples.empty());
        int64_t tokens = 0;
        for (const size_t e : steps[s].examples) tokens += examples[e].tokens;
        // Within the budget, unless one example alone is larger; and the next example of the epoch would not have
        // fitted.
        QVERIFY(tokens <= budget || steps[s].examples.size() == 1);
        if (s + 1 < steps.size() && steps[s + 1].epoch == steps[s].epoch)
          QVERIFY(tokens + examples[steps[s + 1].examples.front()].tokens > budget);
      }
    }
  }

  void planFollowsTheSeed() {
    const auto examples = random_examples(Form::Plain, 17, 1).examples;
    const auto plan = [&](double epochs, uint64_t seed) {
      std::vector<std::vector<size_t>> steps;
      for (const PlannedStep& step : plan_steps(examples, epochs, 200, seed)) steps.push_back(step.examples);
      return steps;
    };
    QCOMPARE(plan(2, 7), plan(2, 7));
    QVERIFY(plan(2, 7) != plan(2, 8));
    // A longer training begins as a shorter one: the order of an epoch does not depend on how many there are.
    const auto longer = plan(3, 7), shorter = plan(1, 7);
    QVERIFY(std::equal(shorter.begin(), shorter.end(), longer.begin()));
  }

  void planOfPartsOfAnEpoch_data() {
    QTest::addColumn<double>("epochs");
    QTest::addColumn<int>("examples");
    QTest::newRow("two and a half") << 2.5 << 43;  // round(2.5 * 17) = round(42.5)
    QTest::newRow("a third") << 1.0 / 3 << 6;      // round(5.67)
    QTest::newRow("next to nothing") << 1e-6 << 1;
  }

  void planOfPartsOfAnEpoch() {
    QFETCH(double, epochs);
    QFETCH(int, examples);
    size_t count = 0;
    for (const auto& step : plan_steps(random_examples(Form::Plain, 17, 1).examples, epochs, 200, 7))
      count += step.examples.size();
    QCOMPARE(count, static_cast<size_t>(examples));
  }

  void planOfNothingIsEmpty() { QVERIFY(plan_steps({}, 3, 200, 7).empty()); }

  /// Steps do not span two epochs, not even where there is room for both.
  void stepsEndWithTheirEpoch() {
    const auto examples = random_examples(Form::Plain, 17, 1).examples;
    const auto whole = plan_steps(examples, 3, 1'000'000, 7);
    QCOMPARE(whole.size(), size_t{3});
    for (size_t e = 0; e < 3; ++e) {
      QCOMPARE(whole[e].epoch, static_cast<int64_t>(e));
      QCOMPARE(whole[e].examples.size(), size_t{17});
    }
    int64_t epoch = 0;
    size_t seen = 0;
    for (const PlannedStep& step : plan_steps(examples, 2.5, 200, 7)) {
      if (step.epoch != epoch) {
        QCOMPARE(step.epoch, epoch + 1);
        QCOMPARE(seen, size_t{17});
        ++epoch;
        seen = 0;
      }
      seen += step.examples.size();
    }
    QCOMPARE(seen, size_t{9});  // of round(42.5) = 43
  }

  void evaluationsAreEvenlySpread() {
    // Steps 10: halves of 5; thirds round(3.33), round(6.67), 10.
    QCOMPARE(plan_evaluations(10, 2), (std::vector<int64_t>{0, 5, 10}));
    QCOMPARE(plan_evaluations(10, 3), (std::vector<int64_t>{0, 3, 7, 10}));
    QCOMPARE(plan_evaluations(10, 0), (std::vector<int64_t>{0, 10}));
    QCOMPARE(plan_evaluations(3, 10), (std::vector<int64_t>{0, 1, 2, 3}));  // each once
  }

  void passesHoldExamplesOfOneShape() {
    std::vector<TokenizedExample> examples = random_examples(Form::Plain, 8, 1).examples;
    const int64_t tokens[] = {30, 30, 30, 90, 30, 30, 30, 30};
    for (size_t i = 0; i < 8; ++i) examples[i].tokens = tokens[i];
    examples[5].groups.front().responses.pop_back();
    std::vector<size_t> all = {0, 1, 2, 3, 4, 5, 6, 7};
    const std::vector<std::vector<size_t>> expected = {{0, 1}, {2}, {3}, {4}, {5}, {6, 7}};
    QCOMPARE(split_into_passes(all, examples, 60), expected);
    QVERIFY(split_into_passes({}, examples, 60).empty());
  }
};

QTEST_GUILESS_MAIN(PlanTest)
#include "plan_test.moc"
