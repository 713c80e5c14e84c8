// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/weights.h"

#include <QtTest>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/llm/forward.h"
#include "engine/llm/safetensors.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

using Tensors = std::map<std::string, at::Tensor>;

json read_json(const fs::path& path) {
  return json::parse(read_file(path));
}

/// Writes a good small model, then its config.json changed by a JSON merge patch (null deletes a key).
void write_model(const fs::path& folder, const json& patch) {
  save_weights(lively_weights(small_config(), 1), folder, false);
  json config = read_json(folder / "config.json");
  config.merge_patch(patch);
  write_file_atomically(folder / "config.json", config.dump());
}

/// Writes a good small model, then its tensors changed by `change`.
void write_model(const fs::path& folder, const std::function<void(Tensors&)>& change) {
  write_model(folder, json::object());
  Tensors tensors = read_safetensors(folder / "model.safetensors");
  change(tensors);
  write_safetensors(folder / "model.safetensors", {tensors.begin(), tensors.end()});
}

}  // namespace

Q_DECLARE_METATYPE(std::function<void(Tensors&)>)

class WeightsTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void logitsAsTransformers_data() {
    QTest::addColumn<QString>("folder");
    QTest::newRow("tied") << "llm/tied";
    QTest::newRow("untied") << "llm/untied";
  }
  void logitsAsTransformers() {
    QFETCH(QString, folder);
    const auto path = parity(folder.toStdString());
    const ModelWeights model = load_weights(path);
    const auto ids = read_json(path / "case.json")["sequence"].get<std::vector<int64_t>>();
    const auto expected = read_safetensors(path / "expected.safetensors");
    const double difference = relative_difference(sequence_logits(model, {}, ids), expected.at("logits"));
    qInfo("logits differ by %.1e", difference);
    QVERIFY(difference < 1e-4);
  }

  void configAsTransformersWroteIt() {
    const ModelConfig tied = read_model_config(parity("llm/tied")), untied = read_model_config(parity("llm/untied"));
    QVERIFY(tied.tie_word_embeddings && !untied.tie_word_embeddings);
    QCOMPARE(tied.vocab_size, int64_t{96});
    QCOMPARE(tied.layers, int64_t{2});
    QCOMPARE(tied.max_positions, int64_t{64});
    QCOMPARE(tied.kv_heads, int64_t{2});
    QCOMPARE(untied.kv_heads, int64_t{1});
    QCOMPARE(tied.head_dim, int64_t{8});     // 32 / 4 heads
    QCOMPARE(untied.head_dim, int64_t{12});  // its own
    QCOMPARE(untied.rope_theta, 500000.0);   // from rope_parameters
    QCOMPARE(untied.rms_norm_eps, 1e-2);
    QCOMPARE(untied.bos, std::optional<int64_t>(1));
    QCOMPARE(untied.eos, std::vector<int64_t>{2});
  }

  void olderConfigsAreRead() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    // Llama 1: no key heads, no head_dim, rope_theta left out, several ends.
    write_model(folder, json{{"num_key_value_heads", nullptr},
                             {"head_dim", nullptr},
                             {"rope_theta", nullptr},
                             {"rms_norm_eps", nullptr},
                             {"tie_word_embeddings", nullptr},
                             {"eos_token_id", {7, 2}}});
    const ModelConfig config = read_model_config(folder);
    QCOMPARE(config.kv_heads, int64_t{4});
    QCOMPARE(config.head_dim, int64_t{4});
    QCOMPARE(config.rope_theta, 10000.0);
    QCOMPARE(config.rms_norm_eps, 1e-6);
    QVERIFY(!config.tie_word_embeddings);
    QCOMPARE(config.eos, (std::vector<int64_t>{7, 2}));
    // A null is what a key left out is.
    json with_null = read_json(folder / "config.json");
    with_null["tie_word_embeddings"] = nullptr;
    with_null["rope_scaling"] = nullptr;
    write_file_atomically(folder / "config.json", with_null.dump());
    QVERIFY(!read_model_config(folder).tie_word_embeddings);
  }

  void savedModelReadsBack_data() {
    QTest::addColumn<bool>("tied");
    QTest::addColumn<bool>("bfloat16");
    QTest::newRow("untied float32") << false << false;
    QTest::newRow("untied bfloat16") << false << true;
    QTest::newRow("tied float32") << true << false;
    QTest::newRow("tied bfloat16") << true << true;
  }
  void savedModelReadsBack() {
    QFETCH(bool, tied);
    QFETCH(bool, bfloat16);
    QTemporaryDir dir;
    ModelConfig config = small_config();
    config.tie_word_embeddings = tied;
    config.bos = 1;
    config.eos = {2, 9};
    config.rope_theta = 123456.5;
    config.rms_norm_eps = 3e-6;
    const ModelWeights model = lively_weights(config, 4);
    save_weights(model, dir.path().toStdString(), bfloat16);
    const ModelWeights read = load_weights(dir.path().toStdString());
    const auto before = named_tensors(model), after = named_tensors(read);
    QCOMPARE(after.size(), before.size());
    for (size_t i = 0; i < before.size(); ++i) {
      QCOMPARE(after[i].first, before[i].first);
      const at::Tensor expected = bfloat16 ? before[i].second.to(at::kBFloat16).to(at::kFloat) : before[i].second;
      QVERIFY(after[i].second.equal(expected));
    }
    QCOMPARE(read.head.is_same(read.embedding), tied);
    QCOMPARE(read.config.tie_word_embeddings, tied);
    QCOMPARE(read.config.bos, config.bos);
    QCOMPARE(read.config.eos, config.eos);
    QCOMPARE(read.config.rope_theta, config.rope_theta);
    QCOMPARE(read.config.rms_norm_eps, config.rms_norm_eps);
    QCOMPARE(read.config.max_positions, config.max_positions);
  }

  void randomWeightsFollowTheSeed() {
    const ModelWeights model = random_weights(small_config(), 1);
    QVERIFY(model.embedding.equal(random_weights(small_config(), 1).embedding));
    QVERIFY(!model.embedding.equal(random_weights(small_config(), 2).embedding));
    QVERIFY(model.final_norm.equal(at::ones({16})));
    // Normal(0, 0.02): of 640 entries the mean lies within 4 * 0.02 / sqrt(640) = 0.0032, the deviation near 0.02.
    QVERIFY(std::abs(model.embedding.mean().item<double>()) < 0.0032);
    QVERIFY(std::abs(model.embedding.std().item<double>() - 0.02) < 0.002);
  }

  void refusesBadConfigs_data() {
    QTest::addColumn<QString>("patch");
    QTest::addColumn<bool>("unsupported");
    QTest::addColumn<QStringList>("parts");
    const auto unsupported = [](const char* name, const char* patch, const QStringList& parts) {
      QTest::newRow(name) << patch << true << parts;
    };
    const auto bad = [](const char* name, const char* patch, const QStringList& parts) {
      QTest::newRow(name) << patch << false << parts;
    };
    unsupported("another model_type", R"({"model_type": "mistral"})", {"\"mistral\"", "expected \"llama\""});
    unsupported("no model_type", R"({"model_type": null})", {"model_type (none)", "expected \"llama\""});
    unsupported("another activation", R"({"hidden_act": "gelu"})", {"hidden_act = \"gelu\"", "\"silu\""});
    unsupported("biases in attention", R"({"attention_bias": true})", {"attention_bias = true", "expected false"});
    unsupported("biases in the MLP", R"({"mlp_bias": true})", {"mlp_bias = true", "expected false"});
    unsupported("quantized", R"({"quantization_config": {"bits": 4}})", {"quantization_config"});
    unsupported("linear rope_scaling", R"({"rope_scaling": {"type": "linear", "factor": 2.0}})",
                {"type = \"linear\"", "expected \"default\""});
    unsupported("llama3 rope_scaling", R"({"rope_scaling": {"rope_type": "llama3", "factor": 8.0}})",
                {"rope_type = \"llama3\"", "expected \"default\""});
    unsupported("yarn rope_parameters", R"({"rope_parameters": {"rope_type": "yarn", "rope_theta": 10000.0}})",
                {"rope_type = \"yarn\"", "expected \"default\""});
    bad("rope_scaling is a string", R"({"rope_scaling": "linear"})", {"expected an object for rope_scaling"});
    bad("no vocab_size", R"({"vocab_size": null})", {"whole number vocab_size"});
    bad("vocab_size is text", R"({"vocab_size": "40"})", {"whole number vocab_size"});
    bad("vocab_size is fractional", R"({"vocab_size": 40.5})", {"whole number vocab_size"});
    bad("vocab_size is zero", R"({"vocab_size": 0})", {"vocab_size within 1 ..", "found 0"});
    bad("vocab_size is negative", R"({"vocab_size": -40})", {"vocab_size within 1 ..", "found -40"});
    bad("vocab_size is huge", R"({"vocab_size": 1000000000000})", {"vocab_size within", "found 1000000000000"});
    bad("hidden_size is huge", R"({"hidden_size": 18446744073709551615})", {"hidden_size within 1 .. 65536"});
    bad("no layers", R"({"num_hidden_layers": 0})", {"num_hidden_layers within 1 .. 1000", "found 0"});
    bad("very many layers", R"({"num_hidden_layers": 2000000000})", {"num_hidden_layers", "found 2000000000"});
    bad("more key heads than heads", R"({"num_key_value_heads": 8})", {"num_key_value_heads within 1 .. 4", "found 8"});
    bad("key heads do not divide heads", R"({"num_key_value_heads": 3})", {"multiple", "found 4 and 3"});
    bad("heads do not divide hidden_size", R"({"head_dim": null, "num_attention_heads": 6, "num_key_value_heads": 2})",
        {"hidden_size to be a multiple", "found 16 and 6"});
    bad("odd head_dim", R"({"head_dim": 7})", {"even head_dim", "found 7"});
    bad("no end of text", R"({"eos_token_id": null})", {"eos_token_id"});
    bad("end of text beyond the vocabulary", R"({"eos_token_id": 40})", {"eos_token_id within 0 .. 39", "found 40"});
    bad("one of several ends beyond it", R"({"eos_token_id": [2, -1]})", {"eos_token_id within 0 .. 39", "found -1"});
    bad("begin of text is text", R"({"bos_token_id": "<s>"})", {"bos_token_id within 0 .. 39", "found \"<s>\""});
    bad("rope_theta is text", R"({"rope_theta": "1e4"})", {"number for rope_theta", "found \"1e4\""});
    bad("rope_theta is negative", R"({"rope_theta": -1.0})", {"rope_theta", "found -1.0"});
    bad("rms_norm_eps is negative", R"({"rms_norm_eps": -1e-5})", {"rms_norm_eps", "found -1e-05"});
    bad("tie_word_embeddings is text", R"({"tie_word_embeddings": "yes"})", {"tie_word_embeddings", "found \"yes\""});
  }
  void refusesBadConfigs() {
    QFETCH(QString, patch);
    QFETCH(bool, unsupported);
    QFETCH(QStringList, parts);
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    write_model(folder, json::parse(patch.toStdString()));
    const std::string message =
        error_of(unsupported ? ErrorKind::Unsupported : ErrorKind::BadFile, [&] { load_weights(folder); });
    std::vector<std::string> all{(folder / "config.json").string()};
    for (const QString& part : parts) all.push_back(part.toStdString());
    QVERIFY2(says(message, all), message.c_str());
  }

  void refusesConfigThatIsNoObject() {
    for (const char* text : {"", "[1, 2]", "{\"model_type\": \"llama\",", "\"llama\""}) {
      QTemporaryDir dir;
      const fs::path folder = dir.path().toStdString();
      write_file_atomically(folder / "config.json", text);
      const std::string message = error_of(ErrorKind::BadFile, [&] { read_model_config(folder); });
      QVERIFY2(says(message, {"config.json", "JSON object"}), message.c_str());
    }
  }

  void refusesOtherTensors_data() {
    using Change = std::function<void(Tensors&)>;
    QTest::addColumn<Change>("change");
    QTest::addColumn<bool>("unsupported");
    QTest::addColumn<QStringList>("parts");
    const std::string query = "model.layers.1.self_attn.q_proj.weight";
    const QString name = QString::fromStdString(query);
    QTest::newRow("missing") << Change([=](Tensors& t) { t.erase(query); }) << false << QStringList{name, "is missing"};
    QTest::newRow("missing head") << Change([](Tensors& t) { t.erase("lm_head.weight"); }) << false
                                  << QStringList{"lm_head.weight", "is missing"};
    QTest::newRow("extra") << Change([](Tensors& t) {
      t["model.layers.2.mlp.up_proj.weight"] = at::zeros({24, 16});
    }) << false << QStringList{"model.layers.2.mlp.up_proj.weight", "has no place"};
    QTest::newRow("bias") << Change([](Tensors& t) { t["model.layers.0.self_attn.q_proj.bias"] = at::zeros({16}); })
                          << false << QStringList{"model.layers.0.self_attn.q_proj.bias", "has no place"};
    QTest::newRow("misshapen") << Change([=](Tensors& t) {
      t[query] = at::zeros({16, 12});
    }) << false << QStringList{name, "says shape [16, 16]", "found [16, 12]"};
    QTest::newRow("of other dimensions") << Change([=](Tensors& t) { t[query] = at::zeros({256}); }) << false
                                         << QStringList{name, "says shape [16, 16]", "found [256]"};
    QTest::newRow("whole numbers") << Change([=](Tensors& t) {
      t[query] = at::zeros({16, 16}, at::kInt);
    }) << true << QStringList{name, "expected floating point"};
  }
  void refusesOtherTensors() {
    QFETCH(std::function<void(Tensors&)>, change);
    QFETCH(bool, unsupported);
    QFETCH(QStringList, parts);
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    write_model(folder, change);
    const std::string message =
        error_of(unsupported ? ErrorKind::Unsupported : ErrorKind::BadFile, [&] { load_weights(folder); });
    std::vector<std::string> all{(folder / "model.safetensors").string()};
    for (const QString& part : parts) all.push_back(part.toStdString());
    QVERIFY2(says(message, all), message.c_str());
  }

  void whatOlderWritersKeepIsLeftAside() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    write_model(folder, [](Tensors& t) {
      t["model.layers.0.self_attn.rotary_emb.inv_freq"] = at::zeros({2});
      t["lm_head.weight"] = t["model.embed_tokens.weight"].clone();
    });
    json config = read_json(folder / "config.json");
    config["tie_word_embeddings"] = true;  // and the head's copy is there
    write_file_atomically(folder / "config.json", config.dump());
    const ModelWeights model = load_weights(folder);
    QVERIFY(model.head.is_same(model.embedding));
  }

  void refusesShardedAndMissingWeights() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    write_model(folder, json::object());
    fs::remove(folder / "model.safetensors");
    std::string message = error_of(ErrorKind::BadFile, [&] { load_weights(folder); });
    QVERIFY2(says(message, {(folder / "model.safetensors").string(), "cannot be read"}), message.c_str());
    write_file_atomically(folder / "model.safetensors.index.json", "{}");
    message = error_of(ErrorKind::Unsupported, [&] { load_weights(folder); });
    QVERIFY2(says(message, {folder.string(), "sharded", "model.safetensors"}), message.c_str());
  }
};

QTEST_GUILESS_MAIN(WeightsTest)
#include "weights_test.moc"
