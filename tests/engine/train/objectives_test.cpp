// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/objectives.h"

#include <QtTest>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;
using nlohmann::json;

namespace {

at::Tensor random_log_probs(Random& random, at::IntArrayRef shape) {
  at::Tensor values = at::empty(shape, at::kDouble);
  auto* out = values.mutable_data_ptr<double>();
  for (int64_t i = 0; i < values.numel(); ++i) out[i] = -20 + 6 * random.normal();
  return values;
}

/// -log sigmoid(x), as in a textbook.
double logistic_loss(double x) {
  return std::log1p(std::exp(-x));
}

bool near(const at::Tensor& value, double expected, double within = 1e-9) {
  return std::abs(value.item<double>() - expected) < within;
}

ObjectiveOptions with_beta(double beta) {
  ObjectiveOptions options;
  options.beta = beta;
  return options;
}

/// Token counts 3, 4, 5 ... for rows of responses, so that no two are the same.
at::Tensor counts(at::IntArrayRef shape) {
  return at::arange(3, 3 + c10::multiply_integers(shape), at::kLong).view(shape);
}

/// The loss of rows [examples, 1 + k], chosen first.
PreferenceLoss plain(Objective objective, const at::Tensor& policy, const at::Tensor& reference,
                     const ObjectiveOptions& options) {
  return preference_loss(objective, plain_pairs(policy, reference, counts(policy.sizes())), options);
}

/// Largest difference between the gradient of loss at x and central differences, both in float64.
double gradient_error(const std::function<at::Tensor(const at::Tensor&)>& loss, const at::Tensor& x) {
  at::Tensor leaf = x.clone().requires_grad_(true);
  loss(leaf).backward();
  const at::Tensor gradient = leaf.grad().reshape({-1});
  double worst = 0;
  const double h = 1e-5;
  for (int64_t i = 0; i < x.numel(); ++i) {
    at::Tensor up = x.clone(), down = x.clone();
    up.view({-1})[i] += h;
    down.view({-1})[i] -= h;
    const double slope = (loss(up) - loss(down)).item<double>() / (2 * h);
    worst = std::max(worst, std::abs(slope - gradient[i].item<double>()));
  }
  return worst;
}

/// Every objective on preferences.
std::vector<Objective> preference_objectives() {
  std::vector<Objective> all;
  for (const std::string& name : objective_names()) {
    if (name != "sft") all.push_back(*objective_of(name));
  }
  return all;
}

const char* name_of(Objective objective) {
  return objective_names()[static_cast<size_t>(objective)].c_str();
}

}  // namespace

class ObjectivesTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void namesAndEnumAgree() {
    QCOMPARE(objective_names().size(), static_cast<size_t>(Objective::DmpoReleased) + 1);
    QVERIFY(objective_of("sft") == Objective::Sft);
    QVERIFY(objective_of("dmpo") == Objective::Dmpo);
    QVERIFY(objective_of("s-dpo") == Objective::SDpo);
    QVERIFY(objective_of("plackett-luce") == Objective::PlackettLuce);
    QVERIFY(objective_of("dmpo-released") == Objective::DmpoReleased);
    QVERIFY(!objective_of("DMPO") && !objective_of(""));
  }

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
    const PreferenceLoss loss = plain(Objective::Dmpo, policy, reference, with_beta(0.5));
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
    // Beta 2. Example 0 has the log-ratios (1, 0) and (2, -1): mean chosen reward 2 * 1.5 = 3, mean rejected
    // 2 * -0.5 = -1, margin 4: ln(1 + e^-4) = 0.0181500. Example 1 has (-1, 1) and (-3, 3): mean chosen -4, mean
    // rejected 4, margin -8: ln(1 + e^8) = 8.0003354. Loss 4.0092427.
    const at::Tensor policy = at::tensor({-1.0, -3.0, -2.0, -6.0, -4.0, -4.0, -5.0, -1.0}).view({2, 2, 2});
    const at::Tensor reference = at::tensor({-2.0, -3.0, -4.0, -5.0, -3.0, -5.0, -2.0, -4.0}).view({2, 2, 2});
    const PreferenceLoss loss = preference_loss(Objective::Dmpo, given_pairs(policy, reference, {}), with_beta(2));
    QVERIFY(near(loss.loss, 4.0092427, 1e-6));
    QVERIFY(relative_difference(loss.reward_chosen, at::tensor({3.0, -4.0})) < 1e-12);
    QVERIFY(relative_difference(loss.reward_rejected, at::tensor({-1.0, 4.0})) < 1e-12);
  }

  /// One example, beta 1, no reference beyond 0: chosen 0, rejected -1 and 1, so d = (1, -1).
  void rivalsByHand_data() {
    QTest::addColumn<QString>("objective");
    QTest::addColumn<double>("expected");
    // -log sigmoid(-log(e^-1 + e^1)) = log(1 + 0.3678794 + 2.7182818) = 1.4076060
    QTest::newRow("s-dpo") << "s-dpo" << 1.4076060;
    // (ln(1 + e^-1) + ln(1 + e^1)) / 2 = (0.3132617 + 1.3132617) / 2
    QTest::newRow("dpo") << "dpo" << 0.8132617;
    // (max(0, 0) + max(0, 2)) / 2
    QTest::newRow("hinge") << "hinge" << 1.0;
    // Places: 0 before {-1, 1}: log(1 + e^-1 + e) = 1.4076060, then -1 before {1}: log(e^-1 + e) + 1 = 2.1269280
    QTest::newRow("plackett-luce") << "plackett-luce" << 3.5345340;
    // By token (3, 4, 5 tokens): 0, -1/4, 1/5; (1/4 - 1/2)^2 and (-1/5 - 1/2)^2: (0.0625 + 0.49) / 2
    QTest::newRow("ipo") << "ipo" << 0.27625;
    // Margins 1/4 - 1/2 and -1/5 - 1/2: (ln(1 + e^0.25) + ln(1 + e^0.7)) / 2 = (0.8259394 + 1.1031861) / 2
    QTest::newRow("simpo") << "simpo" << 0.9645628;
    QTest::newRow("cpo") << "cpo" << 0.8132617;
  }
  void rivalsByHand() {
    QFETCH(QString, objective);
    QFETCH(double, expected);
    const at::Tensor policy = at::tensor({0.0, -1.0, 1.0}).view({1, 3});
    const PreferenceLoss loss =
        plain(*objective_of(objective.toStdString()), policy, at::zeros({1, 3}, at::kDouble), with_beta(1));
    QVERIFY2(near(loss.loss, expected, 1e-6), qPrintable(QString::number(loss.loss.item<double>(), 'g', 9)));
  }

  void smoothingAndTheSftTermByHand() {
    // d = (1, -1) again, s = 0.2. Each pair: 0.8 ln(1 + e^-d) + 0.2 ln(1 + e^d); over both: the same 0.8132617, since
    // the two swap. Robust: (0.8 - 0.2) of it / (1 - 0.4), the same. With one rejected, d = 1:
    // 0.8 * 0.3132617 + 0.2 * 1.3132617 = 0.5132617; robust (0.2506093 - 0.2626523) / 0.6 = -0.0200717.
    ObjectiveOptions options;
    options.label_smoothing = 0.2;
    const at::Tensor zero = at::zeros({1, 2}, at::kDouble), policy = at::tensor({0.0, -1.0}).view({1, 2});
    QVERIFY(near(plain(Objective::Dpo, policy, zero, options).loss, 0.5132617, 1e-6));
    QVERIFY(near(plain(Objective::RobustDpo, policy, zero, options).loss, -0.0200717, 1e-6));
    // Chosen -6 over 3 tokens: 2 nats by token, times 0.5, added.
    options = {};
    const at::Tensor low = at::tensor({-6.0, -7.0}).view({1, 2});
    const double without = plain(Objective::Dmpo, low, zero, options).loss.item<double>();
    options.sft_weight = 0.5;
    QVERIFY(near(plain(Objective::Dmpo, low, zero, options).loss, without + 1));
  }

  void roseposSmoothingIsEachPairsOwnByHand() {
    // d = (1, -1), s = (0.2, 0.4): 0.8 * 0.3132617 + 0.2 * 1.3132617 = 0.5132617 and 0.6 * 1.3132617 + 0.4 * 0.3132617 =
    // 0.9132617; their mean.
    const at::Tensor policy = at::tensor({0.0, -1.0, 1.0}).view({1, 3});
    PairLogProbs pairs = plain_pairs(policy, at::zeros({1, 3}, at::kDouble), counts({1, 3}));
    pairs.smoothing = at::tensor({0.2, 0.4}).view({1, 2});
    const PreferenceLoss loss = preference_loss(Objective::RosePo, pairs, with_beta(1));
    QVERIFY(near(loss.loss, 0.7132617, 1e-6));
    QVERIFY(near(loss.by_example, 0.7132617, 1e-6));
    // Without smoothings it is DPO.
    pairs.smoothing = at::zeros({1, 2}, at::kDouble);
    QVERIFY(near(preference_loss(Objective::RosePo, pairs, with_beta(1)).loss, 0.8132617, 1e-6));
  }

  /// Losses and gradients of TRL's own functions, in float64.
  void equalsTrl_data() {
    QTest::addColumn<QString>("objective");
    for (const char* name : {"dpo", "robust-dpo", "hinge", "ipo", "cpo", "simpo"})
      QTest::newRow(name) << QString::fromLatin1(name);
  }
  void equalsTrl() {
    QFETCH(QString, objective);
    const json given = json::parse(read_file(PREFSCOPE_PARITY "/train/objectives.json"));
    const auto column = [&](const char* name) {
      const auto values = given[name].get<std::vector<double>>();
      return at::tensor(at::ArrayRef<double>(values), at::kDouble).unsqueeze(1);
    };
    PairLogProbs pairs{column("chosen"),           column("rejected"),
                       column("reference_chosen"), column("reference_rejected"),
                       column("chosen_tokens"),    column("rejected_tokens")};
    pairs.chosen.requires_grad_(true);
    pairs.rejected.requires_grad_(true);
    ObjectiveOptions options;
    options.beta = given["beta"];
    options.gamma = given["gamma"];
    if (objective != QStringLiteral("dpo")) options.label_smoothing = given["label_smoothing"];
    const json& expected = given["objectives"][objective.toStdString()];
    const at::Tensor loss = preference_loss(*objective_of(objective.toStdString()), pairs, options).loss;
    loss.backward();
    QVERIFY2(near(loss, expected["loss"].get<double>(), 1e-12), qPrintable(QString::number(loss.item<double>())));
    for (const auto& [side, tensor] :
         {std::pair{"gradient_chosen", pairs.chosen}, {"gradient_rejected", pairs.rejected}}) {
      const auto values = expected[side].get<std::vector<double>>();
      const at::Tensor wanted = at::tensor(at::ArrayRef<double>(values), at::kDouble).unsqueeze(1);
      const double difference = (tensor.grad() - wanted).abs().max().item<double>();
      QVERIFY2(difference < 1e-12, qPrintable(QString::number(difference)));
    }
  }

  void oneRejectedIsDpo() {
    // DPO (arXiv 2305.18290, equation 7): -log sigmoid(beta log-ratio(chosen) - beta log-ratio(rejected)), the mean.
    Random random(1);
    const at::Tensor policy = random_log_probs(random, {6, 2}), reference = random_log_probs(random, {6, 2});
    double expected = 0;
    for (int64_t i = 0; i < 6; ++i) {
      const at::Tensor ratio = policy[i] - reference[i];
      expected += logistic_loss(0.3 * (ratio[0] - ratio[1]).item<double>()) / 6;
    }
    for (const Objective o :
         {Objective::Dmpo, Objective::SDpo, Objective::Dpo, Objective::RobustDpo, Objective::PlackettLuce}) {
      QVERIFY2(near(plain(o, policy, reference, with_beta(0.3)).loss, expected), name_of(o));
    }
  }

  void cpoIsDpoWithoutReference() {
    Random random(6);
    const at::Tensor policy = random_log_probs(random, {4, 4});
    const double dpo =
        plain(Objective::Dpo, policy, at::zeros({4, 4}, at::kDouble), with_beta(0.2)).loss.item<double>();
    for (const Objective o : {Objective::Cpo, Objective::DmpoReleased}) {
      QVERIFY(!needs_reference(o));
      QVERIFY2(near(plain(o, policy, {}, with_beta(0.2)).loss, dpo), name_of(o));
    }
  }

  void pairedEqualsPlainWhereChosenCoincide() {
    Random random(2);
    const int64_t examples = 5, k = 4;
    const at::Tensor reference = random_log_probs(random, {examples, 1 + k}), tokens = counts({examples, 1 + k});
    at::Tensor policy = random_log_probs(random, {examples, 1 + k}).requires_grad_(true);
    const auto pairs = [&](const at::Tensor& x) {
      return at::stack({x.narrow(1, 0, 1).expand({-1, k}), x.narrow(1, 1, k)}, 2);
    };
    ObjectiveOptions options = with_beta(0.2);
    options.sft_weight = 0.3;
    for (const Objective o : preference_objectives()) {
      const PreferenceLoss expected = preference_loss(o, plain_pairs(policy, reference, tokens), options);
      expected.loss.backward();
      const at::Tensor gradient = policy.grad().clone();
      policy.mutable_grad() = at::Tensor();
      const PreferenceLoss got =
          preference_loss(o, given_pairs(pairs(policy), pairs(reference), pairs(tokens)), options);
      got.loss.backward();
      QVERIFY2(near(got.loss, expected.loss.item<double>(), 1e-12), name_of(o));
      QVERIFY2(relative_difference(got.reward_chosen, expected.reward_chosen) < 1e-12, name_of(o));
      QVERIFY2(relative_difference(got.reward_rejected, expected.reward_rejected) < 1e-12, name_of(o));
      QVERIFY2(relative_difference(policy.grad(), gradient) < 1e-12, name_of(o));
      policy.mutable_grad() = at::Tensor();
    }
  }

  void atMostDpoAndSDpo() {
    // -log sigmoid is convex, so its value at the mean of the margins is at most the mean of its values (Jensen), and
    // less where the margins differ. With m the mean of -d: log sum exp(-d) >= m + log k, so S-DPO is above DMPO.
    Random random(3);
    for (int round = 0; round < 50; ++round) {
      const auto k = 2 + static_cast<int64_t>(random.below(5));
      const at::Tensor policy = random_log_probs(random, {1, 1 + k}), reference = random_log_probs(random, {1, 1 + k});
      const auto value = [&](Objective o) { return plain(o, policy, reference, with_beta(0.1)).loss.item<double>(); };
      QVERIFY(value(Objective::Dmpo) < value(Objective::Dpo));
      QVERIFY(value(Objective::Dmpo) < value(Objective::SDpo));
    }
  }

  void sDpoIsSoftmaxCrossEntropy() {
    Random random(7);
    const at::Tensor policy = random_log_probs(random, {6, 5}), reference = random_log_probs(random, {6, 5});
    const at::Tensor scores = (policy - reference) * 0.4;
    const double expected = -at::log_softmax(scores, 1).select(1, 0).mean().item<double>();
    QVERIFY(near(plain(Objective::SDpo, policy, reference, with_beta(0.4)).loss, expected));
  }

  void plackettLuceIsAProbability() {
    // Over all orders of the rejected, exp(-loss) adds up to the softmax probability of the chosen.
    Random random(8);
    const at::Tensor policy = random_log_probs(random, {1, 4}) * 0.1, reference = at::zeros({1, 4}, at::kDouble);
    std::vector<int64_t> order = {1, 2, 3};
    double sum = 0;
    do {
      const at::Tensor index = at::tensor(std::vector<int64_t>{0, order[0], order[1], order[2]}, at::kLong);
      sum += std::exp(
          -plain(Objective::PlackettLuce, policy.index_select(1, index), reference, with_beta(1)).loss.item<double>());
    } while (std::next_permutation(order.begin(), order.end()));
    QVERIFY(near(at::softmax(policy, 1)[0][0], sum));
  }

  void equalPolicyAndReferenceGiveLogTwo() {
    Random random(4);
    const at::Tensor log_probs = random_log_probs(random, {4, 5});
    const PreferenceLoss loss = plain(Objective::Dmpo, log_probs, log_probs, with_beta(1));
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
    // In float32, as in training, every objective.
    for (const Objective o : preference_objectives()) {
      at::Tensor policy = at::tensor({static_cast<float>(margin), 0.0F, 0.0F}).view({1, 3}).requires_grad_(true);
      const at::Tensor loss = plain(o, policy, at::zeros({1, 3}), with_beta(1)).loss;
      loss.backward();
      QVERIFY2(std::isfinite(loss.item<double>()), name_of(o));
      QVERIFY2(policy.grad().isfinite().all().item<bool>(), name_of(o));
    }
    // DMPO far ahead: loss and gradient 0. Far behind: loss -margin, gradient -1 for the chosen and 1/2 for each
    // rejected.
    const double behind = margin < 0 ? 1 : 0;
    at::Tensor policy = at::tensor({static_cast<float>(margin), 0.0F, 0.0F}).view({1, 3}).requires_grad_(true);
    const at::Tensor loss = plain(Objective::Dmpo, policy, at::zeros({1, 3}), with_beta(1)).loss;
    loss.backward();
    QCOMPARE(loss.item<double>(), behind * 1e4);
    QVERIFY(policy.grad().equal(at::tensor({-behind, behind / 2, behind / 2}, at::kFloat).view({1, 3})));
  }

  void gradientsEqualFiniteDifferences() {
    Random random(5);
    const at::Tensor reference = random_log_probs(random, {3, 5}), pairs = random_log_probs(random, {3, 2, 2});
    ObjectiveOptions options = with_beta(0.1);
    options.label_smoothing = 0.1;
    options.sft_weight = 0.2;
    for (const Objective o : preference_objectives()) {
      const double error = gradient_error([&](const at::Tensor& x) { return plain(o, x, reference, options).loss; },
                                          random_log_probs(random, {3, 5}));
      QVERIFY2(error < 1e-8, name_of(o));
      const double paired = gradient_error(
          [&](const at::Tensor& x) {
            return preference_loss(o, given_pairs(x, pairs, counts({3, 2, 2})), options).loss;
          },
          random_log_probs(random, {3, 2, 2}));
      QVERIFY2(paired < 1e-8, name_of(o));
    }
    QVERIFY(gradient_error([](const at::Tensor& x) { return sft_loss(x.reshape({-1})); },
                           random_log_probs(random, {2, 4})) < 1e-8);
  }
};

QTEST_GUILESS_MAIN(ObjectivesTest)
#include "objectives_test.moc"
