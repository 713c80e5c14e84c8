// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/lora.h"

#include <ATen/Parallel.h>

#include <QtTest>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/llm/forward.h"
#include "engine/llm/safetensors.h"
#include "engine/train/objectives.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

using Tensors = std::map<std::string, at::Tensor>;

const char* const modules[linear_count] = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                                           "self_attn.o_proj", "mlp.gate_proj",    "mlp.up_proj",
                                           "mlp.down_proj"};

/// Calls check(name, tensor) for each A and B, by peft's names.
void visit(const Lora& lora, const std::function<void(const std::string&, const at::Tensor&)>& check) {
  for (size_t l = 0; l < lora.layers.size(); ++l) {
    for (size_t w = 0; w < linear_count; ++w) {
      const std::string prefix = "base_model.model.model.layers." + std::to_string(l) + "." + modules[w] + ".lora_";
      check(prefix + "A.weight", lora.layers[l][w].a);
      check(prefix + "B.weight", lora.layers[l][w].b);
    }
  }
}

}  // namespace

class LoraTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { at::set_num_threads(1); }

  void lossAndGradientsAsPeft_data() {
    QTest::addColumn<QString>("folder");
    QTest::newRow("tied") << "llm/tied";
    QTest::newRow("untied") << "llm/untied";
  }
  /// The whole chain: a peft folder, packed log-probs, the DMPO loss against the adapter off, every gradient.
  void lossAndGradientsAsPeft() {
    QFETCH(QString, folder);
    const fs::path path = parity(folder.toStdString());
    const ModelWeights model = load_weights(path);
    const Lora lora = load_lora(path / "adapter", model.config);
    const Lora* const stack[] = {&lora};
    const json given = json::parse(read_file(path / "case.json"));
    const Tensors expected = read_safetensors(path / "expected.safetensors");

    const at::Tensor logits = sequence_logits(model, stack, given["sequence"].get<std::vector<int64_t>>());
    const double logit_difference = relative_difference(logits, expected.at("adapter_logits"));
    QVERIFY2(logit_difference < 1e-4, qPrintable(QString::number(logit_difference)));

    PromptGroup group{given["prompt"].get<std::vector<int32_t>>(), {}};
    for (const json& response : given["responses"]) group.responses.push_back(response.get<std::vector<int32_t>>());
    const PackedForest packed = pack(std::span(&group, 1));
    for (at::Tensor weight : parameters(lora)) weight.requires_grad_(true);
    const at::Tensor tokens = response_log_probs(model, stack, packed);
    const at::Tensor policy = sum_by_response(tokens, packed.response_begin);
    const at::Tensor reference = sum_by_response(response_log_probs(model, {}, packed), packed.response_begin);
    ObjectiveOptions options;
    options.beta = given["beta"].get<double>();
    const at::Tensor loss =
        preference_loss(Objective::Dmpo, plain_pairs(policy.unsqueeze(0), reference.unsqueeze(0), {}), options).loss;
    QVERIFY(relative_difference(tokens, expected.at("token_log_probs")) < 1e-4);
    QVERIFY(relative_difference(policy, expected.at("log_probs")) < 1e-4);
    QVERIFY(relative_difference(reference, expected.at("reference_log_probs")) < 1e-4);
    QVERIFY(relative_difference(loss, expected.at("loss")) < 1e-4);

    loss.backward();
    double worst = 0;
    int64_t gradients = 0;
    visit(lora, [&](const std::string& name, const at::Tensor& weight) {
      const double difference = relative_difference(weight.grad(), expected.at("gradient." + name));
      QVERIFY2(difference < 1e-4, qPrintable(QString("%1: %2").arg(name.c_str()).arg(difference)));
      worst = std::max(worst, difference);
      ++gradients;
    });
    QCOMPARE(gradients, int64_t{28});  // 2 layers, 7 linears, A and B
    qInfo("logits differ by %.1e, loss by %.1e, gradients by %.1e", logit_difference,
          relative_difference(loss, expected.at("loss")), worst);
  }

  /// peft's adapters on two at once, and merged by it.
  void stackAndMergeAsPeft() {
    const ModelWeights model = load_weights(parity("llm/tied"));
    const Lora first = load_lora(parity("adapters/rslora"), model.config),
               second = load_lora(parity("adapters/few"), model.config);
    const Lora* const stack[] = {&first, &second};
    const auto sequence = json::parse(read_file(parity("adapters/sequence.json"))).get<std::vector<int64_t>>();
    const Tensors expected = read_safetensors(parity("adapters/stack.safetensors"));
    QVERIFY(relative_difference(sequence_logits(model, stack, sequence), expected.at("logits")) < 1e-5);
    const ModelWeights merged = merge(model, stack);
    QVERIFY(relative_difference(sequence_logits(merged, {}, sequence), expected.at("merged_logits")) < 1e-5);
    QVERIFY(relative_difference(merged.layers[1].weights[0], expected.at("q_proj")) < 1e-6);
    QVERIFY(relative_difference(merged.layers[1].weights[3], expected.at("o_proj")) < 1e-6);
  }

  void zeroBChangesNothing() {
    const ModelWeights model = lively_weights(small_config(), 1);
    const Lora lora = make_lora(model.config, 4, 8, 2);
    const Lora* const stack[] = {&lora};
    const std::vector<int64_t> ids{3, 14, 15, 9, 26, 5};
    QVERIFY(sequence_logits(model, stack, ids).equal(sequence_logits(model, {}, ids)));
    const Lora other = lively_lora(model.config, 4, 8, 2);
    const Lora* const changed[] = {&other};
    QVERIFY(relative_difference(sequence_logits(model, changed, ids), sequence_logits(model, {}, ids)) > 1e-2);
  }

  void freshAdaptersFollowTheSeed() {
    const Lora lora = make_lora(small_config(), 4, 8, 2), again = make_lora(small_config(), 4, 8, 2),
               other = make_lora(small_config(), 4, 8, 3);
    for (size_t w = 0; w < linear_count; ++w) {
      const LoraPair& pair = lora.layers[1][w];
      QVERIFY(pair.a.equal(again.layers[1][w].a) && !pair.a.equal(other.layers[1][w].a));
      QVERIFY(pair.b.count_nonzero().item<int64_t>() == 0);
      // Uniform within 1 / sqrt(in_features): never beyond, and near to it somewhere.
      const double bound = 1 / std::sqrt(static_cast<double>(pair.a.size(1))), most = pair.a.abs().max().item<double>();
      QVERIFY(most <= bound && most > 0.8 * bound);
    }
  }

  void aStackAddsUp() {
    // W x + s1 B1 A1 x + s2 B2 A2 x is what the weights W + s1 B1 A1 + s2 B2 A2 give alone.
    const ModelWeights model = lively_weights(small_config(), 1);
    const Lora first = lively_lora(model.config, 3, 4, 5), second = lively_lora(model.config, 2, 6, 6);
    ModelWeights merged = model;
    for (const Lora* lora : {&first, &second}) {
      for (size_t l = 0; l < merged.layers.size(); ++l) {
        for (size_t w = 0; w < linear_count; ++w) {
          const LoraPair& pair = lora->layers[l][w];
          merged.layers[l].weights[w] = merged.layers[l].weights[w] + pair.b.mm(pair.a) * lora->scale();
        }
      }
    }
    const std::vector<int64_t> ids{3, 14, 15, 9, 26, 5};
    const Lora* const stack[] = {&first, &second};
    QVERIFY(relative_difference(sequence_logits(model, stack, ids), sequence_logits(merged, {}, ids)) < 1e-5);
    const Lora* const one[] = {&first};
    QVERIFY(relative_difference(sequence_logits(model, one, ids), sequence_logits(merged, {}, ids)) > 1e-2);
  }

  void combinedAndMergedDoWhatTheStackDoes() {
    const ModelWeights model = lively_weights(small_config(), 1);
    // On different layers, of different ranks, one with the other scale.
    Lora first = lively_lora(model.config, 3, 4, 5), second = lively_lora(model.config, 2, 6, 6);
    second.rank_stabilized = true;
    first.layers[0][1] = {};
    second.layers[0][0] = second.layers[0][1] = {};
    const Lora* const stack[] = {&first, &second};
    const std::vector<int64_t> ids{3, 14, 15, 9, 26, 5};
    const at::Tensor expected = sequence_logits(model, stack, ids);

    const Lora all = combine(stack);
    QCOMPARE(all.rank, int64_t{5});
    QCOMPARE(all.scale(), 1.0);
    QVERIFY(!all.layers[0][1].a.defined());  // on which neither is
    const Lora* const alone[] = {&all};
    QVERIFY(relative_difference(sequence_logits(model, alone, ids), expected) < 1e-5);

    const at::Tensor before = model.layers[1].weights[0].clone();
    const ModelWeights merged = merge(model, stack);
    QVERIFY(relative_difference(sequence_logits(merged, {}, ids), expected) < 1e-5);
    QVERIFY(model.layers[1].weights[0].equal(before));                         // not written over
    QVERIFY(merged.layers[0].weights[1].is_same(model.layers[0].weights[1]));  // no copy where nothing is
    QCOMPARE(merge(to_device(model, "cpu", "bfloat16"), stack).layers[1].weights[0].scalar_type(), at::kBFloat16);
  }

  void combinedOneIsItself() {
    const Lora lora = lively_lora(small_config(), 3, 4, 5);
    const Lora* const stack[] = {&lora};
    const Lora one = combine(stack);
    QCOMPARE(one.alpha, 4.0);
    QVERIFY(one.layers[1][2].b.is_same(lora.layers[1][2].b));
  }

  void scales() {
    // 6 / 4; 6 / sqrt(4).
    QCOMPARE((Lora{4, 6, {}}.scale()), 1.5);
    QCOMPARE((Lora{4, 6, {}, true}.scale()), 3.0);
  }

  void freshAdaptersAreOnTheirTargets() {
    const ModelConfig config = small_config();
    const auto on = [&](const std::vector<std::string>& targets) {
      const Lora lora = make_lora(config, LoraOptions{.rank = 2, .targets = targets}, 1);
      std::vector<std::string> names;
      for (size_t l = 0; l < 2; ++l) {
        for (size_t w = 0; w < linear_count; ++w) {
          if (lora.layers[l][w].a.defined()) names.push_back(linear_name(l, static_cast<Linear>(w)));
        }
      }
      return names;
    };
    QCOMPARE(on({}).size(), size_t{14});
    QCOMPARE(on({"q_proj"}),
             (std::vector<std::string>{"model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.q_proj"}));
    QCOMPARE(on({"layers.1.mlp.up_proj", "model.layers.0.self_attn.o_proj"}),
             (std::vector<std::string>{"model.layers.0.self_attn.o_proj", "model.layers.1.mlp.up_proj"}));
    QCOMPARE(parameters(make_lora(config, LoraOptions{.rank = 2, .targets = {"v_proj"}}, 1)).size(), size_t{4});
    for (const char* name : {"proj", "lm_head", "layers.2.self_attn.q_proj", ""}) {
      const std::string message = error_of(ErrorKind::BadInput, [&] { on({"q_proj", name}); });
      QVERIFY2(says(message, {std::string("\"") + name + "\"", "no linear layer"}), message.c_str());
    }
  }
};

QTEST_GUILESS_MAIN(LoraTest)
#include "lora_test.moc"
