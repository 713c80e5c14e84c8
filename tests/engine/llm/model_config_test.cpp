// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/model_config.h"

#include <QtTest>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "tests/engine/llm/written_models.h"

using namespace prefscope;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// A config with what every model needs.
json plain_config() {
  return {{"model_type", "llama"},  {"vocab_size", 40},         {"hidden_size", 16},       {"intermediate_size", 24},
          {"num_hidden_layers", 2}, {"num_attention_heads", 4}, {"num_key_value_heads", 2}};
}

ModelConfig config_of(const json& config) {
  const QTemporaryDir dir;
  write_file_atomically(fs::path(dir.path().toStdString()) / "config.json", config.dump());
  return read_model_config(dir.path().toStdString());
}

}  // namespace

class ModelConfigTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
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
    write_patched_model(folder, json{{"num_key_value_heads", nullptr},
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

  /// What is absent is what the family's configuration class says.
  void defaultsOfTheFamilies_data() {
    QTest::addColumn<QString>("type");
    QTest::addColumn<int>("kv_heads");
    QTest::addColumn<int>("head_dim");
    QTest::addColumn<int>("positions");
    QTest::addColumn<int>("window");
    QTest::addColumn<bool>("qkv_bias");
    QTest::addColumn<bool>("qk_norm");
    // 32 heads of 64 / 32 = 2.
    QTest::newRow("llama") << "llama" << 32 << 2 << 2048 << 0 << false << false;
    QTest::newRow("mistral") << "mistral" << 8 << 2 << 131072 << 4096 << false << false;
    QTest::newRow("qwen2") << "qwen2" << 32 << 2 << 32768 << 0 << true << false;
    QTest::newRow("qwen3") << "qwen3" << 32 << 128 << 32768 << 0 << false << true;
  }
  void defaultsOfTheFamilies() {
    QFETCH(QString, type);
    const ModelConfig c = config_of({{"model_type", type.toStdString()},
                                     {"vocab_size", 40},
                                     {"hidden_size", 64},
                                     {"intermediate_size", 24},
                                     {"num_hidden_layers", 2},
                                     {"num_attention_heads", 32}});
    QTEST(static_cast<int>(c.kv_heads), "kv_heads");
    QTEST(static_cast<int>(c.head_dim), "head_dim");
    QTEST(static_cast<int>(c.max_positions), "positions");
    QTEST(static_cast<int>(c.window(0)), "window");
    QTEST(static_cast<int>(c.window(1)), "window");
    QTEST(c.qkv_bias, "qkv_bias");
    QTEST(c.qk_norm, "qk_norm");
    QVERIFY(!c.output_bias && !c.mlp_bias && !c.tie_word_embeddings && c.eos.empty() && !c.bos);
    QCOMPARE(model_type(c.architecture), type.toStdString());
    QCOMPARE(c.rope_theta, 10000.0);
    QCOMPARE(c.rms_norm_eps, 1e-6);
    QVERIFY(c.rope_scaling.kind == RopeScaling::Kind::None);
  }

  void windowsByLayer_data() {
    QTest::addColumn<QString>("patch");
    QTest::addColumn<QList<int>>("windows");
    const auto row = [](const char* name, const char* patch, const QList<int>& windows) {
      QTest::newRow(name) << patch << windows;
    };
    row("llama has none", R"({"sliding_window": 8})", {});
    row("mistral has it in all layers", R"({"model_type": "mistral", "sliding_window": 8})", {8, 8, 8});
    row("mistral without", R"({"model_type": "mistral", "sliding_window": null})", {});
    row("qwen2 with the window off", R"({"model_type": "qwen2", "sliding_window": 8, "max_window_layers": 0})", {});
    row("qwen2 from a layer on",
        R"({"model_type": "qwen2", "use_sliding_window": true, "sliding_window": 8, "max_window_layers": 1})",
        {0, 8, 8});
    row("qwen2 beyond all layers", R"({"model_type": "qwen2", "use_sliding_window": true, "sliding_window": 8})", {});
    row("qwen3 by name",
        R"({"model_type": "qwen3", "use_sliding_window": true, "sliding_window": 8, "max_window_layers": 0,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]})",
        {8, 0, 8});
  }
  void windowsByLayer() {
    QFETCH(QString, patch);
    QFETCH(QList<int>, windows);
    json config = plain_config();
    config["num_hidden_layers"] = 3;
    const json changes = json::parse(patch.toStdString());
    for (const auto& [key, value] : changes.items()) config[key] = value;  // null stays
    QCOMPARE(config_of(config).windows, std::vector<int64_t>(windows.begin(), windows.end()));
  }

  void ropeInBothSpellings() {
    json four = plain_config(), five = four;
    four["rope_theta"] = 5e5;
    four["rope_scaling"] = {{"rope_type", "llama3"},
                            {"factor", 8.0},
                            {"low_freq_factor", 1.0},
                            {"high_freq_factor", 4.0},
                            {"original_max_position_embeddings", 8192}};
    five["rope_parameters"] = four["rope_scaling"];
    five["rope_parameters"]["rope_theta"] = 5e5;
    for (const json& config : {four, five}) {
      const ModelConfig c = config_of(config);
      QCOMPARE(c.rope_theta, 5e5);
      QVERIFY(c.rope_scaling.kind == RopeScaling::Kind::Llama3);
      QCOMPARE(c.rope_scaling.factor, 8.0);
      QCOMPARE(c.rope_scaling.low_freq_factor, 1.0);
      QCOMPARE(c.rope_scaling.high_freq_factor, 4.0);
      QCOMPARE(c.rope_scaling.original_positions, int64_t{8192});
    }
    // "type" is the older name; a null is as if the key were absent.
    json older = plain_config();
    older["rope_scaling"] = {{"type", "linear"}, {"factor", 4}};
    older["rope_parameters"] = nullptr;
    const ModelConfig linear = config_of(older);
    QVERIFY(linear.rope_scaling.kind == RopeScaling::Kind::Linear);
    QCOMPARE(linear.rope_scaling.factor, 4.0);
    QCOMPARE(linear.rope_theta, 10000.0);
  }

  void endsOfGenerationConfigAreAdded() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    json config = plain_config();
    config["eos_token_id"] = 7;
    write_file_atomically(folder / "config.json", config.dump());
    write_file_atomically(folder / "generation_config.json", R"({"eos_token_id": [7, 3]})");
    QCOMPARE(read_model_config(folder).eos, (std::vector<int64_t>{7, 3}));
    write_file_atomically(folder / "generation_config.json", R"({"eos_token_id": [7, 99]})");
    const std::string message = error_of(ErrorKind::BadFile, [&] { read_model_config(folder); });
    QVERIFY2(says(message, {"generation_config.json", "eos_token_id within 0 .. 39", "found 99"}), message.c_str());
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
    unsupported("another model_type", R"({"model_type": "gemma2"})", {"\"gemma2\"", "expected \"llama\""});
    unsupported("no model_type", R"({"model_type": null})", {"model_type (none)", "expected \"llama\""});
    unsupported("another activation", R"({"hidden_act": "gelu"})", {"hidden_act = \"gelu\"", "\"silu\""});
    unsupported("a classifier", R"({"architectures": ["LlamaForSequenceClassification"]})",
                {"architectures = [\"LlamaForSequenceClassification\"]", "ForCausalLM"});
    unsupported("dropout in attention", R"({"attention_dropout": 0.1})", {"attention_dropout = 0.1", "expected 0.0"});
    unsupported("rotary angles of a part", R"({"partial_rotary_factor": 0.5})", {"partial_rotary_factor = 0.5"});
    unsupported("quantized", R"({"quantization_config": {"bits": 4}})", {"quantization_config"});
    unsupported("yarn rope_parameters", R"({"rope_parameters": {"rope_type": "yarn", "rope_theta": 10000.0}})",
                {"rope_type = \"yarn\"", "expected \"default\", \"linear\" or \"llama3\""});
    unsupported("dynamic rope_scaling", R"({"rope_scaling": {"type": "dynamic", "factor": 2.0}})",
                {"type = \"dynamic\"", "expected \"default\""});
    unsupported("rope type is a number", R"({"rope_scaling": {"rope_type": 3}})", {"rope_type = 3"});
    unsupported("an unknown option of rope",
                R"({"rope_parameters": {"rope_type": "default", "mrope_section": [8, 12, 12]}})",
                {"mrope_section = [8,12,12] in rope_parameters", "not supported"});
    unsupported("rope of a part", R"({"rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5}})",
                {"partial_rotary_factor = 0.5"});
    unsupported("layers of another type",
                R"({"model_type": "qwen3", "layer_types": ["full_attention", "chunked_attention"]})",
                {"layer_types[1] = \"chunked_attention\"", "\"sliding_attention\""});
    unsupported("layer types that Llama does not have",
                R"({"layer_types": ["full_attention", "sliding_attention"], "sliding_window": 8})",
                {"layer_types[1] = \"sliding_attention\"", "llama"});
    unsupported(
        "layer types against Mistral's window",
        R"({"model_type": "mistral", "sliding_window": 8, "layer_types": ["full_attention", "sliding_attention"]})",
        {"layer_types[0] = \"full_attention\"", "mistral", "sliding_window 8"});
    unsupported("an unknown prompt of rationales", R"({"prefscope_rationale_prompt": "../../secret"})",
                {"prefscope_rationale_prompt = \"../../secret\"", "\"rationale-shared\""});
    bad("layer types of fewer layers", R"({"model_type": "qwen2", "layer_types": ["full_attention"]})",
        {"layer_types to be a list of 2 names", "[\"full_attention\"]"});
    bad("a window that is off",
        R"({"model_type": "qwen2", "sliding_window": 8, "layer_types": ["full_attention", "sliding_attention"]})",
        {"layer_types[1]", "expected use_sliding_window"});
    bad("window of nothing", R"({"model_type": "mistral", "sliding_window": 0})",
        {"sliding_window within 1 ..", "found 0"});
    bad("window is text", R"({"model_type": "mistral", "sliding_window": "4k"})", {"whole number sliding_window"});
    bad("use_sliding_window is a number", R"({"model_type": "qwen2", "use_sliding_window": 1})",
        {"true or false for use_sliding_window", "found 1"});
    bad("attention_bias is text", R"({"attention_bias": "yes"})", {"attention_bias", "found \"yes\""});
    bad("linear without a factor", R"({"rope_scaling": {"type": "linear"}})", {"positive number factor"});
    bad("llama3 without its frequencies", R"({"rope_scaling": {"rope_type": "llama3", "factor": 8.0}})",
        {"positive number low_freq_factor"});
    bad("llama3 with frequencies reversed",
        R"({"rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 1}})",
        {"high_freq_factor above low_freq_factor", "found 1 and 4"});
    bad("linear by a negative factor", R"({"rope_scaling": {"type": "linear", "factor": -2}})", {"factor", "found -2"});
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
    write_patched_model(folder, json::parse(patch.toStdString()));
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
};

QTEST_GUILESS_MAIN(ModelConfigTest)
#include "model_config_test.moc"
