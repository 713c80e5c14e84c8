// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/weights.h"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/llm/forward.h"
#include "engine/llm/safetensors.h"
#include "tests/engine/llm/written_models.h"

using namespace prefscope;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

using Tensors = std::map<std::string, at::Tensor>;

/// Writes a good small model, then its tensors changed by `change`.
void write_model(const fs::path& folder, const std::function<void(Tensors&)>& change) {
  write_patched_model(folder, json::object());
  Tensors tensors = read_safetensors(folder / "model.safetensors");
  change(tensors);
  write_safetensors(folder / "model.safetensors", {tensors.begin(), tensors.end()});
}

/// The good small model in two shards with an index, as transformers writes large ones.
void write_shards(const fs::path& folder) {
  write_patched_model(folder, json::object());
  std::vector<std::pair<std::string, at::Tensor>> parts[2];
  json map;
  for (const auto& [name, tensor] : read_safetensors(folder / "model.safetensors")) {
    const size_t shard = parts[0].size() < 9 ? 0 : 1;
    parts[shard].emplace_back(name, tensor);
    map[name] = shard == 0 ? "model-1.safetensors" : "model-2.safetensors";
  }
  write_safetensors(folder / "model-1.safetensors", parts[0]);
  write_safetensors(folder / "model-2.safetensors", parts[1]);
  const json index = {{"metadata", {{"total_size", 1}}}, {"weight_map", map}};
  write_file_atomically(folder / "model.safetensors.index.json", index.dump());
  fs::remove(folder / "model.safetensors");
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

  void refusesMissingWeights() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    write_patched_model(folder, json::object());
    fs::remove(folder / "model.safetensors");
    const std::string message = error_of(ErrorKind::BadFile, [&] { load_weights(folder); });
    QVERIFY2(says(message, {(folder / "model.safetensors").string(), "cannot be read"}), message.c_str());
  }

  void shardsAreOneModel() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    write_shards(folder);
    const auto expected = named_tensors(lively_weights(small_config(), 1)), read = named_tensors(load_weights(folder));
    QCOMPARE(read.size(), expected.size());
    for (size_t i = 0; i < read.size(); ++i) {
      QCOMPARE(read[i].first, expected[i].first);
      QVERIFY(read[i].second.equal(expected[i].second));
    }
  }

  void refusesShardsThatDoNotFit() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    write_shards(folder);
    const Tensors first = read_safetensors(folder / "model-1.safetensors");
    const auto refuses = [&](const Tensors& changed, const std::vector<std::string>& parts) {
      write_safetensors(folder / "model-1.safetensors", {changed.begin(), changed.end()});
      const std::string message = error_of(ErrorKind::BadFile, [&] { load_weights(folder); });
      QVERIFY2(says(message, parts), message.c_str());
    };
    Tensors twice = first, fewer = first;
    twice["model.norm.weight"] = at::ones({16});  // also in the second
    refuses(twice, {"model-2.safetensors", "tensor model.norm.weight is also in", "model-1.safetensors"});
    fewer.erase("lm_head.weight");
    refuses(fewer, {folder.string() + ": tensor lm_head.weight is missing"});
    fs::remove(folder / "model-2.safetensors");
    const std::string message = error_of(ErrorKind::BadFile, [&] { load_weights(folder); });
    QVERIFY2(says(message, {"model-2.safetensors", "cannot be read"}), message.c_str());
  }

  /// Each number type of the file becomes the chosen one as torch converts it, once.
  void chosenDtype() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    for (const at::ScalarType stored : {at::kDouble, at::kFloat, at::kBFloat16, at::kHalf}) {
      write_model(folder, [&](Tensors& tensors) {
        for (auto& [name, tensor] : tensors) tensor = tensor.to(stored);
      });
      const Tensors file = read_safetensors(folder / "model.safetensors");
      for (const char* dtype : {"float32", "bfloat16", "float16"}) {
        for (const auto& [name, tensor] : named_tensors(load_weights(folder, {.dtype = dtype}))) {
          QCOMPARE(tensor.scalar_type(), number_type(dtype));
          QVERIFY(tensor.equal(file.at(name).to(number_type(dtype))));
        }
      }
    }
    const std::string message = error_of(ErrorKind::BadInput, [&] { load_weights(folder, {.dtype = "int4"}); });
    QVERIFY2(says(message, {"--dtype int4", "expected float32, bfloat16 or float16"}), message.c_str());
  }

  void loadingIsFollowedAndStopped() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    write_patched_model(folder, json::object());
    std::vector<double> fractions;
    LoadOptions options;
    options.context.progress = [&](const Progress& p) { fractions.push_back(p.fraction); };
    load_weights(folder, options);
    QVERIFY(!fractions.empty() && std::is_sorted(fractions.begin(), fractions.end()) && fractions.back() <= 1);
    std::stop_source stop;
    stop.request_stop();
    options.context.stop = stop.get_token();
    QVERIFY_THROWS_EXCEPTION(Cancelled, load_weights(folder, options));
  }
};

QTEST_GUILESS_MAIN(WeightsTest)
#include "weights_test.moc"
