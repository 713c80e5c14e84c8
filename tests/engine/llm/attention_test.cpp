// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/attention.h"

#include <ATen/ATen.h>

#include <QtTest>
#include <cmath>

#include "engine/llm/activations.h"
#include "engine/llm/decoder.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;

namespace {

/// The textbook: every row against every row, with a mask made from the definition, in single operations that autograd
/// differentiates.
at::Tensor plain_attention(const ModelConfig& config, const PackedForest& forest, const at::Tensor& positions,
                           const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t window) {
  const auto n = static_cast<int64_t>(forest.ids.size());
  const auto heads = [&](const at::Tensor& x) { return x.view({n, -1, config.head_dim}); };
  const auto turn = [&](const at::Tensor& x) {
    const Rotary by = rotary(config, positions, x.scalar_type());
    const auto halves = x.chunk(2, -1);
    return x * by.cos.unsqueeze(1) + at::cat({-halves[1], halves[0]}, -1) * by.sin.unsqueeze(1);
  };
  const at::Tensor sees = at::zeros({n, n}, at::kBool);
  auto cells = sees.accessor<bool, 2>();
  for (const TokenRun& run : forest.runs) {
    for (int64_t j = run.begin; j < run.end; ++j) {
      for (int64_t i = j; i < run.exit; ++i) {
        const int64_t back = forest.positions[static_cast<size_t>(i)] - forest.positions[static_cast<size_t>(j)];
        cells[i][j] = window == 0 || back < window;
      }
    }
  }
  const at::Tensor rq = turn(heads(q)).transpose(0, 1), rk = repeat_heads(config, turn(heads(k))).transpose(0, 1),
                   rv = repeat_heads(config, heads(v)).transpose(0, 1);
  const at::Tensor scores = rq.matmul(rk.transpose(1, 2)) / std::sqrt(static_cast<double>(config.head_dim));
  return at::softmax(scores.masked_fill(sees.logical_not(), -INFINITY), -1).matmul(rv).transpose(0, 1).reshape({n, -1});
}

at::Tensor leaf(at::IntArrayRef shape) {
  return at::randn(shape, at::kDouble).requires_grad_(true);
}

/// Gradients of leaves after backward from a result with gradient g; they are cleared.
std::vector<at::Tensor> gradients(const at::Tensor& result, const std::vector<at::Tensor>& leaves,
                                  const at::Tensor& g) {
  result.backward(g);
  std::vector<at::Tensor> all;
  for (at::Tensor x : leaves) {
    all.push_back(x.grad());
    x.mutable_grad() = at::Tensor();
  }
  return all;
}

double difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

}  // namespace

class AttentionTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equalsTheTextbook_data() {
    QTest::addColumn<int>("prompt");
    QTest::addColumn<int>("branches");
    QTest::addColumn<int>("response");
    QTest::addColumn<int>("kv_heads");
    QTest::addColumn<int>("window");
    QTest::newRow("within a block") << 20 << 3 << 5 << 2 << 0;
    QTest::newRow("several blocks of prompt") << 300 << 2 << 9 << 1 << 0;
    QTest::newRow("several blocks of branches") << 40 << 30 << 12 << 4 << 0;
    QTest::newRow("long branches") << 10 << 3 << 280 << 2 << 0;
    QTest::newRow("one token") << 1 << 1 << 2 << 4 << 0;
    // With a window: of one token, within a branch, that ends in the prompt, as long as a block and longer, and one
    // that hides nothing.
    QTest::newRow("window of one") << 20 << 3 << 5 << 2 << 1;
    QTest::newRow("window of a part of a branch") << 20 << 3 << 9 << 2 << 4;
    QTest::newRow("window that ends in the prompt") << 40 << 30 << 12 << 4 << 25;
    QTest::newRow("window shorter than a block") << 300 << 2 << 9 << 1 << 70;
    QTest::newRow("window of a block") << 300 << 2 << 9 << 1 << 128;
    QTest::newRow("window longer than a block") << 300 << 2 << 9 << 1 << 200;
    QTest::newRow("window within long branches") << 10 << 3 << 280 << 2 << 50;
    QTest::newRow("window longer than long branches") << 40 << 3 << 150 << 2 << 180;
    QTest::newRow("window longer than all") << 40 << 3 << 9 << 2 << 500;
  }
  void equalsTheTextbook() {
    QFETCH(int, prompt);
    QFETCH(int, branches);
    QFETCH(int, response);
    QFETCH(int, kv_heads);
    QFETCH(int, window);
    at::manual_seed(prompt);
    Random random(static_cast<uint64_t>(branches));
    ModelConfig config = small_config();
    config.heads = 4;
    config.kv_heads = kv_heads;
    config.head_dim = 6;
    // Two pairs that share half their prompt, then branches; a second tree beside them.
    PromptGroup first{random_ids(random, static_cast<size_t>(prompt), 40), {}}, second = first;
    second.prompt.resize(second.prompt.size() / 2 + 1);
    second.prompt.push_back(41);
    for (int i = 0; i < branches; ++i) {
      first.responses.push_back(random_ids(random, static_cast<size_t>(response), 40));
      second.responses.push_back(random_ids(random, static_cast<size_t>(response), 40));
    }
    const std::vector<std::vector<PromptGroup>> trees = {{first, second}, {first}};
    const PackedForest forest = pack_trees(trees, 1);
    const auto n = static_cast<int64_t>(forest.ids.size());
    const at::Tensor positions = as_tensor(forest.positions, at::kCPU);
    const at::Tensor q = leaf({n, config.heads * config.head_dim}), k = leaf({n, kv_heads * config.head_dim}),
                     v = leaf({n, kv_heads * config.head_dim}),
                     g = at::randn({n, config.heads * config.head_dim}, at::kDouble);

    const at::Tensor expected = plain_attention(config, forest, positions, q, k, v, window);
    const auto wanted = gradients(expected, {q, k, v}, g);
    const Rotary angles = rotary(config, positions, at::kDouble);
    const at::Tensor got = forest_attention(config, plan_attention(forest, {}, at::kCPU, window), angles, q, k, v);
    QVERIFY2(difference(got, expected) < 1e-13, qPrintable(QString::number(difference(got, expected))));
    const auto got_gradients = gradients(got, {q, k, v}, g);
    for (size_t i = 0; i < 3; ++i) QVERIFY(difference(got_gradients[i], wanted[i]) < 1e-12);

    // Only the rows that predict something ask.
    std::vector<int64_t> keep = forest.predicting_row;
    std::sort(keep.begin(), keep.end());
    keep.erase(std::unique(keep.begin(), keep.end()), keep.end());
    const at::Tensor rows = as_tensor(keep, at::kCPU);
    const at::Tensor some =
        forest_attention(config, plan_attention(forest, keep, at::kCPU, window), angles, q.index_select(0, rows), k, v);
    QVERIFY(difference(some, expected.index_select(0, rows)) < 1e-13);
    const auto wanted_some =
        gradients(plain_attention(config, forest, positions, q, k, v, window).index_select(0, rows), {q, k, v},
                  g.index_select(0, rows));
    const auto gradients_some = gradients(some, {q, k, v}, g.index_select(0, rows));
    for (size_t i = 0; i < 3; ++i) QVERIFY(difference(gradients_some[i], wanted_some[i]) < 1e-12);
  }

  void noMaskGrowsWithTheSquareOfThePrompt() {
    // 2,000 tokens of prompt: what is masked is what lies within a block.
    Random random(1);
    const std::vector<PromptGroup> groups = {
        {random_ids(random, 2000, 40), {random_ids(random, 20, 40), random_ids(random, 20, 40)}}};
    const auto plan = plan_attention(pack(groups), {}, at::kCPU);
    int64_t cells = 0;
    for (const AttentionPlan::Block& block : plan->blocks) cells += block.hidden.defined() ? block.hidden.numel() : 0;
    QVERIFY2(cells < 2100 * 256, qPrintable(QString::number(cells)));
  }

  void aWindowKeepsKeysAndMasksSmall() {
    // 2,000 tokens and a window of 100: a block of 128 rows or fewer has keys of at most 128 + 99 rows.
    Random random(1);
    const std::vector<PromptGroup> groups = {
        {random_ids(random, 2000, 40), {random_ids(random, 20, 40), random_ids(random, 20, 40)}}};
    const PackedForest forest = pack(groups);
    int64_t rows = 0;
    const auto plan = plan_attention(forest, {}, at::kCPU, 100);
    for (const AttentionPlan::Block& block : plan->blocks) {
      QVERIFY(block.key_count <= block.queries + 99);
      rows += block.queries;
    }
    QCOMPARE(rows, static_cast<int64_t>(forest.ids.size()));
  }

  /// Keys and values kept of a sequence, its last rows asking, against the textbook's last rows.
  void cachedAttentionEqualsTheTextbook_data() {
    QTest::addColumn<int>("seen");
    QTest::addColumn<int>("tokens");
    QTest::addColumn<int>("window");
    for (const int window : {0, 1, 5, 150, 400}) {
      for (const int tokens : {1, 3, 200, 300})
        QTest::newRow(qPrintable(QString("%1 of 300, window %2").arg(tokens).arg(window))) << 300 << tokens << window;
      QTest::newRow(qPrintable(QString("first token, window %1").arg(window))) << 1 << 1 << window;
    }
  }
  void cachedAttentionEqualsTheTextbook() {
    QFETCH(int, seen);
    QFETCH(int, tokens);
    QFETCH(int, window);
    at::manual_seed(seen + tokens);
    Random random(1);
    ModelConfig config = small_config();
    const std::vector<PromptGroup> groups = {{random_ids(random, static_cast<size_t>(seen), 40), {}}};
    const PackedForest forest = pack(groups);
    const at::Tensor positions = as_tensor(forest.positions, at::kCPU);
    const at::Tensor q = at::randn({seen, config.heads * config.head_dim}, at::kDouble),
                     k = at::randn({seen, config.kv_heads * config.head_dim}, at::kDouble),
                     v = at::randn({seen, config.kv_heads * config.head_dim}, at::kDouble);
    const at::Tensor expected =
        plain_attention(config, forest, positions, q, k, v, window).narrow(0, seen - tokens, tokens);
    const Rotary angles = rotary(config, positions, at::kDouble);
    const auto turned = [&](const at::Tensor& x) { return rotate(x.view({seen, -1, config.head_dim}), angles); };
    const at::Tensor got = cached_attention(config, window, turned(q).narrow(0, seen - tokens, tokens), turned(k),
                                            v.view({seen, -1, config.head_dim}));
    QVERIFY2(difference(got, expected) < 1e-13, qPrintable(QString::number(difference(got, expected))));
  }

  /// By hand, head_dim 8 and theta 10: frequencies 10^0, 10^-1/4, 10^-1/2, 10^-3/4 = 1, 0.5623, 0.3162, 0.1778, whose
  /// waves within 20 original positions are 3.183, 1.790, 1.007, 0.5660. Between 0.7 and 2 they are blended.
  void frequenciesAreScaled() {
    ModelConfig config = small_config();
    config.head_dim = 8;
    config.rope_theta = 10;
    const at::Tensor positions = at::tensor({1.0}, at::kDouble);
    const auto frequencies = [&] {
      const Rotary r = rotary(config, positions, at::kDouble);
      return at::atan2(r.sin, r.cos).select(0, 0).narrow(0, 0, 4).contiguous();
    };
    const at::Tensor plain = frequencies();
    const at::Tensor by_hand = at::tensor({1.0, 0.56234132519, 0.316227766017, 0.177827941004}, at::kDouble);
    QVERIFY(difference(plain, by_hand) < 1e-10);
    config.rope_scaling = {RopeScaling::Kind::Linear, 4};
    QVERIFY(difference(frequencies(), by_hand / 4) < 1e-10);
    config.rope_scaling = {RopeScaling::Kind::Llama3, 4, 0.7, 2, 20};
    // (1.78999 - 0.7) / 1.3 = 0.838452 and (1.00658 - 0.7) / 1.3 = 0.235834 of the plain, the rest of a quarter of it.
    const double kept[] = {1, 0.838452, 0.235834, 0};
    for (int i = 0; i < 4; ++i) {
      const double expected = by_hand[i].item<double>() * (kept[i] + (1 - kept[i]) / 4);
      QVERIFY(std::abs(frequencies()[i].item<double>() - expected) < 1e-6);
    }
  }

  void normAndGateEqualSingleOperations() {
    at::manual_seed(3);
    const at::Tensor x = leaf({7, 12}), w = leaf({12}), up = leaf({7, 12}), g = at::randn({7, 12}, at::kDouble);
    const at::Tensor norm = x * at::rsqrt(x.square().mean(-1, true) + 1e-5) * w, gate = at::silu(x) * up;
    QVERIFY(difference(rms_norm(x, w, 1e-5), norm) < 1e-14);
    QVERIFY(difference(swiglu(x, up), gate) < 1e-14);
    const auto norm_wanted = gradients(norm, {x, w}, g), norm_got = gradients(rms_norm(x, w, 1e-5), {x, w}, g);
    const auto gate_wanted = gradients(gate, {x, up}, g), gate_got = gradients(swiglu(x, up), {x, up}, g);
    for (size_t i = 0; i < 2; ++i) {
      QVERIFY(difference(norm_got[i], norm_wanted[i]) < 1e-13);
      QVERIFY(difference(gate_got[i], gate_wanted[i]) < 1e-13);
    }
  }
};

QTEST_GUILESS_MAIN(AttentionTest)
#include "attention_test.moc"
