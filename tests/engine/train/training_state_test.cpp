// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/training_state.h"

#include <QtTest>
#include <cmath>

#include "engine/base/files.h"
#include "engine/llm/safetensors.h"
#include "tests/engine/train/small_training.h"

using namespace prefscope;

class TrainingStateTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void refusesDamagedCheckpoints() {
    const TrainingExamples all = random_examples(Form::Plain, 12, 3);
    QTemporaryDir dir;
    const TrainingOptions options = small_options(Form::Plain, dir);
    train(all, options, 3);
    const std::string good = read_file(options.checkpoint);
    const auto message = [&] { return error_of(ErrorKind::BadFile, [&] { train(all, options); }); };
    const auto with = [&](const std::string& name, const at::Tensor& tensor) {
      write_file_atomically(options.checkpoint, good);
      auto tensors = read_safetensors(options.checkpoint);
      tensors.erase(name);
      if (tensor.defined()) tensors[name] = tensor;
      write_safetensors(options.checkpoint, {tensors.begin(), tensors.end()});
      return message();
    };
    const std::string file = options.checkpoint.string(), advice = "delete the file";
    write_file_atomically(options.checkpoint, good.substr(0, good.size() / 2));
    QVERIFY2(says(message(), {file, "damaged or incomplete"}), message().c_str());
    write_file_atomically(options.checkpoint, "");
    QVERIFY2(says(message(), {file, "damaged or incomplete"}), message().c_str());

    std::string found = with("first.5", {});
    QVERIFY2(says(found, {file, "tensor first.5 is missing", advice}), found.c_str());
    found = with("weight.0", at::zeros({3, 17}));
    QVERIFY2(says(found, {file, "tensor weight.0", "expected Float [3, 16]", "found Float [3, 17]", advice}),
             found.c_str());
    found = with("weight.0", at::zeros({3, 16}, at::kHalf));
    QVERIFY2(says(found, {file, "tensor weight.0", "expected Float [3, 16]", "found Half [3, 16]", advice}),
             found.c_str());
    for (const int64_t step : {int64_t{-1}, int64_t{1'000'000'000'000}}) {
      found = with("step", at::scalar_tensor(step, at::kLong));
      QVERIFY2(says(found, {file, "step within 0 ..", "found " + std::to_string(step), advice}), found.c_str());
    }
    found = with("threads", at::scalar_tensor(int64_t{0}, at::kLong));
    QVERIFY2(says(found, {file, "threads within 1 ..", "found 0", advice}), found.c_str());
    write_file_atomically(options.checkpoint, good);
    QCOMPARE(train(all, options).done, int64_t{3});  // the file as it was is taken
  }

  /// A checkpoint of another training, the same in all its shapes.
  void refusesForeignCheckpoints_data() {
    QTest::addColumn<int>("change");
    int change = 0;
    for (const char* name : {"seed", "beta", "learning rate", "epochs", "batch", "an id of an example", "objective",
                             "schedule", "panel", "alpha", "dropout", "rsLoRA", "targets", "negatives"})
      QTest::newRow(name) << change++;
  }

  void refusesForeignCheckpoints() {
    QFETCH(int, change);
    TrainingExamples all = random_examples(Form::Plain, 12, 3);
    QTemporaryDir dir;
    TrainingOptions options = small_options(Form::Plain, dir);
    train(all, options, 3);
    const std::string before = sha256_file(options.checkpoint);
    switch (change) {
      case 0:
        options.seed = 5;
        break;
      case 1:
        options.loss.beta = 0.1;
        break;
      case 2:
        options.learning_rate = 0.02;
        break;
      case 3:
        options.epochs = 3;
        break;
      case 4:
        ++options.batch_tokens;
        break;
      case 5:
        all.examples[7].groups[0].responses[2][0] ^= 1;
        break;
      case 6:
        options.objective = Objective::Cpo;
        break;
      case 7:
        options.schedule = Schedule::Linear;
        break;
      case 8:
        options.panel = random_panel(2, 1);
        break;
      case 9:
        options.lora.alpha = 7;
        break;
      case 10:
        options.lora.dropout = 0.1;
        break;
      case 11:
        options.lora.rank_stabilized = true;
        break;
      case 12:
        options.lora.targets = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"};
        break;
      default:
        options.source = "uniform";
    }
    const std::string message = error_of(ErrorKind::BadFile, [&] { train(all, options); });
    QVERIFY2(says(message, {options.checkpoint.string(), "another training", "same options", "delete the file"}),
             message.c_str());
    QCOMPARE(sha256_file(options.checkpoint), before);
  }

  /// A checkpoint of a training whose items change by epoch: each way in which its lists can be wrong.
  void refusesDamagedLists() {
    const ExampleSource source = drawn_source(6, 3, false);
    QTemporaryDir dir;
    TrainingOptions options = small_options(Form::Plain, dir);
    options.panel = random_panel(3, 1);
    options.stop_early = "margin";
    train(source, options, 3);
    const auto good = read_safetensors(options.checkpoint);
    const auto with = [&](const std::string& name, const at::Tensor& tensor) {
      auto tensors = good;
      tensors[name] = tensor;
      write_safetensors(options.checkpoint, {tensors.begin(), tensors.end()});
      return error_of(ErrorKind::BadFile, [&] { train(source, options); });
    };
    const auto integers = [](std::vector<int64_t> values) {
      return at::tensor(at::ArrayRef<int64_t>(values), at::kLong);
    };
    const auto number = [](double value) { return at::scalar_tensor(value, at::kDouble); };
    struct Case {
      std::string name;
      at::Tensor tensor;
      std::vector<std::string> said;
    };
    const std::vector<Case> cases = {
        {"negatives.counts", integers({3, 3}), {"negatives.counts of 6 examples, found 2"}},
        {"negatives.counts", integers({3, 3, 3, 3, 3, 99}), {"at most 3 items at example 5, found 99"}},
        {"negatives.counts", integers({-1, 3, 3, 3, 3, 3}), {"at example 0, found -1"}},
        {"negatives.items", at::zeros({3, 3}, at::kLong), {"tensor negatives.items", "found Long [3, 3]"}},
        {"reference.log_probs", at::zeros({1}), {"as many reference.log_probs as reference.responses"}},
        {"reference.responses", at::zeros({4, 15}, at::kByte), {"tensor reference.responses", "[4, 15]"}},
        {"best.value", number(std::nan("")), {"best.value to be a number, found nan"}},
        {"best.step", at::scalar_tensor(int64_t{9}, at::kLong), {"best.step within -1 .. 3, found 9"}},
        {"best.0", at::zeros({2, 2}), {"tensor best.0", "found Float [2, 2]"}},
        {"loss_scale", number(0), {"loss_scale >= 1, found 0"}},
        {"epoch", at::scalar_tensor(int64_t{-2}, at::kLong), {"epoch within -1 ..", "found -2"}},
        {"evaluated", at::scalar_tensor(int64_t{4}, at::kLong), {"evaluated within -1 .. 3, found 4"}}};
    for (const Case& one : cases) {
      std::vector<std::string> said = one.said;
      said.push_back(options.checkpoint.string());
      said.push_back("delete the file to train from the start");
      const std::string message = with(one.name, one.tensor);
      QVERIFY2(says(message, said), (one.name + ": " + message).c_str());
    }
  }

  void comesBackAsItWas() {
    QTemporaryDir dir;
    const fs::path file = fs::path(dir.path().toStdString()) / "state";
    const auto fresh = [] {
      TrainingState state;
      state.identity = at::zeros({64}, at::kByte);
      state.adapter = make_lora(small_config(), 2, 4, 1);
      state.optimizer = make_adamw(parameters(state.adapter), 0);
      return state;
    };
    TrainingState state = fresh();
    state.step = 7, state.optimizer.step = 6, state.evaluated = 5, state.epoch = 2;
    state.loss_scale = {512, 3};
    state.negatives = {{4, 5}, {}, {6}};
    state.known = {{std::string(16, 'a'), -1.5F}, {std::string(16, '\0'), -2.5F}};
    state.best = {5, 0.25, 2, {}};
    for (const at::Tensor& weight : parameters(state.adapter)) state.best.weights.push_back(weight + 1);
    save_state(state, file);
    TrainingState back = fresh();
    restore_state(back, file, 10, 3);
    QCOMPARE(back.step, int64_t{7});
    QCOMPARE(back.optimizer.step, int64_t{6});
    QCOMPARE(back.evaluated, int64_t{5});
    QCOMPARE(back.epoch, int64_t{2});
    QCOMPARE(back.loss_scale.factor, 512.0);
    QCOMPARE(back.loss_scale.good_steps, int64_t{3});
    QCOMPARE(back.negatives, state.negatives);
    QVERIFY(back.known == state.known);
    QCOMPARE(back.best.step, int64_t{5});
    QCOMPARE(back.best.value, 0.25);
    QCOMPARE(back.best.without_better, int64_t{2});
    QVERIFY(same_bits(back.best.weights, state.best.weights));
  }
};

QTEST_GUILESS_MAIN(TrainingStateTest)
#include "training_state_test.moc"
