// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/forward.h"

#include <ATen/Parallel.h>

#include <QtTest>

#include "engine/llm/activations.h"
#include "engine/llm/decoder.h"
#include "engine/llm/linear.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;

namespace {

/// A decoder of random shape: heads that share keys or not, a head tied or not, and what the families differ in, each
/// in some: windows, biases, norms of queries and keys, scaled frequencies.
ModelConfig random_config(Random& random) {
  ModelConfig config = small_config();
  config.layers = 1 + static_cast<int64_t>(random.below(3));
  config.kv_heads = 1 + static_cast<int64_t>(random.below(2));
  config.heads = config.kv_heads * (1 + static_cast<int64_t>(random.below(3)));
  config.head_dim = 2 * (1 + static_cast<int64_t>(random.below(4)));
  config.hidden_size = 6 + static_cast<int64_t>(random.below(12));
  config.intermediate_size = 5 + static_cast<int64_t>(random.below(20));
  config.tie_word_embeddings = random.below(2) == 1;
  if (random.below(2) == 1) {
    // None, or 2 and more: a row that sees itself alone has no gradient by its query, which has no relative difference.
    for (int64_t l = 0; l < config.layers; ++l) config.windows.push_back(2 * static_cast<int64_t>(random.below(7)));
  }
  config.qkv_bias = random.below(2) == 1;
  config.output_bias = random.below(4) == 1;
  config.mlp_bias = random.below(4) == 1;
  config.qk_norm = random.below(2) == 1;
  if (random.below(3) == 1) config.rope_scaling = {RopeScaling::Kind::Llama3, 4, 1, 4, 16};
  return config;
}

/// 1 to 4 prompts of 1 to 25 tokens, each with 1 to 6 responses of 1 to 8 tokens, the first of one token alone.
std::vector<PromptGroup> random_groups(Random& random, int64_t vocabulary) {
  std::vector<PromptGroup> groups(1 + random.below(4));
  for (PromptGroup& group : groups) {
    group.prompt = random_ids(random, 1 + random.below(25), vocabulary);
    group.responses.resize(1 + random.below(6));
    for (auto& response : group.responses) response = random_ids(random, 1 + random.below(8), vocabulary);
  }
  groups.front().responses.front().resize(1);
  return groups;
}

/// 1 to 3 examples whose prompts share prefixes of random lengths with one another, and responses that begin alike:
/// tries of any shape. Few different tokens, so that much is shared by chance too.
std::vector<std::vector<PromptGroup>> random_trees(Random& random, int64_t vocabulary) {
  std::vector<std::vector<PromptGroup>> trees(1 + random.below(3));
  for (auto& groups : trees) {
    groups.resize(1 + random.below(4));
    const auto varied = [&](const std::vector<int32_t>& like, size_t longest) {
      const size_t kept = like.empty() ? 0 : random.below(like.size() + 1);
      std::vector<int32_t> ids(like.begin(), like.begin() + static_cast<std::ptrdiff_t>(kept));
      const auto more =
          random_ids(random, random.below(longest) + (ids.empty() ? 1 : 0), std::min<int64_t>(vocabulary, 3));
      ids.insert(ids.end(), more.begin(), more.end());
      return ids;
    };
    for (size_t g = 0; g < groups.size(); ++g) {
      groups[g].prompt = varied(g == 0 ? std::vector<int32_t>() : groups[random.below(g)].prompt, g == 0 ? 160 : 20);
      groups[g].responses.resize(1 + random.below(5));
      for (size_t r = 0; r < groups[g].responses.size(); ++r)
        groups[g].responses[r] = varied(r == 0 ? std::vector<int32_t>() : groups[g].responses[random.below(r)], 9);
    }
  }
  return trees;
}

/// Log-probs of the tokens of all responses, each response run as a sequence of its own and a plain log-softmax over
/// every row.
at::Tensor separate_log_probs(const ModelWeights& model, LoraStack adapters, const std::vector<PromptGroup>& groups) {
  std::vector<at::Tensor> all;
  for (const PromptGroup& group : groups) {
    for (const auto& response : group.responses) {
      std::vector<int64_t> ids(group.prompt.begin(), group.prompt.end());
      ids.insert(ids.end(), response.begin(), response.end());
      const auto first = static_cast<int64_t>(group.prompt.size()) - 1, n = static_cast<int64_t>(response.size());
      const at::Tensor rows = at::log_softmax(sequence_logits(model, adapters, ids), 1).narrow(0, first, n);
      const std::vector<int64_t> target(response.begin(), response.end());
      all.push_back(rows.gather(1, as_tensor(target, at::kCPU).unsqueeze(1)).squeeze(1));
    }
  }
  return at::cat(all);
}

/// The gradients of `parameters` after backward of the sum of log_probs * weight; they are cleared.
std::vector<at::Tensor> gradients(const at::Tensor& log_probs, const at::Tensor& weight,
                                  const std::vector<at::Tensor>& parameters) {
  (log_probs * weight).sum().backward();
  std::vector<at::Tensor> all;
  for (at::Tensor parameter : parameters) {
    all.push_back(parameter.grad());
    parameter.mutable_grad() = at::Tensor();
  }
  return all;
}

at::Tensor random_tensor(Random& random, int64_t count) {
  at::Tensor tensor = at::empty({count}, at::kFloat);
  for (int64_t i = 0; i < count; ++i) tensor[i] = random.normal();
  return tensor;
}

}  // namespace

class ForwardTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { at::set_num_threads(1); }

  void packedEqualsSeparate_data() {
    QTest::addColumn<quint64>("seed");
    for (quint64 seed = 0; seed < 25; ++seed) QTest::addRow("seed %d", static_cast<int>(seed)) << seed;
  }
  /// In float64 both ways agree to the last digits, whatever the model: the packing is exact. In float32 each way has
  /// rounding of its own, which large weights magnify (at a spread of 1.2 one unit in the last place of the embedding
  /// moved a gradient by 3e-5), so the packed one is held against float64 on milder models.
  void packedEqualsSeparate() {
    QFETCH(quint64, seed);
    Random random({seed, 1});
    const ModelConfig config = random_config(random);
    const ModelWeights model = lively_weights(config, seed, 0.8);
    const Lora below = lively_lora(config, 2, 3, seed), policy = lively_lora(config, 3, 6, seed + 100);
    const std::vector<const Lora*> stack{&below, &policy};
    const std::vector<at::Tensor> weights = parameters(policy);
    for (at::Tensor weight : weights) weight.requires_grad_(true);
    const std::vector<PromptGroup> groups = random_groups(random, config.vocab_size);
    const PackedForest packed = pack(groups);

    const at::Tensor together = response_log_probs(model, stack, packed);
    const at::Tensor apart = separate_log_probs(model, stack, groups);
    QCOMPARE(together.size(0), static_cast<int64_t>(packed.target.size()));
    const double log_prob_difference = (together - apart).abs().max().item<double>();
    QVERIFY2(log_prob_difference < 1e-4, qPrintable(QString::number(log_prob_difference)));
    const at::Tensor sums = sum_by_response(together, packed.response_begin);
    for (size_t r = 0; r + 1 < packed.response_begin.size(); ++r) {
      const int64_t begin = packed.response_begin[r], n = packed.response_begin[r + 1] - begin;
      const double difference = (sums[static_cast<int64_t>(r)] - apart.narrow(0, begin, n).sum()).abs().item<double>();
      QVERIFY2(difference < 1e-4, qPrintable(QString::number(difference)));
    }

    const at::Tensor weight = random_tensor(random, together.size(0));
    const auto by_packing = gradients(together, weight, weights);

    const ModelWeights wide_model = to_double(model);
    const Lora wide_below = to_double(below), wide_policy = to_double(policy);
    const std::vector<const Lora*> wide_stack{&wide_below, &wide_policy};
    const std::vector<at::Tensor> wide_weights = parameters(wide_policy);
    for (at::Tensor w : wide_weights) w.requires_grad_(true);
    const at::Tensor wide_together = response_log_probs(wide_model, wide_stack, packed);
    const at::Tensor wide_apart = separate_log_probs(wide_model, wide_stack, groups);
    QVERIFY((wide_together - wide_apart).abs().max().item<double>() < 1e-11);
    QVERIFY((together - wide_apart).abs().max().item<double>() < 1e-4);
    const at::Tensor wide_weight = weight.to(at::kDouble);
    const auto exact_packing = gradients(wide_together, wide_weight, wide_weights),
               exact = gradients(wide_apart, wide_weight, wide_weights);
    double worst = 0, worst_exact = 0;
    for (size_t i = 0; i < weights.size(); ++i) {
      const double difference = relative_difference(by_packing[i], exact[i]);
      QVERIFY2(difference < 1e-4, qPrintable(QString("parameter %1: %2").arg(i).arg(difference)));
      worst = std::max(worst, difference);
      worst_exact = std::max(worst_exact, relative_difference(exact_packing[i], exact[i]));
    }
    QVERIFY2(worst_exact < 1e-10, qPrintable(QString::number(worst_exact)));
    qInfo("log-probs differ by %.1e, gradients by %.1e; in float64 by %.1e", log_prob_difference, worst, worst_exact);
  }

  void forestEqualsSeparate_data() { packedEqualsSeparate_data(); }
  /// Tries of any shape, and gradients computed with kept or with recomputed activations.
  void forestEqualsSeparate() {
    QFETCH(quint64, seed);
    Random random({seed, 2});
    const ModelConfig config = random_config(random);
    const ModelWeights model = lively_weights(config, seed, 0.6);
    const Lora policy = lively_lora(config, 3, 6, seed + 100);
    const std::vector<const Lora*> stack{&policy};
    const std::vector<at::Tensor> weights = parameters(policy);
    for (at::Tensor weight : weights) weight.requires_grad_(true);
    const auto trees = random_trees(random, config.vocab_size);
    std::vector<PromptGroup> groups;
    for (const auto& tree : trees) groups.insert(groups.end(), tree.begin(), tree.end());
    const PackedForest packed = pack_trees(trees, 1 + static_cast<int64_t>(random.below(4)));
    QVERIFY(packed.ids.size() <= pack(groups).ids.size());

    const at::Tensor together = response_log_probs(model, stack, packed);
    const at::Tensor weight = random_tensor(random, together.size(0));
    const auto by_forest = gradients(together, weight, weights);
    const at::Tensor again = response_log_probs(model, stack, packed, {.checkpoint_gradients = true});
    QVERIFY(again.equal(together));
    const auto recomputed = gradients(again, weight, weights);

    const ModelWeights wide_model = to_double(model);
    const Lora wide_policy = to_double(policy);
    const std::vector<const Lora*> wide_stack{&wide_policy};
    const std::vector<at::Tensor> wide_weights = parameters(wide_policy);
    for (at::Tensor w : wide_weights) w.requires_grad_(true);
    const at::Tensor wide_together = response_log_probs(wide_model, wide_stack, packed);
    const at::Tensor wide_apart = separate_log_probs(wide_model, wide_stack, groups);
    QVERIFY((wide_together - wide_apart).abs().max().item<double>() < 1e-11);
    QVERIFY((together - wide_apart).abs().max().item<double>() < 1e-4);
    const auto exact_forest = gradients(wide_together, weight.to(at::kDouble), wide_weights),
               exact = gradients(wide_apart, weight.to(at::kDouble), wide_weights);
    for (size_t i = 0; i < weights.size(); ++i) {
      QVERIFY(recomputed[i].equal(by_forest[i]));
      const double difference = relative_difference(by_forest[i], exact[i]);
      QVERIFY2(difference < 1e-4, qPrintable(QString("parameter %1: %2").arg(i).arg(difference)));
      const double in_double = relative_difference(exact_forest[i], exact[i]);
      QVERIFY2(in_double < 1e-10, qPrintable(QString("parameter %1: %2").arg(i).arg(in_double)));
    }
  }

  /// What an adapter drops while it trains follows from the seed, also where a layer is computed again; the adapters
  /// below it drop nothing.
  void dropoutFollowsFromItsSeed() {
    const ModelConfig config = small_config();
    const ModelWeights model = lively_weights(config, 1, 0.6);
    Lora below = lively_lora(config, 2, 2, 7), top = lively_lora(config, 3, 6, 8);
    below.dropout = 0.9;
    top.dropout = 0.4;
    const std::vector<const Lora*> stack{&below, &top};
    const std::vector<at::Tensor> weights = parameters(top);
    for (at::Tensor weight : weights) weight.requires_grad_(true);
    Random random(3);
    PromptGroup group{random_ids(random, 9, config.vocab_size), {random_ids(random, 4, config.vocab_size)}};
    const PackedForest packed = pack(std::span(&group, 1));
    const auto log_probs = [&](const PassOptions& options) {
      return response_log_probs(model, stack, packed, options);
    };
    const at::Tensor plain = log_probs({}), dropped = log_probs({.dropout_seed = 1});
    QVERIFY(log_probs({.dropout_seed = 1}).equal(dropped));
    QVERIFY(!log_probs({.dropout_seed = 2}).equal(dropped));
    QVERIFY(!dropped.equal(plain));
    const at::Tensor weight = random_tensor(random, plain.size(0));
    const auto kept = gradients(dropped, weight, weights);
    const at::Tensor again = log_probs({.checkpoint_gradients = true, .dropout_seed = 1});
    QVERIFY(again.equal(dropped));
    const auto recomputed = gradients(again, weight, weights);
    for (size_t i = 0; i < weights.size(); ++i) QVERIFY(recomputed[i].equal(kept[i]));
    // One that drops all it reads adds nothing, and what lies below it is whole.
    top.dropout = 1;
    const std::vector<const Lora*> without{&below};
    QVERIFY(log_probs({.dropout_seed = 1}).allclose(response_log_probs(model, without, packed), 0, 1e-6));
    top.dropout = 0;
    QVERIFY(log_probs({.dropout_seed = 1}).equal(plain));
  }

  /// What is kept counts the more, so that nothing changes on average: a small adapter moves log-probs in proportion.
  void dropoutKeepsTheMean() {
    const at::InferenceMode inference;
    const ModelConfig config = small_config();
    const ModelWeights model = lively_weights(config, 1, 0.6);
    Lora lora = lively_lora(config, 3, 3e-3, 8);
    lora.dropout = 0.4;
    const std::vector<const Lora*> stack{&lora};
    Random random(5);
    PromptGroup group{random_ids(random, 6, config.vocab_size), {random_ids(random, 5, config.vocab_size)}};
    const PackedForest packed = pack(std::span(&group, 1));
    const auto moved = [&](const PassOptions& options) {
      return (response_log_probs(model, stack, packed, options).to(at::kDouble) -
              response_log_probs(model, {}, packed).to(at::kDouble))
          .sum()
          .item<double>();
    };
    constexpr int times = 600;
    double sum = 0, squares = 0;
    for (uint64_t seed = 1; seed <= times; ++seed) {
      const double one = moved({.dropout_seed = seed});
      sum += one;
      squares += one * one;
    }
    const double mean = sum / times, error = std::sqrt((squares / times - mean * mean) / times), whole = moved({});
    qInfo("moved by %.5f, with dropout by %.5f +- %.5f", whole, mean, error);
    QVERIFY(std::abs(whole) > 5 * error);  // half of it would be seen
    QVERIFY(std::abs(mean - whole) < 4 * error);
  }

  /// Weights laid out for oneDNN are the same numbers: log-probs and gradients differ by rounding alone.
  void packedWeightsChangeNothing_data() {
    QTest::addColumn<bool>("biases");
    QTest::newRow("plain") << false;
    QTest::newRow("with biases") << true;
  }
  void packedWeightsChangeNothing() {
    QFETCH(bool, biases);
    ModelConfig config = small_config();
    config.qkv_bias = config.output_bias = config.mlp_bias = biases;
    const ModelWeights model = lively_weights(config, 1, 0.6);
    ModelWeights laid_out = model;
    pack_frozen_weights(laid_out);
    QVERIFY(laid_out.layers.front().packed.front().forward.defined());
    QVERIFY(!model.layers.front().packed.front().forward.defined());
    const Lora policy = lively_lora(config, 3, 6, 2);
    const Lora* const stack[] = {&policy};
    const std::vector<at::Tensor> weights = parameters(policy);
    for (at::Tensor weight : weights) weight.requires_grad_(true);
    Random random(9);
    const PackedForest packed = pack(random_groups(random, config.vocab_size));
    const at::Tensor plain = response_log_probs(model, stack, packed),
                     other = response_log_probs(laid_out, stack, packed);
    QVERIFY(relative_difference(other, plain) < 1e-5);
    const at::Tensor weight = random_tensor(random, plain.size(0));
    const auto expected = gradients(plain, weight, weights), got = gradients(other, weight, weights);
    for (size_t i = 0; i < weights.size(); ++i) QVERIFY(relative_difference(got[i], expected[i]) < 1e-4);
  }

  /// In the narrow types weights and activations round at 8 or 11 bits; adapters, norms, attention and log-probs do
  /// not.
  void narrowTypesComeClose_data() {
    QTest::addColumn<QString>("dtype");
    QTest::addColumn<double>("tolerance");
    QTest::newRow("bfloat16") << "bfloat16" << 0.15;
    QTest::newRow("float16") << "float16" << 0.02;
  }
  void narrowTypesComeClose() {
    QFETCH(QString, dtype);
    QFETCH(double, tolerance);
    ModelConfig config = small_config();
    const ModelWeights model = lively_weights(config, 1, 0.3);
    const ModelWeights narrow = to_device(model, "cpu", dtype.toStdString());
    const Lora policy = lively_lora(config, 3, 6, 2);
    const Lora* const stack[] = {&policy};
    const std::vector<at::Tensor> weights = parameters(policy);
    for (at::Tensor weight : weights) weight.requires_grad_(true);
    Random random(9);
    const PackedForest packed = pack(random_groups(random, config.vocab_size));
    const at::Tensor wide = response_log_probs(model, stack, packed), close = response_log_probs(narrow, stack, packed);
    QCOMPARE(close.scalar_type(), at::kFloat);
    const double difference = (close - wide).abs().max().item<double>();
    QVERIFY2(difference < tolerance && difference > 0, qPrintable(QString::number(difference)));
    const auto expected = gradients(wide, at::ones_like(wide), weights),
               got = gradients(close, at::ones_like(wide), weights);
    for (size_t i = 0; i < weights.size(); ++i) {
      QCOMPARE(got[i].scalar_type(), at::kFloat);
      const double gradient_difference = relative_difference(got[i], expected[i]);
      QVERIFY2(gradient_difference < 2 * tolerance,
               qPrintable(QString("parameter %1: %2").arg(i).arg(gradient_difference)));
    }
    QVERIFY_THROWS_EXCEPTION(Error, to_device(model, "cpu", "int8"));
  }

  void aGroupDoesNotSeeAnother() {
    // The same group alone and between two others gives the same log-probs.
    const ModelWeights model = lively_weights(small_config(), 5);
    Random random(8);
    std::vector<PromptGroup> groups(3);
    for (PromptGroup& group : groups) {
      group.prompt = random_ids(random, 12, 40);
      group.responses = {random_ids(random, 3, 40), random_ids(random, 1, 40)};
    }
    const at::Tensor all = response_log_probs(model, {}, pack(groups));
    const at::Tensor alone = response_log_probs(model, {}, pack(std::span(groups).subspan(1, 1)));
    QVERIFY((all.narrow(0, 4, 4) - alone).abs().max().item<double>() < 1e-5);
    QVERIFY((all.narrow(0, 0, 4) - alone).abs().max().item<double>() > 0.1);
  }

  void weightsOfTheModelGetTheirGradient() {
    // Training from scratch: every weight, the head's own gradient and the embedding's among them.
    for (const bool tied : {false, true}) {
      ModelConfig config = small_config();
      config.tie_word_embeddings = tied;
      const ModelWeights model = lively_weights(config, 3);
      std::vector<at::Tensor> weights;
      for (const auto& entry : named_tensors(model)) weights.push_back(entry.second);
      for (at::Tensor& weight : weights) weight.requires_grad_(true);
      Random random(4);
      const auto groups = random_groups(random, config.vocab_size);
      const at::Tensor together = response_log_probs(model, {}, pack(groups));
      const at::Tensor weight = random_tensor(random, together.size(0));
      const auto by_packing = gradients(together, weight, weights),
                 by_sequence = gradients(separate_log_probs(model, {}, groups), weight, weights);
      for (size_t i = 0; i < weights.size(); ++i) {
        const double difference = relative_difference(by_packing[i], by_sequence[i]);
        QVERIFY2(difference < 1e-4, qPrintable(QString("weight %1: %2").arg(i).arg(difference)));
      }
    }
  }

  void aVocabularyInSeveralChunks() {
    // Logits are held for 4,194,304 / vocabulary rows at once, 20 here: 50 rows take three chunks, the last of 10.
    ModelWeights model = lively_weights(small_config(), 6);
    Random random(7);
    at::manual_seed(7);
    model.head = at::randn({200'000, 16}).mul_(0.3);
    model.head.requires_grad_(true);
    const Lora lora = lively_lora(model.config, 2, 4, 1);
    const Lora* const stack[] = {&lora};
    std::vector<at::Tensor> weights = parameters(lora);
    for (at::Tensor weight : weights) weight.requires_grad_(true);
    weights.push_back(model.head);
    const std::vector<PromptGroup> groups = {
        {random_ids(random, 6, 40), {random_ids(random, 23, 40), random_ids(random, 27, 40)}}};
    const at::Tensor together = response_log_probs(model, stack, pack(groups));
    const at::Tensor apart = separate_log_probs(model, stack, groups);
    QCOMPARE(together.size(0), int64_t{50});
    QVERIFY(relative_difference(together, apart) < 1e-5);
    const at::Tensor weight = random_tensor(random, 50);
    const auto by_chunk = gradients(together, weight, weights), at_once = gradients(apart, weight, weights);
    for (size_t i = 0; i < weights.size(); ++i) {
      const double difference = relative_difference(by_chunk[i], at_once[i]);
      QVERIFY2(difference < 1e-4, qPrintable(QString("weight %1: %2").arg(i).arg(difference)));
    }
  }

  void probabilitiesAddUpToOne() {
    // The log-probs of all 40 one-token responses to a prompt.
    const ModelWeights model = lively_weights(small_config(), 9);
    PromptGroup group{{5, 6, 7}, {}};
    for (int32_t id = 0; id < 40; ++id) group.responses.push_back({id});
    const at::Tensor p = response_log_probs(model, {}, pack(std::span(&group, 1))).exp();
    QVERIFY(std::abs(p.sum().item<double>() - 1) < 1e-5);
  }

  void sumsByResponseByHand() {
    const at::Tensor sums = sum_by_response(at::tensor({-1.0F, -2.0F, -4.0F, -8.0F}), {0, 1, 4});
    QVERIFY(sums.equal(at::tensor({-1.0F, -14.0F})));
  }

  void rmsNormByHand() {
    // rms of (3, 4) is sqrt(12.5); with eps 0.5 the divisor is sqrt(13).
    const at::Tensor x = rms_norm(at::tensor({3.0F, 4.0F}), at::tensor({1.0F, -2.0F}), 0.5);
    QVERIFY(relative_difference(x, at::tensor({3.0, -8.0}).div(std::sqrt(13.0))) < 1e-6);
  }
};

QTEST_GUILESS_MAIN(ForwardTest)
#include "forward_test.moc"
