// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/generation.h"

#include <QtTest>
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

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

  void penalizedAsTransformers() {
    const ModelWeights model = load_weights(parity("llm/tied"));
    const auto expected = nlohmann::json::parse(read_file(parity("generation.json")));
    const auto prompt = expected["prompt"].get<std::vector<int32_t>>();
    for (const auto& [penalty, ids] : expected["penalized"].items()) {
      const GenerationOptions options{.max_tokens = 20, .repetition_penalty = std::stod(penalty)};
      QCOMPARE(generate(model, {}, prompt, options, {}, {}), ids.get<std::vector<int32_t>>());
    }
  }

  void drawsOnlyWhatIsLeft() {
    const ModelWeights model = endless_weights(2);
    const std::vector<int32_t> prompt{1, 3};
    const at::Tensor logits = sequence_logits(model, {}, {1, 3}).select(0, 1);
    const at::Tensor best = std::get<1>(logits.topk(3));
    std::set<int64_t> left, drawn;
    for (int i = 0; i < 3; ++i) left.insert(best[i].item<int64_t>());
    for (int i = 0; i < 200; ++i) {
      const GenerationOptions one{.max_tokens = 1, .temperature = 5, .seed = static_cast<uint64_t>(i), .top_k = 3};
      drawn.insert(generate(model, {}, prompt, one, {}, {}).front());
    }
    QVERIFY(drawn == left);
    // The best alone is left: greedy, whatever the seed.
    const GenerationOptions sharp{.max_tokens = 9, .temperature = 5, .seed = 4, .min_p = 1};
    QCOMPARE(generate(model, {}, prompt, sharp, {}, {}), generate(model, {}, prompt, {.max_tokens = 9}, {}, {}));
    // Options that leave everything draw what is drawn without them.
    const GenerationOptions plain{.max_tokens = 9, .temperature = 2, .seed = 4},
        all{.max_tokens = 9, .temperature = 2, .seed = 4, .top_k = 40, .top_p = 1, .min_p = 0};
    QCOMPARE(generate(model, {}, prompt, all, {}, {}), generate(model, {}, prompt, plain, {}, {}));
  }

  void endsWhereItIsTold() {
    const ModelWeights model = endless_weights(3);
    const std::vector<int32_t> prompt{4, 5, 6};
    const auto endless = generate(model, {}, prompt, {.max_tokens = 20}, {}, {});
    const auto end = std::find(endless.begin(), endless.end(), endless[7]);
    GenerationOptions options{.max_tokens = 20};
    options.more_ends = {endless[7]};
    QCOMPARE(generate(model, {}, prompt, options, {}, {}), std::vector<int32_t>(endless.begin(), end));
    options.keep_end = true;
    QCOMPARE(generate(model, {}, prompt, options, {}, {}), std::vector<int32_t>(endless.begin(), end + 1));
    size_t seen = 0;
    const GenerationOptions told{.max_tokens = 20, .ends_with = [&](int32_t) { return ++seen == 5; }};
    QCOMPARE(generate(model, {}, prompt, told, {}, {}), std::vector<int32_t>(endless.begin(), endless.begin() + 5));
  }

  /// A stop is seen within the prompt's pass too.
  void stopsWithinThePrompt() {
    ModelConfig config = small_config();
    config.layers = 40;
    config.hidden_size = 256;
    config.intermediate_size = 1024;
    config.heads = config.kv_heads = 4;
    config.head_dim = 64;
    const ModelWeights model = lively_weights(config, 1);
    const std::vector<int32_t> prompt(480, 7);
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    generate(model, {}, prompt, {.max_tokens = 1}, {}, {});
    const double whole = std::chrono::duration<double>(Clock::now() - begin).count();
    std::stop_source stop;
    std::jthread later([&] {
      std::this_thread::sleep_for(std::chrono::duration<double>(whole / 4));
      stop.request_stop();
    });
    const auto start = Clock::now();
    QVERIFY_EXCEPTION_THROWN(generate(model, {}, prompt, {.max_tokens = 1}, {}, stop.get_token()), Cancelled);
    const double stopped = std::chrono::duration<double>(Clock::now() - start).count();
    qInfo("a prompt of %.0f ms stopped after %.0f ms, asked at %.0f ms", 1e3 * whole, 1e3 * stopped, 250 * whole);
  }

  void refusesSettingsOutOfRange() {
    const auto message = [](GenerationOptions options) {
      return error_of(ErrorKind::BadInput, [&] { check_generation(options); });
    };
    check_generation({});
    QVERIFY(says(message({.max_tokens = 0}), {"--max-new-tokens", "1 .. 1000000", "found 0"}));
    QVERIFY(says(message({.temperature = -1}), {"--temperature", "found -1"}));
    QVERIFY(says(message({.temperature = NAN}), {"--temperature", "found nan"}));
    QVERIFY(says(message({.repetition_penalty = 0}), {"--repetition-penalty", "found 0"}));
    QVERIFY(says(message({.top_k = -1}), {"--top-k", "found -1"}));
    QVERIFY(says(message({.top_p = 0}), {"--top-p", "found 0"}));
    QVERIFY(says(message({.top_p = 1.5}), {"--top-p", "found 1.5"}));
    QVERIFY(says(message({.min_p = 2}), {"--min-p", "found 2"}));
  }

  void refusesLogitsThatAreNoNumbers() {
    ModelWeights model = endless_weights(3);
    model.final_norm = at::full_like(model.final_norm, NAN);
    const std::string message = error_of(ErrorKind::BadInput, [&] { generate(model, {}, {4}, {}, {}, {}); });
    QVERIFY2(says(message, {"not finite", "--dtype"}), message.c_str());
  }

  void refusesAnEmptyPrompt() {
    const ModelWeights model = endless_weights(3);
    const std::string message = error_of(ErrorKind::BadInput, [&] { generate(model, {}, {}, {}, {}, {}); });
    QVERIFY2(says(message, {"prompt", "at least one token"}), message.c_str());
  }
};

QTEST_GUILESS_MAIN(GenerationTest)
#include "generation_test.moc"
