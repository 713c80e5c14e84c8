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

/// Writes a good adapter of rank 3 for small_config, its options changed by a JSON merge patch, its tensors by
/// `change`.
void write_adapter(const fs::path& folder, const json& patch, const std::function<void(Tensors&)>& change) {
  save_lora(lively_lora(small_config(), 3, 6, 1), folder);
  json options = json::parse(read_file(folder / "adapter_config.json"));
  options.merge_patch(patch);
  write_file_atomically(folder / "adapter_config.json", options.dump());
  Tensors tensors = read_safetensors(folder / "adapter_model.safetensors");
  change(tensors);
  write_safetensors(folder / "adapter_model.safetensors", {tensors.begin(), tensors.end()});
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
    const Llama model = load_llama(path);
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

  void savedAdapterReadsBack() {
    QTemporaryDir dir;
    const Lora lora = lively_lora(small_config(), 5, 7.5, 3);
    save_lora(lora, dir.path().toStdString());
    const Lora read = load_lora(dir.path().toStdString(), small_config());
    QCOMPARE(read.rank, int64_t{5});
    QCOMPARE(read.alpha, 7.5);
    const auto before = parameters(lora), after = parameters(read);
    QCOMPARE(after.size(), before.size());
    for (size_t i = 0; i < before.size(); ++i) QVERIFY(after[i].equal(before[i]));
  }

  /// The files that save_lora writes have the tensors, names and options that peft wrote.
  void savesWhatPeftSaves() {
    QTemporaryDir dir;
    const fs::path ours = dir.path().toStdString(), theirs = parity("llm/untied/adapter");
    const LlamaConfig config = read_llama_config(parity("llm/untied"));
    save_lora(load_lora(theirs, config), ours);
    const Tensors a = read_safetensors(ours / "adapter_model.safetensors"),
                  b = read_safetensors(theirs / "adapter_model.safetensors");
    QCOMPARE(a.size(), b.size());
    for (const auto& [name, tensor] : b) QVERIFY2(a.count(name) == 1 && a.at(name).equal(tensor), name.c_str());
    const json written = json::parse(read_file(ours / "adapter_config.json")),
               expected = json::parse(read_file(theirs / "adapter_config.json"));
    for (const auto& [key, value] : written.items()) {
      // modules_to_save and the like: null where peft has null. What differs says so here.
      QVERIFY2(expected.contains(key) && expected[key] == value, key.c_str());
    }
  }

  void zeroBChangesNothing() {
    const Llama model = lively_llama(small_config(), 1);
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
    const Llama model = lively_llama(small_config(), 1);
    const Lora first = lively_lora(model.config, 3, 4, 5), second = lively_lora(model.config, 2, 6, 6);
    Llama merged = model;
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

  void refusesBadOptions_data() {
    QTest::addColumn<QString>("patch");
    QTest::addColumn<bool>("unsupported");
    QTest::addColumn<QStringList>("parts");
    const auto row = [](const char* name, const char* patch, bool unsupported, const QStringList& parts) {
      QTest::newRow(name) << patch << unsupported << parts;
    };
    row("another peft_type", R"({"peft_type": "IA3"})", false, {"peft_type LORA"});
    row("no peft_type", R"({"peft_type": null})", false, {"peft_type LORA"});
    row("peft_type is a number", R"({"peft_type": 3})", false, {"peft_type LORA"});
    row("rank-stabilized", R"({"use_rslora": true})", true, {"use_rslora", "expected false"});
    row("weight-decomposed", R"({"use_dora": true})", true, {"use_dora", "expected false"});
    row("transposed", R"({"fan_in_fan_out": true})", true, {"fan_in_fan_out", "expected false"});
    row("alpha by module", R"({"alpha_pattern": {"q_proj": 64}})", true, {"alpha_pattern"});
    row("rank by module", R"({"rank_pattern": {"q_proj": 3}})", true, {"rank_pattern"});
    row("no rank", R"({"r": null})", false, {"numbers r and lora_alpha"});
    row("rank is text", R"({"r": "3"})", false, {"numbers r and lora_alpha"});
    row("rank is zero", R"({"r": 0})", false, {"r within 1 .. 4096", "found 0"});
    row("rank is huge", R"({"r": 1000000000})", false, {"r within 1 .. 4096", "found 1000000000"});
    row("alpha is text", R"({"lora_alpha": "6"})", false, {"numbers r and lora_alpha"});
  }
  void refusesBadOptions() {
    QFETCH(QString, patch);
    QFETCH(bool, unsupported);
    QFETCH(QStringList, parts);
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    write_adapter(folder, json::parse(patch.toStdString()), [](Tensors&) {});
    const std::string message =
        error_of(unsupported ? ErrorKind::Unsupported : ErrorKind::BadFile, [&] { load_lora(folder, small_config()); });
    std::vector<std::string> all{(folder / "adapter_config.json").string()};
    for (const QString& part : parts) all.push_back(part.toStdString());
    QVERIFY2(says(message, all), message.c_str());
  }

  void refusesOtherTensors() {
    const std::string query = "base_model.model.model.layers.1.self_attn.q_proj.lora_B.weight",
                      head = "base_model.model.lm_head.lora_A.weight";
    const auto message_of = [](ErrorKind kind, const json& patch, const std::function<void(Tensors&)>& change) {
      QTemporaryDir dir;
      write_adapter(dir.path().toStdString(), patch, change);
      return error_of(kind, [&] { load_lora(dir.path().toStdString(), small_config()); });
    };
    std::string message = message_of(ErrorKind::BadFile, json::object(), [&](Tensors& t) { t.erase(query); });
    QVERIFY2(says(message, {"adapter_model.safetensors", query, "missing", "all seven"}), message.c_str());
    message = message_of(ErrorKind::BadFile, json::object(), [&](Tensors& t) { t[query] = at::zeros({3, 16}); });
    QVERIFY2(says(message, {"adapter_model.safetensors", query, "expected shape [16, 3]", "found [3, 16]"}),
             message.c_str());
    message = message_of(ErrorKind::Unsupported, json::object(), [&](Tensors& t) { t[head] = at::zeros({3, 16}); });
    QVERIFY2(says(message, {"adapter_model.safetensors", head, "no place"}), message.c_str());
    // The rank of the options is not that of the tensors.
    message = message_of(ErrorKind::BadFile, json{{"r", 4}}, [](Tensors&) {});
    QVERIFY2(says(message, {"q_proj.lora_A.weight", "expected shape [4, 16]", "found [3, 16]"}), message.c_str());
  }

  void refusesAnAdapterOfAnotherModel() {
    QTemporaryDir dir;
    save_lora(lively_lora(small_config(), 3, 6, 1), dir.path().toStdString());
    LlamaConfig deeper = small_config(), wider = small_config();
    deeper.layers = 3;
    wider.intermediate_size = 32;
    std::string message = error_of(ErrorKind::BadFile, [&] { load_lora(dir.path().toStdString(), deeper); });
    QVERIFY2(says(message, {"layers.2.self_attn.q_proj.lora_A", "missing"}), message.c_str());
    message = error_of(ErrorKind::BadFile, [&] { load_lora(dir.path().toStdString(), wider); });
    QVERIFY2(says(message, {"layers.0.mlp.gate_proj.lora_B", "expected shape [32, 3]", "found [24, 3]"}),
             message.c_str());
  }

  void refusesMissingFiles() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    std::string message = error_of(ErrorKind::BadFile, [&] { load_lora(folder, small_config()); });
    QVERIFY2(says(message, {"adapter_config.json"}), message.c_str());
    save_lora(lively_lora(small_config(), 3, 6, 1), folder);
    fs::remove(folder / "adapter_model.safetensors");
    message = error_of(ErrorKind::BadFile, [&] { load_lora(folder, small_config()); });
    QVERIFY2(says(message, {"adapter_model.safetensors", "cannot be read"}), message.c_str());
  }
};

QTEST_GUILESS_MAIN(LoraTest)
#include "lora_test.moc"
