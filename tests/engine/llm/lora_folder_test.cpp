// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/files.h"
#include "engine/llm/forward.h"
#include "engine/llm/lora.h"
#include "engine/llm/safetensors.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

using Tensors = std::map<std::string, at::Tensor>;

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

/// The tensors, names and options of two adapter folders are the same.
void savedTheSame(const fs::path& ours, const fs::path& theirs) {
  const Tensors a = read_safetensors(ours / "adapter_model.safetensors"),
                b = read_safetensors(theirs / "adapter_model.safetensors");
  QCOMPARE(a.size(), b.size());
  for (const auto& [name, tensor] : b) QVERIFY2(a.count(name) == 1 && a.at(name).equal(tensor), name.c_str());
  const json written = json::parse(read_file(ours / "adapter_config.json")),
             expected = json::parse(read_file(theirs / "adapter_config.json"));
  for (const auto& [key, value] : written.items()) {
    // The layers that target_modules names are those of the tensors, however they are named.
    QVERIFY2(expected.contains(key) && (key == "target_modules" || expected[key] == value), key.c_str());
  }
}

}  // namespace

class LoraFolderTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void adaptersAsPeft_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("model");
    QTest::addColumn<double>("scale");
    QTest::addColumn<int>("pairs");
    QTest::newRow("rank-stabilized, two modules, dropout") << "rslora"
                                                           << "tied" << 3.0 << 4;  // 6 / sqrt(4)
    QTest::newRow("one of a single layer, one of all") << "few"
                                                       << "tied" << 1.5 << 3;  // 3 / 2
    QTest::newRow("all-linear") << "all-linear"
                                << "untied" << 4.0 / 3.0 << 14;
  }
  /// Logits and gradients of adapters that peft wrote; and what we write of them is what peft wrote.
  void adaptersAsPeft() {
    QFETCH(QString, name);
    QFETCH(QString, model);
    QFETCH(double, scale);
    QFETCH(int, pairs);
    const fs::path theirs = parity("adapters") / name.toStdString();
    const ModelWeights base = load_weights(parity("llm") / model.toStdString());
    const Lora lora = load_lora(theirs, base.config);
    const Tensors expected = read_safetensors(theirs / "expected.safetensors");
    const auto sequence = json::parse(read_file(parity("adapters/sequence.json"))).get<std::vector<int64_t>>();
    QCOMPARE(lora.scale(), scale);
    QCOMPARE(lora.dropout, name == "rslora" ? 0.05 : 0.0);
    const std::vector<at::Tensor> weights = parameters(lora);
    QCOMPARE(weights.size(), static_cast<size_t>(2 * pairs));

    for (at::Tensor weight : weights) weight.requires_grad_(true);
    const Lora* const stack[] = {&lora};
    const at::Tensor logits = sequence_logits(base, stack, sequence);
    const double difference = relative_difference(logits, expected.at("logits"));
    QVERIFY2(difference < 1e-5, qPrintable(QString::number(difference)));
    (logits * expected.at("weights")).sum().backward();
    double worst = 0;
    int compared = 0;
    for (size_t l = 0; l < lora.layers.size(); ++l) {
      for (size_t w = 0; w < linear_count; ++w) {
        const LoraPair& pair = lora.layers[l][w];
        if (!pair.a.defined()) continue;
        const std::string prefix = "gradient.base_model.model." + linear_name(l, static_cast<Linear>(w)) + ".lora_";
        worst = std::max({worst, relative_difference(pair.a.grad(), expected.at(prefix + "A.weight")),
                          relative_difference(pair.b.grad(), expected.at(prefix + "B.weight"))});
        compared += 2;
      }
    }
    QCOMPARE(compared + 2, static_cast<int>(expected.size()));
    QVERIFY2(worst < 1e-4, qPrintable(QString::number(worst)));
    qInfo("logits differ by %.1e, gradients by %.1e", difference, worst);

    QTemporaryDir dir;
    const fs::path ours = dir.path().toStdString();
    save_lora(lora, ours);
    savedTheSame(ours, theirs);
    const Lora again = load_lora(ours, base.config);
    QCOMPARE(again.scale(), lora.scale());
    QCOMPARE(again.dropout, lora.dropout);
    QCOMPARE(parameters(again).size(), weights.size());
  }

  void savedAdapterReadsBack() {
    QTemporaryDir dir;
    Lora lora = lively_lora(small_config(), 5, 7.5, 3);
    lora.rank_stabilized = true;
    lora.dropout = 0.25;
    save_lora(lora, dir.path().toStdString(), "some/model");
    const Lora read = load_lora(dir.path().toStdString(), small_config());
    QCOMPARE(read.rank, int64_t{5});
    QCOMPARE(read.alpha, 7.5);
    QVERIFY(read.rank_stabilized);
    QCOMPARE(read.dropout, 0.25);
    const auto before = parameters(lora), after = parameters(read);
    QCOMPARE(after.size(), before.size());
    for (size_t i = 0; i < before.size(); ++i) QVERIFY(after[i].equal(before[i]));
    const json written = json::parse(read_file(dir.path().toStdString() + "/adapter_config.json"));
    QCOMPARE(written["base_model_name_or_path"].get<std::string>(), std::string("some/model"));
    QVERIFY(written["target_modules"].size() == 7);
  }

  void savesWhatPeftSaves() {
    QTemporaryDir dir;
    const fs::path ours = dir.path().toStdString(), theirs = parity("llm/untied/adapter");
    save_lora(load_lora(theirs, read_model_config(parity("llm/untied"))), ours);
    savedTheSame(ours, theirs);
  }

  void takesOptionsThatAreOff() {
    QTemporaryDir dir;
    const json off =
        json::parse(R"({"use_dora": false, "bias": "none", "init_lora_weights": "gaussian", "of_tomorrow": null,
      "rank_pattern": {}, "modules_to_save": [], "layers_to_transform": null, "loftq_config": {}, "peft_version": "9.9",
      "megatron_core": "megatron.core", "base_model_name_or_path": "<b>any</b>", "lora_dropout": 0,
      "target_modules": "All-Linear"})");
    write_adapter(dir.path().toStdString(), off, [](Tensors&) {});
    QCOMPARE(parameters(load_lora(dir.path().toStdString(), small_config())).size(), size_t{28});
  }

  void refusesBadOptions_data() {
    QTest::addColumn<QString>("patch");
    QTest::addColumn<bool>("unsupported");
    QTest::addColumn<QStringList>("parts");
    const auto row = [](const char* name, const char* patch, bool unsupported, const QStringList& parts) {
      QTest::newRow(name) << patch << unsupported << parts;
    };
    row("another peft_type", R"({"peft_type": "IA3"})", false, {"peft_type LORA", "IA3"});
    row("no peft_type", R"({"peft_type": null})", false, {"peft_type LORA"});
    row("peft_type is a number", R"({"peft_type": 3})", false, {"peft_type LORA"});
    row("another task", R"({"task_type": "SEQ_CLS"})", true, {"task_type", "SEQ_CLS", "expected \"CAUSAL_LM\""});
    row("biases", R"({"bias": "all"})", true, {"bias \"all\"", "expected \"none\""});
    row("weight-decomposed", R"({"use_dora": true})", true, {"use_dora true", "expected it off"});
    row("quantization-aware", R"({"use_qalora": true})", true, {"use_qalora true"});
    row("principal values", R"({"init_lora_weights": "pissa_niter_4"})", true, {"init_lora_weights", "pissa_niter_4"});
    row("orthonormal", R"({"init_lora_weights": "olora"})", true, {"init_lora_weights", "olora"});
    row("biases of adapters", R"({"lora_bias": true})", true, {"lora_bias true"});
    row("transposed", R"({"fan_in_fan_out": true})", true, {"fan_in_fan_out true", "expected it off"});
    row("alpha by module", R"({"alpha_pattern": {"q_proj": 64}})", true, {"alpha_pattern"});
    row("rank by module", R"({"rank_pattern": {"q_proj": 3}})", true, {"rank_pattern"});
    row("whole modules", R"({"modules_to_save": ["lm_head"]})", true, {"modules_to_save [\"lm_head\"]"});
    row("some layers", R"({"layers_to_transform": [0]})", true, {"layers_to_transform [0]"});
    row("one layer", R"({"layers_to_transform": 0})", true, {"layers_to_transform 0"});
    row("layers by pattern", R"({"layers_pattern": "layers"})", true, {"layers_pattern"});
    row("without some", R"({"exclude_modules": ["q_proj"]})", true, {"exclude_modules"});
    row("layers repeated", R"({"layer_replication": [[0, 2]]})", true, {"layer_replication"});
    row("tokens", R"({"trainable_token_indices": [3]})", true, {"trainable_token_indices"});
    row("parameters", R"({"target_parameters": ["a"]})", true, {"target_parameters"});
    row("of a newer peft", R"({"of_tomorrow": 1})", true, {"of_tomorrow", "1"});
    row("a pattern", R"({"target_modules": ".*_proj"})", true, {"target_modules \".*_proj\" is a pattern"});
    row("the head", R"({"target_modules": ["q_proj", "lm_head"]})", true, {"lm_head", "head or the embedding"});
    row("the embedding", R"({"target_modules": ["embed_tokens"]})", true, {"embed_tokens"});
    row("no targets", R"({"target_modules": null})", false, {"target_modules", "all-linear"});
    row("empty targets", R"({"target_modules": []})", false, {"target_modules", "all-linear"});
    row("targets are numbers", R"({"target_modules": [1]})", false, {"target_modules", "[1]"});
    row("targets of another model", R"({"target_modules": ["c_attn"]})", false, {"c_attn", "no linear layer"});
    row("dropout is text", R"({"lora_dropout": "0"})", false, {"lora_dropout within 0 .. 1", "found \"0\""});
    row("dropout beyond 1", R"({"lora_dropout": 1.5})", false, {"lora_dropout within 0 .. 1", "found 1.5"});
    row("rslora is a number", R"({"use_rslora": 1})", false, {"use_rslora", "found 1"});
    row("no rank", R"({"r": null})", false, {"numbers r and lora_alpha"});
    row("rank is text", R"({"r": "3"})", false, {"numbers r and lora_alpha"});
    row("rank is zero", R"({"r": 0})", false, {"r within 1 .. 4096", "found 0"});
    row("rank is negative", R"({"r": -4})", false, {"r within 1 .. 4096", "found -4"});
    row("rank is not whole", R"({"r": 4.5})", false, {"numbers r and lora_alpha"});
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
    QVERIFY2(says(message, {"adapter_model.safetensors", query, "missing", "target_modules"}), message.c_str());
    message = message_of(ErrorKind::BadFile, json::object(), [&](Tensors& t) { t[query] = at::zeros({3, 16}); });
    QVERIFY2(says(message, {"adapter_model.safetensors", query, "expected shape [16, 3]", "found [3, 16]"}),
             message.c_str());
    message = message_of(ErrorKind::Unsupported, json::object(), [&](Tensors& t) { t[head] = at::zeros({3, 16}); });
    QVERIFY2(says(message, {"adapter_model.safetensors", head, "no place"}), message.c_str());
    message = message_of(ErrorKind::BadFile, json::object(), [&](Tensors& t) { t[query].fill_(INFINITY); });
    QVERIFY2(says(message, {"adapter_model.safetensors", query, "not finite"}), message.c_str());
    message = message_of(ErrorKind::BadFile, json::object(), [&](Tensors& t) {
      t[query] = at::zeros({16, 3}, at::kLong);
    });
    QVERIFY2(says(message, {"adapter_model.safetensors", query, "floating point"}), message.c_str());
    // A magnitude vector of DoRA, though the options know nothing of it.
    message = message_of(ErrorKind::Unsupported, json::object(), [&](Tensors& t) {
      t["base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector"] = at::zeros({16});
    });
    QVERIFY2(says(message, {"lora_magnitude_vector", "no place"}), message.c_str());
    // Tensors of a layer that target_modules does not name.
    message = message_of(ErrorKind::Unsupported, json{{"target_modules", {"q_proj"}}}, [](Tensors&) {});
    QVERIFY2(says(message, {"mlp.down_proj", "no place"}), message.c_str());
    // The rank of the options is not that of the tensors.
    message = message_of(ErrorKind::BadFile, json{{"r", 4}}, [](Tensors&) {});
    QVERIFY2(says(message, {"q_proj.lora_A.weight", "expected shape [4, 16]", "found [3, 16]"}), message.c_str());
  }

  void refusesAnAdapterOfAnotherModel() {
    QTemporaryDir dir;
    save_lora(lively_lora(small_config(), 3, 6, 1), dir.path().toStdString());
    ModelConfig deeper = small_config(), wider = small_config();
    deeper.layers = 3;
    wider.intermediate_size = 32;
    std::string message = error_of(ErrorKind::BadFile, [&] { load_lora(dir.path().toStdString(), deeper); });
    QVERIFY2(says(message, {"layers.2.self_attn.q_proj.lora_A", "missing"}), message.c_str());
    message = error_of(ErrorKind::BadFile, [&] { load_lora(dir.path().toStdString(), wider); });
    QVERIFY2(says(message, {"layers.0.mlp.gate_proj.lora_B", "expected shape [32, 3]", "found [24, 3]"}),
             message.c_str());
  }

  /// Links of Hugging Face's cache are fine, those that lead elsewhere are not.
  void followsNoLinkOutOfTheFolder() {
    QTemporaryDir dir;
    const fs::path root = dir.path().toStdString(), snapshot = root / "models--a--b/snapshots/1";
    save_lora(lively_lora(small_config(), 3, 6, 1), root / "whole");
    fs::create_directories(root / "models--a--b/blobs");
    fs::create_directories(snapshot);
    fs::create_directories(root / "other");
    for (const char* name : {"adapter_config.json", "adapter_model.safetensors"}) {
      fs::copy(root / "whole" / name, root / "models--a--b/blobs" / name);
      fs::create_symlink(fs::path("../../blobs") / name, snapshot / name);
      fs::create_symlink(root / "whole" / name, root / "other" / name);
    }
    QCOMPARE(load_lora(snapshot, small_config()).rank, int64_t{3});
    const std::string message = error_of(ErrorKind::BadFile, [&] { load_lora(root / "other", small_config()); });
    QVERIFY2(says(message, {"adapter_config.json", "leads out of its folder"}), message.c_str());
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
    write_file_atomically(folder / "adapter_model.bin", "PK");
    message = error_of(ErrorKind::Unsupported, [&] { load_lora(folder, small_config()); });
    QVERIFY2(says(message, {"adapter_model.bin", "pickle", "save_pretrained"}), message.c_str());
    for (const char* text : {"", "{", "[1]", "<html>", "version https://git-lfs.github.com/spec/v1"}) {
      write_file_atomically(folder / "adapter_config.json", text);
      message = error_of(ErrorKind::BadFile, [&] { load_lora(folder, small_config()); });
      QVERIFY2(says(message, {"adapter_config.json", "JSON object"}), message.c_str());
    }
  }
};

QTEST_GUILESS_MAIN(LoraFolderTest)
#include "lora_folder_test.moc"
