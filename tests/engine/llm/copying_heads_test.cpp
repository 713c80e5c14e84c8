// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/copying_heads.h"

#include <ATen/ATen.h>

#include <QtTest>

#include "engine/llm/forward.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;

namespace {

/// The shape of a small model for an imported set, with fewer tokens.
ModelConfig default_shape() {
  ModelConfig config = small_config();
  config.vocab_size = 1000;
  config.hidden_size = 256;
  config.intermediate_size = 64;
  config.layers = 4;
  config.heads = config.kv_heads = 4;
  config.head_dim = 64;
  config.tie_word_embeddings = true;
  return config;
}

ModelWeights fresh(const ModelConfig& config, uint64_t seed) {
  ModelWeights model = random_weights(config, seed);
  model.embedding.mul_(3);
  return model;
}

/// How often the most likely next token is the one that came next at the first time, where 60 random tokens, each once,
/// come twice.
double copied(const ModelWeights& model, uint64_t seed) {
  Random random({seed, 0x7477696365});
  std::vector<int64_t> ids;
  for (int64_t id = 3; id < model.config.vocab_size; ++id) ids.push_back(id);
  random.shuffle(ids);
  ids.resize(60);
  for (size_t i = 0; i < 60; ++i) ids.push_back(ids[i]);
  const at::Tensor next = sequence_logits(model, {}, ids).argmax(1);
  int right = 0;
  for (int64_t at = 60; at < 119; ++at) right += next[at].item<int64_t>() == ids[static_cast<size_t>(at) + 1] ? 1 : 0;
  return right / 59.0;
}

}  // namespace

class CopyingHeadsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// Untrained, the model writes on what it has seen; without these heads it does so by chance, one in a thousand.
  void copiesWithoutTraining() {
    for (const uint64_t seed : {1, 2, 3}) {
      ModelWeights model = fresh(default_shape(), seed);
      QVERIFY(copied(model, seed) < 0.05);
      add_copying_heads(model, seed);
      const double share = copied(model, seed);
      QVERIFY2(share > 0.9, std::to_string(share).c_str());
    }
  }

  void groupedHeadsToo() {
    ModelConfig config = default_shape();
    config.kv_heads = 2;
    ModelWeights model = fresh(config, 5);
    add_copying_heads(model, 5);
    const double share = copied(model, 5);
    QVERIFY2(share > 0.9, std::to_string(share).c_str());
  }

  void sameSeedSameBits() {
    ModelWeights a = fresh(default_shape(), 1), b = fresh(default_shape(), 1), c = fresh(default_shape(), 1);
    add_copying_heads(a, 9);
    add_copying_heads(b, 9);
    add_copying_heads(c, 10);
    const auto all_a = named_tensors(a), all_b = named_tensors(b), all_c = named_tensors(c);
    bool differs = false;
    for (size_t i = 0; i < all_a.size(); ++i) {
      QVERIFY2(all_a[i].second.equal(all_b[i].second), all_a[i].first.c_str());
      differs = differs || !all_a[i].second.equal(all_c[i].second);
    }
    QVERIFY(differs);
  }

  void tooSmallAModelStaysAsItWas() {
    ModelConfig config = default_shape();
    config.layers = 1;
    ModelWeights model = fresh(config, 1);
    add_copying_heads(model, 1);
    const auto before = named_tensors(fresh(config, 1)), after = named_tensors(model);
    for (size_t i = 0; i < before.size(); ++i) QVERIFY(before[i].second.equal(after[i].second));
  }
};

QTEST_GUILESS_MAIN(CopyingHeadsTest)
#include "copying_heads_test.moc"
