// SPDX-License-Identifier: GPL-3.0-or-later
#include <malloc.h>

#include <QtTest>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/llm/safetensors.h"
#include "engine/tasks/export_model.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

/// 40 million weights, most of them in the embedding, as one large tensor is the hardest case.
ModelConfig large_config() {
  ModelConfig config = small_config();
  config.vocab_size = 60'000;
  config.hidden_size = 512;
  config.intermediate_size = 2048;
  config.layers = 2;
  config.heads = 8;
  config.kv_heads = 8;
  config.head_dim = 64;
  config.tie_word_embeddings = true;
  return config;
}

}  // namespace

/// A process of its own, as the peak of memory is one of the whole process.
class LoadingMemoryTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void peakIsHardlyMoreThanTheWeights_data() {
    QTest::addColumn<bool>("stored_bfloat16");
    QTest::addColumn<QString>("dtype");
    QTest::newRow("bfloat16 as float32") << true << "float32";
    QTest::newRow("float32 as it is") << false << "float32";
    QTest::newRow("float32 as bfloat16") << false << "bfloat16";
    QTest::newRow("bfloat16 as it is") << true << "bfloat16";
  }
  void peakIsHardlyMoreThanTheWeights() {
    QFETCH(bool, stored_bfloat16);
    QFETCH(QString, dtype);
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    save_weights(random_weights(large_config(), 1), folder, stored_bfloat16);
    ::malloc_trim(0);  // what making the model took is given back first
    if (!reset_peak_memory()) QSKIP("the kernel does not let a process begin its peak anew");
    const int64_t before = resident_memory();
    const ModelWeights model = load_weights(folder, {.dtype = dtype.toStdString()});
    int64_t bytes = 0;
    for (const auto& entry : named_tensors(model)) bytes += static_cast<int64_t>(entry.second.nbytes());
    const double ratio = static_cast<double>(peak_memory() - before) / static_cast<double>(bytes);
    qInfo("%.0f MB of weights, peak %.3f times that", static_cast<double>(bytes) / 1e6, ratio);
    QVERIFY(bytes > 70'000'000);
    QVERIFY(ratio > 0.95 && ratio < 1.15);
  }

  /// A merged model is merged in place and written from where it lies.
  void exportingHoldsTheWeightsOnce() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    save_weights(random_weights(large_config(), 1), folder / "model", false);
    save_lora(lively_lora(large_config(), 4, 8, 2), folder / "adapter");
    ExportOptions options;
    options.model = (folder / "model").string();
    options.adapters = {folder / "adapter"};
    options.merged = true;
    options.out = folder / "out";
    ::malloc_trim(0);
    if (!reset_peak_memory()) QSKIP("the kernel does not let a process begin its peak anew");
    const int64_t before = resident_memory();
    export_model(options, {});
    const auto bytes = static_cast<double>(fs::file_size(folder / "out/model.safetensors"));
    const double ratio = static_cast<double>(peak_memory() - before) / bytes;
    qInfo("%.0f MB of weights, peak %.3f times that", bytes / 1e6, ratio);
    QVERIFY(bytes > 140'000'000);
    QVERIFY(ratio > 0.95 && ratio < 1.5);  // a copy of the weights would be seen
  }
};

QTEST_GUILESS_MAIN(LoadingMemoryTest)
#include "loading_memory_test.moc"
