// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/optimizer.h"

#include <QtTest>
#include <cmath>

#include "engine/llm/safetensors.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;

namespace {

at::Tensor with_gradient(std::initializer_list<float> values, std::initializer_list<float> gradient) {
  at::Tensor parameter = at::tensor(at::ArrayRef<float>(values)).requires_grad_(true);
  parameter.mutable_grad() = at::tensor(at::ArrayRef<float>(gradient));
  return parameter;
}

bool near(double value, double expected) {
  return std::abs(value - expected) < 1e-12;
}

}  // namespace

class OptimizerTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void stepsAsTorch() {
    const auto fixture = read_safetensors(parity("train/adamw.safetensors"));
    std::vector<at::Tensor> parameters = {fixture.at("start.0").clone(), fixture.at("start.1").clone()};
    for (at::Tensor& parameter : parameters) parameter.requires_grad_(true);
    AdamW optimizer = make_adamw(parameters, 0.01);
    const at::Tensor rate = fixture.at("learning_rate");
    QCOMPARE(rate.size(0), int64_t{7});
    double worst = 0;
    for (int step = 0; step < 7; ++step) {
      for (size_t i = 0; i < 2; ++i)
        parameters[i].mutable_grad() = fixture.at("gradient." + std::to_string(step) + "." + std::to_string(i)).clone();
      adamw_step(optimizer, parameters, rate[step].item<double>());
      for (size_t i = 0; i < 2; ++i) {
        QVERIFY(!parameters[i].grad().defined());
        const at::Tensor expected = fixture.at("after." + std::to_string(step) + "." + std::to_string(i));
        worst = std::max(worst, relative_difference(parameters[i], expected));
      }
    }
    QCOMPARE(optimizer.step, int64_t{7});
    qInfo("parameters differ by %.1e", worst);
    QVERIFY(worst < 1e-6);
  }

  void firstStepByHand() {
    // Without decay the first step is learning_rate * g / (|g| + eps): 0.1 against the sign of each gradient.
    const at::Tensor parameter = with_gradient({1, 1, 1}, {4, -0.5, 0});
    AdamW optimizer = make_adamw({parameter}, 0);
    adamw_step(optimizer, {parameter}, 0.1);
    QVERIFY(relative_difference(parameter, at::tensor({0.9, 1.1, 1.0})) < 1e-6);
    // With decay 0.5 the parameter first shrinks by 1 - 0.1 * 0.5.
    const at::Tensor decayed = with_gradient({2}, {0});
    AdamW with_decay = make_adamw({decayed}, 0.5);
    adamw_step(with_decay, {decayed}, 0.1);
    QVERIFY(relative_difference(decayed, at::tensor({1.9})) < 1e-6);
  }

  void parametersWithoutGradientAreLeft() {
    const at::Tensor used = with_gradient({1}, {1}), unused = at::ones({3}).requires_grad_(true);
    AdamW optimizer = make_adamw({unused, used}, 0.1);
    adamw_step(optimizer, {unused, used}, 0.1);
    QVERIFY(unused.equal(at::ones({3})));
    QVERIFY(optimizer.first[0].equal(at::zeros({3})));
    QVERIFY(!used.equal(at::ones({1})));
  }

  void clipsByTheJointNorm() {
    // sqrt(2^2 + 1^2 + 2^2 + 4^2) = 5; to norm 1 everything is divided by 5.
    const at::Tensor a = with_gradient({0, 0}, {2, 1}), b = with_gradient({0, 0}, {2, 4}),
                     none = at::zeros({2}).requires_grad_(true);
    QVERIFY(near(clip_gradients({a, none, b}, 1), 5));
    QVERIFY(relative_difference(a.grad(), at::tensor({0.4, 0.2})) < 1e-6);
    QVERIFY(relative_difference(b.grad(), at::tensor({0.4, 0.8})) < 1e-6);
    QVERIFY(!none.grad().defined());
    // Now the norm is 1: within 2, nothing changes.
    const at::Tensor before = a.grad().clone();
    QVERIFY(std::abs(clip_gradients({a, b}, 2) - 1) < 1e-6);
    QVERIFY(a.grad().equal(before));
  }

  void warmUpAndCosineByHand() {
    // Four steps up, eight down: at step 8 half of the cosine, at step 12 its end.
    const double expected[] = {0.25, 0.5, 0.75, 1, 1};
    for (int step = 0; step < 5; ++step) QVERIFY(near(rate_factor(Schedule::Cosine, step, 12, 4), expected[step]));
    QVERIFY(near(rate_factor(Schedule::Cosine, 6, 12, 4), 0.5 * (1 + std::sqrt(0.5))));  // cos(pi / 4)
    QVERIFY(near(rate_factor(Schedule::Cosine, 8, 12, 4), 0.5));
    QVERIFY(near(rate_factor(Schedule::Cosine, 12, 12, 4), 0));
    QVERIFY(near(rate_factor(Schedule::Cosine, 99, 12, 4), 0));
    QVERIFY(near(rate_factor(Schedule::Cosine, 8, 12, 4, 0.1), 0.55));  // 0.1 + 0.9 / 2
    QVERIFY(near(rate_factor(Schedule::Cosine, 12, 12, 4, 0.1), 0.1));
    QVERIFY(near(rate_factor(Schedule::Cosine, 0, 1, 1), 1));  // a run of one step learns
    QVERIFY(near(rate_factor(Schedule::Cosine, 0, 12, 0), 1));
  }

  /// total 12, warm-up 4: a line is down a half at step 8; a constant stays.
  void otherSchedules() {
    QVERIFY(near(rate_factor(Schedule::Linear, 1, 12, 4), 0.5));
    QVERIFY(near(rate_factor(Schedule::Linear, 4, 12, 4), 1));
    QVERIFY(near(rate_factor(Schedule::Linear, 8, 12, 4), 0.5));
    QVERIFY(near(rate_factor(Schedule::Linear, 8, 12, 4, 0.1), 0.55));
    QVERIFY(near(rate_factor(Schedule::Linear, 12, 12, 4), 0));
    QVERIFY(near(rate_factor(Schedule::Constant, 0, 12, 4), 0.25));
    for (const int64_t step : {4, 8, 11}) QVERIFY(near(rate_factor(Schedule::Constant, step, 12, 4), 1));
    for (const std::string& name : schedule_names()) QVERIFY(schedule_of(name));
    QVERIFY(schedule_of("linear") == Schedule::Linear);
    QVERIFY(!schedule_of("steps"));
  }

  void noClipLeavesTheGradients() {
    const at::Tensor a = with_gradient({0}, {30}), b = with_gradient({0}, {40});
    QVERIFY(near(clip_gradients({a, b}, 0), 50));
    QCOMPARE(b.grad().item<double>(), 40.0);
    clear_gradients({a, b});
    QVERIFY(!a.grad().defined() && !b.grad().defined());
  }

  void lossScaleFollowsTheGradients() {
    LossScale scale = float16_loss_scale();
    QCOMPARE(scale.factor, 1024.0);
    adjust_loss_scale(scale, false);
    QCOMPARE(scale.factor, 512.0);
    for (int i = 0; i < 1999; ++i) adjust_loss_scale(scale, true);
    QCOMPARE(scale.factor, 512.0);
    adjust_loss_scale(scale, true);  // the 2000th in a row
    QCOMPARE(scale.factor, 1024.0);
    for (int i = 0; i < 1999; ++i) adjust_loss_scale(scale, true);
    adjust_loss_scale(scale, false);  // which breaks the row
    QCOMPARE(scale.factor, 512.0);
    adjust_loss_scale(scale, true);
    QCOMPARE(scale.factor, 512.0);
    for (int i = 0; i < 20; ++i) adjust_loss_scale(scale, false);
    QCOMPARE(scale.factor, 1.0);
    const at::Tensor a = with_gradient({0}, {30});
    unscale_gradients({4, 0}, {a});
    QCOMPARE(a.grad().item<double>(), 7.5);
  }
};

QTEST_GUILESS_MAIN(OptimizerTest)
#include "optimizer_test.moc"
