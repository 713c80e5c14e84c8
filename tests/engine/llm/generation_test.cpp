// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/generation.h"

#include <QtTest>
#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/llm/forward.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;

namespace {

/// A small model that never ends by itself.
ModelWeights endless_weights(uint64_t seed) {
  ModelWeights model = lively_weights(small_config(), seed);
  model.config.eos = {-1};
  return model;
}

}  // namespace

class GenerationTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void greedyAsTransformers_data() {
    QTest::addColumn<QString>("folder");
    QTest::newRow("tied") << "llm/tied";
    QTest::newRow("untied") << "llm/untied";
  }
  void greedyAsTransformers() {
    QFETCH(QString, folder);
    const auto path = parity(folder.toStdString());
    const ModelWeights model = load_weights(path);
    const Lora lora = load_lora(path / "adapter", model.config);
    const Lora* const stack[] = {&lora};
    const auto expected = nlohmann::json::parse(read_file(path / "case.json"));
    const auto prompt = expected["prompt"].get<std::vector<int32_t>>();
    QCOMPARE(generate(model, {}, prompt, {.max_tokens = 12}, {}, {}), expected["greedy"].get<std::vector<int32_t>>());
    QCOMPARE(generate(model, stack, prompt, {.max_tokens = 12}, {}, {}),
             expected["adapter_greedy"].get<std::vector<int32_t>>());
  }

  void cacheEqualsTheWholeSequence_data() {
    QTest::addColumn<quint64>("seed");
    for (quint64 seed = 0; seed < 8; ++seed) QTest::addRow("seed %d", static_cast<int>(seed)) << seed;
  }
  void cacheEqualsTheWholeSequence() {
    QFETCH(quint64, seed);
    const ModelWeights model = endless_weights(seed);
    const Lora lora = lively_lora(model.config, 2, 4, seed);
    const Lora* const stack[] = {&lora};
    Random random({seed, 2});
    const std::vector<int32_t> prompt = random_ids(random, 1 + random.below(20), 40);
    const std::vector<int32_t> written = generate(model, stack, prompt, {.max_tokens = 30}, {}, {});
    QCOMPARE(written.size(), size_t{30});
    std::vector<int64_t> ids(prompt.begin(), prompt.end());
    for (const int32_t id : written) {
      // The id chosen is the best of the whole sequence run anew (within rounding, should two be as good).
      const at::Tensor logits = sequence_logits(model, stack, ids).select(0, static_cast<int64_t>(ids.size()) - 1);
      QVERIFY(logits[id].item<float>() > logits.max().item<float>() - 1e-4F);
      ids.push_back(id);
    }
  }

  void endsAtEos() {
    ModelWeights model = endless_weights(3);
    const std::vector<int32_t> prompt{4, 5, 6};
    const auto endless = generate(model, {}, prompt, {.max_tokens = 20}, {}, {});
    // Any of several ids ends it, where it first appears; it is not part of what is written.
    const auto end = std::find(endless.begin(), endless.end(), endless[7]);
    model.config.eos = {-1, endless[7]};
    std::vector<int32_t> seen;
    const auto ended = generate(model, {}, prompt, {.max_tokens = 20}, [&](int32_t id) { seen.push_back(id); }, {});
    QCOMPARE(ended, std::vector<int32_t>(endless.begin(), end));
    QCOMPARE(seen, ended);
  }

  void endsWhereThePositionsEnd() {
    ModelWeights model = endless_weights(3);
    model.config.max_positions = 5;
    QCOMPARE(generate(model, {}, {4, 5, 6}, {.max_tokens = 20}, {}, {}).size(), size_t{2});
    QVERIFY(generate(model, {}, {4, 5, 6, 7, 8}, {.max_tokens = 20}, {}, {}).empty());
    QVERIFY(generate(model, {}, {4, 5, 6}, {.max_tokens = 0}, {}, {}).empty());
  }

  void stopsWithinAToken() {
    const ModelWeights model = endless_weights(3);
    std::stop_source stop;
    int seen = 0;
    const auto on_token = [&](int32_t) {
      if (++seen == 3) stop.request_stop();
    };
    QVERIFY_EXCEPTION_THROWN(generate(model, {}, {4, 5, 6}, {.max_tokens = 20}, on_token, stop.get_token()), Cancelled);
    QCOMPARE(seen, 3);
  }

  void sampledIdsFollowTheSeedAndTheProbabilities() {
    ModelConfig config = small_config();
    config.vocab_size = 5;
    ModelWeights model = lively_weights(config, 2);
    model.config.eos = {-1};
    const std::vector<int32_t> prompt{1, 3};
    const GenerationOptions options{.max_tokens = 12, .temperature = 2, .seed = 5};
    const auto once = generate(model, {}, prompt, options, {}, {});
    QCOMPARE(generate(model, {}, prompt, options, {}, {}), once);
    GenerationOptions other = options;
    other.seed = 6;
    QVERIFY(generate(model, {}, prompt, other, {}, {}) != once);

    // 2,000 first tokens at temperature 2: each frequency within four standard deviations of softmax(logits / 2).
    std::array<int, 5> count{};
    const int draws = 2000;
    for (int i = 0; i < draws; ++i) {
      const GenerationOptions one{.max_tokens = 1, .temperature = 2, .seed = static_cast<uint64_t>(i)};
      ++count.at(static_cast<size_t>(generate(model, {}, prompt, one, {}, {}).front()));
    }
    const at::Tensor p = at::softmax(sequence_logits(model, {}, {1, 3}).select(0, 1).to(at::kDouble) / 2, 0);
    for (int id = 0; id < 5; ++id) {
      const double expected = p[id].item<double>(), found = count.at(static_cast<size_t>(id)) / double{draws};
      QVERIFY(std::abs(found - expected) < 4 * std::sqrt(expected * (1 - expected) / draws));
    }
  }

  void refusesAnEmptyPrompt() {
    const ModelWeights model = endless_weights(3);
    const std::string message = error_of(ErrorKind::BadInput, [&] { generate(model, {}, {}, {}, {}, {}); });
    QVERIFY2(says(message, {"prompt", "at least one token"}), message.c_str());
  }
};

QTEST_GUILESS_MAIN(GenerationTest)
#include "generation_test.moc"
