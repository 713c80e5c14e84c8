// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/objectives.h"

#include <QtTest>
#include <cmath>
#include <functional>

#include "tests/engine/llm/small_models.h"

using namespace prefscope;

namespace {

at::Tensor random_log_probs(Random& random, int64_t rows, int64_t columns) {
  at::Tensor values = at::empty({rows, columns}, at::kDouble);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) values[i][j] = -20 + 6 * random.normal();
  }
  return values;
}

/// -log sigmoid(x), as in a textbook.
double logistic_loss(double x) {
  return std::log1p(std::exp(-x));
}

bool near(const at::Tensor& value, double expected, double within = 1e-9) {
  return std::abs(value.item<double>() - expected) < within;
}

/// Largest difference between the gradient of loss at x [rows, columns] and central differences, both in float64.
double gradient_error(const std::function<at::Tensor(const at::Tensor&)>& loss, const at::Tensor& x) {
  at::Tensor leaf = x.clone().requires_grad_(true);
  loss(leaf).backward();
  double worst = 0;
  const double h = 1e-5;
  for (int64_t i = 0; i < x.size(0); ++i) {
    for (int64_t j = 0; j < x.size(1); ++j) {
      at::Tensor up = x.clone(), down = x.clone();
      up[i][j] += h;
      down[i][j] -= h;
      const double slope = (loss(up) - loss(down)).item<double>() / (2 * h);
      worst = std::max(worst, std::abs(slope - leaf.grad()[i][j].item<double>()));
    }
  }
  return worst;
}

}  // namespace

class ObjectivesTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void sftByHand() {
    // -(-1 - 2 - 6) / 3
    QVERIFY(near(sft_loss(at::tensor({-1.0, -2.0, -6.0})), 3));
  }

  void dmpoByHand() {
    // Example 1: log-ratios 1, -1, 1, rewards with beta 0.5: 0.5, -0.5, 0.5. Mean of the rejected 0, margin 0.5:
    // ln(1 + e^-0.5) = 0.4740770. Example 2: log-ratios -2, 1, 3, rewards -1, 0.5, 1.5, mean 1, margin -2:
    // ln(1 + e^2) = 2.1269280. Loss: their mean, 1.3005025.
    const at::Tensor policy = at::tensor({-3.0, -5.0, -7.0, -6.0, -2.0, -1.0}).view({2, 3}).requires_grad_(true);
    const at::Tensor reference = at::tensor({-4.0, -4.0, -8.0, -4.0, -3.0, -4.0}).view({2, 3});
    const PreferenceLoss loss = dmpo_loss(policy, reference, 0.5);
    QVERIFY(near(loss.loss, 1.3005025, 1e-6));
    QVERIFY(relative_difference(loss.reward_chosen, at::tensor({0.5, -1.0})) < 1e-12);
    QVERIFY(relative_difference(loss.reward_rejected, at::tensor({0.0, 1.0})) < 1e-12);
    QVERIFY(!loss.reward_chosen.requires_grad() && !loss.reward_rejected.requires_grad());
    // dL/d log pi(chosen) = -beta / 2 examples * sigmoid(-margin): -0.25 * 0.3775407 and -0.25 * 0.8807971; each of
    // the two rejected takes half of it, with the other sign.
    loss.loss.backward();
    const at::Tensor expected =
        at::tensor({-0.0943852, 0.0471926, 0.0471926, -0.2201993, 0.1100996, 0.1100996}).view({2, 3});
    QVERIFY(relative_difference(policy.grad(), expected) < 1e-5);
  }

  void pairedDmpoByHand() {
    // Example 0 has the pairs 0 and 2, example 1 the pair 1; beta 2. Log-ratios: (1, 0), (-1, 1), (2, -1).
    // Example 0: mean chosen reward 2 * 1.5 = 3, mean rejected 2 * -0.5 = -1, margin 4: ln(1 + e^-4) = 0.0181500.
    // Example 1: -2 and 2, margin -4: ln(1 + e^4) = 4.0181500. Loss 2.0181500.
    const at::Tensor policy = at::tensor({-1.0, -3.0, -4.0, -4.0, -2.0, -6.0}).view({3, 2});
    const at::Tensor reference = at::tensor({-2.0, -3.0, -3.0, -5.0, -4.0, -5.0}).view({3, 2});
    const PreferenceLoss loss = paired_dmpo_loss(policy, reference, {0, 1, 0}, 2, 2);
    QVERIFY(near(loss.loss, 2.0181500, 1e-6));
    QVERIFY(relative_difference(loss.reward_chosen, at::tensor({3.0, -2.0})) < 1e-12);
    QVERIFY(relative_difference(loss.reward_rejected, at::tensor({-1.0, 2.0})) < 1e-12);
  }

  void oneRejectedIsDpo() {
    // DPO (arXiv 2305.18290, equation 7): -log sigmoid(beta log-ratio(chosen) - beta log-ratio(rejected)), the mean.
    Random random(1);
    const at::Tensor policy = random_log_probs(random, 6, 2), reference = random_log_probs(random, 6, 2);
    double expected = 0;
    for (int64_t i = 0; i < 6; ++i) {
      const at::Tensor ratio = policy[i] - reference[i];
      expected += logistic_loss(0.3 * (ratio[0] - ratio[1]).item<double>()) / 6;
    }
    QVERIFY(near(dmpo_loss(policy, reference, 0.3).loss, expected));
  }

  void pairedEqualsPlainWhereChosenCoincide() {
    Random random(2);
    const int64_t examples = 5, k = 4;
    const at::Tensor policy = random_log_probs(random, examples, 1 + k).requires_grad_(true),
                     reference = random_log_probs(random, examples, 1 + k);
    std::vector<int64_t> owner, chosen, rejected;
    for (int64_t i = 0; i < examples; ++i) {
      for (int64_t j = 1; j <= k; ++j) {
        owner.push_back(i);
        chosen.push_back(i * (1 + k));
        rejected.push_back(i * (1 + k) + j);
      }
    }
    const auto pairs = [&](const at::Tensor& x) {
      const auto pick = [&](const std::vector<int64_t>& index) {
        return x.reshape({-1}).index_select(0, at::tensor(at::ArrayRef<int64_t>(index), at::kLong));
      };
      return at::stack({pick(chosen), pick(rejected)}, 1);
    };
    const PreferenceLoss plain = dmpo_loss(policy, reference, 0.2);
    plain.loss.backward();
    const at::Tensor gradient = policy.grad().clone();
    policy.mutable_grad() = at::Tensor();
    const PreferenceLoss paired = paired_dmpo_loss(pairs(policy), pairs(reference), owner, examples, 0.2);
    paired.loss.backward();
    QVERIFY(near(paired.loss, plain.loss.item<double>(), 1e-12));
    QVERIFY(relative_difference(paired.reward_chosen, plain.reward_chosen) < 1e-12);
    QVERIFY(relative_difference(paired.reward_rejected, plain.reward_rejected) < 1e-12);
    QVERIFY(relative_difference(policy.grad(), gradient) < 1e-12);
  }

  void atMostTheMeanOfDpo() {
    // -log sigmoid is convex, so its value at the mean of the margins is at most the mean of its values (Jensen), and
    // less where the margins differ.
    Random random(3);
    for (int round = 0; round < 50; ++round) {
      const auto k = 2 + static_cast<int64_t>(random.below(5));
      const at::Tensor policy = random_log_probs(random, 1, 1 + k), reference = random_log_probs(random, 1, 1 + k);
      double dpo = 0;
      for (int64_t j = 1; j <= k; ++j) {
        const auto pair = [&](const at::Tensor& x) { return at::stack({x.select(1, 0), x.select(1, j)}, 1); };
        dpo += dmpo_loss(pair(policy), pair(reference), 0.1).loss.item<double>() / static_cast<double>(k);
      }
      QVERIFY(dmpo_loss(policy, reference, 0.1).loss.item<double>() < dpo);
    }
  }

  void equalPolicyAndReferenceGiveLogTwo() {
    Random random(4);
    const at::Tensor log_probs = random_log_probs(random, 4, 5);
    const PreferenceLoss loss = dmpo_loss(log_probs, log_probs, 1);
    QVERIFY(near(loss.loss, std::log(2.0), 1e-12));
    QVERIFY(loss.reward_chosen.equal(at::zeros({4}, at::kDouble)));
  }

  void hugeMarginsStayFinite_data() {
    QTest::addColumn<double>("margin");
    QTest::newRow("chosen far ahead") << 1e4;
    QTest::newRow("chosen far behind") << -1e4;
  }
  void hugeMarginsStayFinite() {
    QFETCH(double, margin);
    // In float32, as in training. Far ahead: loss and gradient 0. Far behind: loss -margin, gradient -1 for the chosen
    // and 1/2 for each rejected.
    const auto value = static_cast<float>(margin);
    const double behind = margin < 0 ? 1 : 0;
    at::Tensor policy = at::tensor({value, 0.0F, 0.0F}).view({1, 3}).requires_grad_(true);
    const at::Tensor plain = dmpo_loss(policy, at::zeros({1, 3}), 1).loss;
    plain.backward();
    QCOMPARE(plain.item<double>(), behind * 1e4);
    QVERIFY(policy.grad().equal(at::tensor({-behind, behind / 2, behind / 2}, at::kFloat).view({1, 3})));

    at::Tensor pairs = at::tensor({value, 0.0F, value, 0.0F}).view({2, 2}).requires_grad_(true);
    const at::Tensor paired = paired_dmpo_loss(pairs, at::zeros({2, 2}), {0, 0}, 1, 1).loss;
    paired.backward();
    QCOMPARE(paired.item<double>(), behind * 1e4);
    QVERIFY(
        pairs.grad().equal(at::tensor({-behind / 2, behind / 2, -behind / 2, behind / 2}, at::kFloat).view({2, 2})));
  }

  void gradientsEqualFiniteDifferences() {
    Random random(5);
    const at::Tensor reference = random_log_probs(random, 3, 5), pairs = random_log_probs(random, 5, 2);
    QVERIFY(gradient_error([&](const at::Tensor& x) { return dmpo_loss(x, reference, 0.1).loss; },
                           random_log_probs(random, 3, 5)) < 1e-8);
    QVERIFY(gradient_error(
                [&](const at::Tensor& x) {
                  return paired_dmpo_loss(x, pairs, {1, 0, 1, 2, 1}, 3, 0.1).loss;
                },
                random_log_probs(random, 5, 2)) < 1e-8);
    QVERIFY(gradient_error([](const at::Tensor& x) { return sft_loss(x.reshape({-1})); },
                           random_log_probs(random, 2, 4)) < 1e-8);
  }
};

QTEST_GUILESS_MAIN(ObjectivesTest)
#include "objectives_test.moc"
