// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/data/prompts.h"
#include "engine/data/world.h"
#include "engine/llm/checkpoint.h"
#include "engine/llm/forward.h"
#include "engine/llm/generation.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;

/// The bundled starter gives what transformers gives: same ids, logits within 1e-4, the same greedy continuation.
/// tests/parity/make_starter_fixture.py writes the numbers, anew with each starter.
class StarterParityTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void asTransformers() {
    const auto fixture = nlohmann::json::parse(read_file(parity("llm/starter.json")));
    const LanguageModel model = load_language_model(model_folder("starter"));
    QVERIFY2(fixture["weights"] == model.weights_hash, "another starter: run tests/parity/make_starter_fixture.py");
    const World world = make_world(bundled_world_items, bundled_world_seed);
    std::vector<ItemText> items;
    for (int i = 0; i < bundled_world_items; ++i) items.push_back(item_text(world, i));
    for (const auto& entry : fixture["cases"]) {
      std::vector<const ItemText*> history;
      for (size_t i = 0; i < entry["titles"][1]; ++i) history.push_back(&items[entry["titles"][0].get<size_t>() + i]);
      const std::vector<int32_t> ids = prompt_ids(model, render_prompt(load_prompt_template("open"), history, {}));
      QCOMPARE(ids, entry["ids"].get<std::vector<int32_t>>());
      const at::Tensor logits =
          sequence_logits(model.weights, {}, {ids.begin(), ids.end()}).select(0, static_cast<int64_t>(ids.size()) - 1);
      const auto expected = entry["logits"].get<std::vector<double>>();
      QCOMPARE(logits.numel(), static_cast<int64_t>(expected.size()));
      double farthest = 0;
      for (size_t v = 0; v < expected.size(); ++v)
        farthest = std::max(farthest, std::abs(logits[static_cast<int64_t>(v)].item<double>() - expected[v]));
      QVERIFY2(farthest < 1e-4, std::to_string(farthest).c_str());
      auto greedy = entry["greedy"].get<std::vector<int32_t>>();
      if (greedy.back() == model.eos()) greedy.pop_back();
      QCOMPARE(generate(model.weights, {}, ids, {.max_tokens = 12}, {}, {}), greedy);
    }
  }
};

QTEST_GUILESS_MAIN(StarterParityTest)
#include "starter_parity_test.moc"
