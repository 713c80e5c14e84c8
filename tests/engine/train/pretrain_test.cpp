// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/pretrain.h"

#include <QtTest>
#include <cmath>

#include "engine/base/files.h"
#include "engine/llm/forward.h"
#include "engine/llm/safetensors.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

/// Texts that a model can learn: each token is the one before it plus 3, modulo 40. The second of two responses counts
/// for nothing.
PretrainBatch counting_batch(int64_t step, double) {
  Random random({static_cast<uint64_t>(step), 0xc});
  PretrainBatch batch;
  for (int text = 0; text < 4; ++text) {
    auto id = static_cast<int32_t>(random.below(40));
    PromptGroup group{{id}, {{}, random_ids(random, 3, 40)}};
    for (int n = 0; n < 6; ++n) group.responses[0].push_back(id = (id + 3) % 40);
    batch.groups.push_back(group);
    batch.weights.insert(batch.weights.end(), 6, text == 0 ? 2.0F : 1.0F);
    batch.weights.insert(batch.weights.end(), 3, 0.0F);
  }
  return batch;
}

PretrainOptions small_options(const QTemporaryDir& dir, int64_t steps) {
  PretrainOptions options;
  options.steps = steps;
  options.learning_rate = 0.01;
  options.identity = "counting";
  options.checkpoint = fs::path(dir.path().toStdString()) / "checkpoint.safetensors";
  return options;
}

/// A pre-training that a stop ends before the batch of step `stop_at`.
void train_until(ModelWeights& model, const PretrainOptions& options, int64_t stop_at) {
  std::stop_source stop;
  TaskContext context;
  context.stop = stop.get_token();
  const auto batch = [&](int64_t step, double done) {
    if (step == stop_at) stop.request_stop();
    return counting_batch(step, done);
  };
  QVERIFY_EXCEPTION_THROWN(pretrain(model, options, batch, context), Cancelled);
}

bool same_weights(const ModelWeights& a, const ModelWeights& b) {
  const auto x = named_tensors(a), y = named_tensors(b);
  for (size_t i = 0; i < x.size(); ++i) {
    if (!x[i].second.equal(y[i].second)) return false;
  }
  return x.size() == y.size();
}

}  // namespace

class PretrainTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void learns() {
    QTemporaryDir dir;
    ModelWeights model = random_weights(small_config(), 1);
    const PretrainResult result = pretrain(model, small_options(dir, 150), counting_batch, {});
    QCOMPARE(result.steps, int64_t{150});
    QCOMPARE(result.curve.size(), size_t{150});
    QVERIFY(std::abs(result.curve.front() - std::log(40.0)) < 0.1);  // at first every token is as likely
    QVERIFY2(result.loss < 1, qPrintable(QString::number(result.loss)));
    double tail = 0;
    for (size_t i = 100; i < 150; ++i) tail += result.curve[i] / 50;
    QVERIFY(std::abs(result.loss - tail) < 1e-12);
    QVERIFY(!fs::exists(small_options(dir, 150).checkpoint));
    QVERIFY(!model.head.requires_grad());
  }

  void lossIsTheWeightedMean() {
    QTemporaryDir dir;
    ModelWeights model = lively_weights(small_config(), 1);
    const PretrainBatch batch = counting_batch(0, 0);
    const at::Tensor log_probs = response_log_probs(model, {}, pack(batch.groups));
    double sum = 0, weight = 0;
    for (size_t i = 0; i < batch.weights.size(); ++i) {
      sum -= batch.weights[i] * log_probs[static_cast<int64_t>(i)].item<double>();
      weight += batch.weights[i];
    }
    QCOMPARE(weight, 30.0);  // 6 tokens at 2 and 18 at 1
    const double loss = pretrain(model, small_options(dir, 1), counting_batch, {}).curve.front();
    QVERIFY(std::abs(loss - sum / weight) < 1e-5);
  }

  void stoppedAndResumedEndsInTheSameBits() {
    QTemporaryDir dir, broken;
    ModelWeights whole = random_weights(small_config(), 1);
    const PretrainResult expected = pretrain(whole, small_options(dir, 24), counting_batch, {});
    const PretrainOptions options = small_options(broken, 24);
    for (const int64_t stop_at : {1, 9, 23}) {
      ModelWeights part = random_weights(small_config(), 1);
      train_until(part, options, stop_at);
      QVERIFY(fs::exists(options.checkpoint));
    }
    ModelWeights resumed = random_weights(small_config(), 1);
    int64_t first = -1;
    const auto batch = [&](int64_t step, double done) {
      if (first < 0) first = step;
      return counting_batch(step, done);
    };
    const PretrainResult result = pretrain(resumed, options, batch, {});
    QCOMPARE(first, int64_t{23});
    QCOMPARE(result.curve, expected.curve);
    QVERIFY(same_weights(resumed, whole));
  }

  void aCheckpointOfAnotherIdentityIsNotResumed() {
    QTemporaryDir dir, other;
    PretrainOptions options = small_options(dir, 8);
    ModelWeights model = random_weights(small_config(), 1), again = random_weights(small_config(), 1),
                 alone = random_weights(small_config(), 1);
    train_until(model, options, 5);
    options.identity = "something else";
    QCOMPARE(pretrain(again, options, counting_batch, {}).steps, int64_t{8});
    pretrain(alone, small_options(other, 8), counting_batch, {});
    QVERIFY(same_weights(again, alone));
  }

  void refusesDamagedCheckpoints() {
    QTemporaryDir dir;
    const PretrainOptions options = small_options(dir, 8);
    ModelWeights model = random_weights(small_config(), 1);
    train_until(model, options, 5);
    const std::string good = read_file(options.checkpoint), file = options.checkpoint.string();
    const auto message = [&] {
      return error_of(ErrorKind::BadFile, [&] {
        ModelWeights fresh = random_weights(small_config(), 1);
        pretrain(fresh, options, counting_batch, {});
      });
    };
    const auto with = [&](const std::string& name, const at::Tensor& tensor) {
      write_file_atomically(options.checkpoint, good);
      auto tensors = read_safetensors(options.checkpoint);
      tensors.erase(name);
      if (tensor.defined()) tensors[name] = tensor;
      write_safetensors(options.checkpoint, {tensors.begin(), tensors.end()});
      return message();
    };
    write_file_atomically(options.checkpoint, good.substr(0, good.size() / 2));
    QVERIFY2(says(message(), {file, "damaged or incomplete"}), message().c_str());
    std::string found = with("second.3", {});
    QVERIFY2(says(found, {file, "tensor second.3", "delete the file"}), found.c_str());
    found = with("weight.0", at::zeros({39, 16}));
    QVERIFY2(says(found, {file, "tensor weight.0 as Float [40, 16]", "delete the file"}), found.c_str());
    found = with("curve", at::zeros({5}));
    QVERIFY2(says(found, {file, "tensor curve as Double [5]", "delete the file"}), found.c_str());
    found = with("seconds", {});
    QVERIFY2(says(found, {file, "tensor seconds as Double []", "delete the file"}), found.c_str());
  }

  void aLossThatIsNotFiniteIsNamed() {
    QTemporaryDir dir;
    PretrainOptions options = small_options(dir, 50);
    options.learning_rate = 1e30;
    const std::string message = error_of(ErrorKind::BadInput, [&] {
      ModelWeights model = random_weights(small_config(), 1);
      pretrain(model, options, counting_batch, {});
    });
    QVERIFY2(says(message, {"step ", "not finite", "lower the learning rate"}), message.c_str());
  }
};

QTEST_GUILESS_MAIN(PretrainTest)
#include "pretrain_test.moc"
