// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/llm/activations.h"
#include "engine/llm/forward.h"
#include "engine/llm/generation.h"
#include "engine/llm/safetensors.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const char* const families[] = {"llama",          "llama3",         "llama-linear-biases",
                                "mistral-window", "mistral-shards", "qwen2",
                                "qwen2-window",   "qwen3",          "qwen3-window"};

fs::path folder_of(const QString& family) {
  return parity("families") / family.toStdString();
}

json case_of(const fs::path& folder) {
  return json::parse(read_file(folder / "case.json"));
}

/// The files of a checkpoint beside another config.json.
void copy_with_config(const fs::path& from, const fs::path& to, const char* config) {
  for (const auto& entry : fs::directory_iterator(from)) {
    if (entry.is_regular_file()) fs::copy_file(entry.path(), to / entry.path().filename());
  }
  fs::copy_file(from / config, to / "config.json", fs::copy_options::overwrite_existing);
}

}  // namespace

/// What transformers and peft give for tiny random models of each family (tests/parity/make_family_fixtures.py).
class FamiliesTest : public QObject {
  Q_OBJECT

  static void addFamilies() {
    QTest::addColumn<QString>("family");
    for (const char* family : families) QTest::newRow(family) << family;
  }

 private Q_SLOTS:
  void logitsAndHiddenStates_data() { addFamilies(); }
  void logitsAndHiddenStates() {
    QFETCH(QString, family);
    const fs::path folder = folder_of(family);
    ModelWeights model = load_weights(folder);
    const auto expected = read_safetensors(folder / "expected.safetensors");
    const auto ids = case_of(folder)["sequence"].get<std::vector<int64_t>>();
    const double difference = relative_difference(sequence_logits(model, {}, ids), expected.at("logits"));
    QVERIFY2(difference < 2e-6, qPrintable(QString::number(difference)));

    // After layer i is what a model of only so many layers gives.
    const PromptGroup group{{ids.begin(), ids.end()}, {}};
    const PackedForest packed = pack(std::span(&group, 1));
    const auto all = model.layers;
    double worst = 0;
    for (size_t i = 0; i <= all.size(); ++i) {
      model.layers.assign(all.begin(), all.begin() + static_cast<int64_t>(i));
      at::Tensor x = hidden_states(model, {}, packed);
      if (i == all.size()) x = rms_norm(x, model.final_norm, model.config.rms_norm_eps);
      worst = std::max(worst, relative_difference(x, expected.at("hidden." + std::to_string(i))));
    }
    QVERIFY2(worst < 2e-6, qPrintable(QString::number(worst)));
    qInfo("logits differ by %.1e, hidden states by %.1e", difference, worst);
  }

  void configOfTransformers4_data() { addFamilies(); }
  void configOfTransformers4() {
    QFETCH(QString, family);
    const fs::path folder = folder_of(family);
    QTemporaryDir dir;
    const fs::path old = dir.path().toStdString();
    copy_with_config(folder, old, "config.v4.json");
    const auto ids = case_of(folder)["sequence"].get<std::vector<int64_t>>();
    QVERIFY(sequence_logits(load_weights(old), {}, ids).equal(sequence_logits(load_weights(folder), {}, ids)));
  }

  /// Half precision on the CPU. transformers rounds in other places than we do, so that neither equals the other; both
  /// stay as near to its float32 logits. Tolerances are of the largest logit.
  void halfPrecision_data() {
    QTest::addColumn<QString>("family");
    QTest::addColumn<QString>("dtype");
    QTest::addColumn<double>("tolerance");
    for (const char* family : families) {
      QTest::newRow(qPrintable(QString("%1 bfloat16").arg(family))) << family << "bfloat16" << 0.06;
      QTest::newRow(qPrintable(QString("%1 float16").arg(family))) << family << "float16" << 0.008;
    }
  }
  void halfPrecision() {
    QFETCH(QString, family);
    QFETCH(QString, dtype);
    QFETCH(double, tolerance);
    const fs::path folder = folder_of(family);
    const ModelWeights model = load_weights(folder, {.dtype = dtype.toStdString()});
    QCOMPARE(model.embedding.scalar_type(), number_type(dtype.toStdString()));
    const auto expected = read_safetensors(folder / "expected.safetensors");
    const at::Tensor logits = sequence_logits(model, {}, case_of(folder)["sequence"].get<std::vector<int64_t>>());
    QCOMPARE(logits.scalar_type(), at::kFloat);
    const at::Tensor theirs = expected.at("logits." + dtype.toStdString());
    const double ours = relative_difference(logits, expected.at("logits")),
                 of_transformers = relative_difference(theirs, expected.at("logits")),
                 between = relative_difference(logits, theirs);
    qInfo("from float32: ours %.1e, transformers' %.1e; between them %.1e", ours, of_transformers, between);
    QVERIFY(ours > 0 && ours < tolerance);
    QVERIFY(between < tolerance);
  }

  void greedyIds_data() { addFamilies(); }
  void greedyIds() {
    QFETCH(QString, family);
    const fs::path folder = folder_of(family);
    const json known = case_of(folder);
    const auto expected = known["greedy"].get<std::vector<int32_t>>();
    const auto got = generate(load_weights(folder), {}, known["prompt"].get<std::vector<int32_t>>(),
                              {.max_tokens = static_cast<int>(expected.size())}, {}, {});
    QCOMPARE(got, expected);
  }

  void loraGradients_data() { addFamilies(); }
  void loraGradients() {
    QFETCH(QString, family);
    const fs::path folder = folder_of(family);
    const ModelWeights model = load_weights(folder);
    const Lora lora = load_lora(folder / "adapter", model.config);
    for (at::Tensor weight : parameters(lora)) weight.requires_grad_(true);
    const auto expected = read_safetensors(folder / "expected.safetensors");
    const Lora* const stack[] = {&lora};
    const auto sequence = case_of(folder)["sequence"].get<std::vector<int64_t>>();
    const at::Tensor logits = sequence_logits(model, stack, sequence);
    // Rounding differs with the processor's instructions, so float32 is held against float64, and that against theirs.
    const Lora wide = to_double(lora);
    const Lora* const wide_stack[] = {&wide};
    const at::Tensor exact = sequence_logits(to_double(model), wide_stack, sequence);
    const double difference = relative_difference(exact, expected.at("adapter_logits"));
    const double rounding = relative_difference(logits, exact);
    QVERIFY2(difference < 2e-6, qPrintable(QString::number(difference)));
    QVERIFY2(rounding < 5e-6, qPrintable(QString::number(rounding)));
    (logits * expected.at("towards")).sum().backward();
    double worst = 0;
    for (size_t l = 0; l < lora.layers.size(); ++l) {
      for (size_t w = 0; w < linear_count; ++w) {
        const std::string prefix = "gradient.base_model.model." + linear_name(l, static_cast<Linear>(w)) + ".lora_";
        worst = std::max({worst, relative_difference(lora.layers[l][w].a.grad(), expected.at(prefix + "A.weight")),
                          relative_difference(lora.layers[l][w].b.grad(), expected.at(prefix + "B.weight"))});
      }
    }
    QVERIFY2(worst < 2e-5, qPrintable(QString::number(worst)));
    qInfo("logits differ by %.1e, by rounding %.1e; gradients by %.1e", difference, rounding, worst);
  }

  /// A model with other weights than zero and one in every place, saved by us, is the same model for us again.
  void savedReadsBack_data() { addFamilies(); }
  void savedReadsBack() {
    QFETCH(QString, family);
    const fs::path folder = folder_of(family);
    const ModelWeights model = load_weights(folder);
    QTemporaryDir dir;
    save_weights(model, dir.path().toStdString(), false);
    const ModelWeights again = load_weights(dir.path().toStdString());
    const auto before = named_tensors(model), after = named_tensors(again);
    QCOMPARE(after.size(), before.size());
    for (size_t i = 0; i < before.size(); ++i) QVERIFY(after[i].second.equal(before[i].second));
    const auto ids = case_of(folder)["sequence"].get<std::vector<int64_t>>();
    QVERIFY(sequence_logits(again, {}, ids).equal(sequence_logits(model, {}, ids)));
    QCOMPARE(again.config.windows, model.config.windows);
    QCOMPARE(again.config.architecture, model.config.architecture);
  }
};

QTEST_GUILESS_MAIN(FamiliesTest)
#include "families_test.moc"
