// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>

#include <QtTest>

#include "engine/llm/checkpoint.h"
#include "engine/llm/forward.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;

/// The same pass on a GPU and on the CPU. Skipped where no GPU answers.
class CudaTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    if (choose_device("auto") != "cuda") QSKIP("no GPU answers here");
  }

  void equalsTheCpu_data() {
    QTest::addColumn<QString>("dtype");
    QTest::addColumn<double>("tolerance");
    QTest::newRow("float32") << "float32" << 1e-3;
    QTest::newRow("bfloat16") << "bfloat16" << 0.3;
  }
  void equalsTheCpu() {
    QFETCH(QString, dtype);
    QFETCH(double, tolerance);
    ModelConfig config = small_config();
    config.hidden_size = 64;
    config.heads = 4;
    config.kv_heads = 2;
    config.head_dim = 16;
    const ModelWeights model = lively_weights(config, 1, 0.3);
    const Lora adapter = lively_lora(config, 4, 8, 2);
    Random random(3);
    PromptGroup first{random_ids(random, 300, 40), {}}, second = first;
    second.prompt.resize(200);
    for (int i = 0; i < 6; ++i) {
      first.responses.push_back(random_ids(random, 16, 40));
      second.responses.push_back(random_ids(random, 9, 40));
    }
    const std::vector<std::vector<PromptGroup>> trees = {{first, second}, {second}};
    const PackedForest packed = pack_trees(trees);
    const auto run = [&](const std::string& device, const std::string& type) {
      const ModelWeights there = to_device(model, device, type);
      const Lora lora = to_device(adapter, device);
      const std::vector<at::Tensor> weights = parameters(lora);
      for (at::Tensor weight : weights) weight.requires_grad_(true);
      const Lora* const stack[] = {&lora};
      const at::Tensor log_probs = response_log_probs(there, stack, packed);
      log_probs.sum().backward();
      std::vector<at::Tensor> results = {log_probs.detach().cpu()};
      for (const at::Tensor& weight : weights) results.push_back(weight.grad().cpu());
      return results;
    };
    const auto expected = run("cpu", "float32"), got = run("cuda", dtype.toStdString());
    for (size_t i = 0; i < got.size(); ++i) {
      const double difference = relative_difference(got[i], expected[i]);
      QVERIFY2(difference < tolerance, qPrintable(QString("tensor %1: %2").arg(i).arg(difference)));
    }
  }
};

QTEST_GUILESS_MAIN(CudaTest)
#include "cuda_test.moc"
