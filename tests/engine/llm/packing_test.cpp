// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/packing.h"

#include <QtTest>
#include <array>

#include "tests/engine/llm/small_models.h"

using namespace prefscope;

using Numbers = std::vector<int64_t>;
using Runs = std::vector<std::array<int64_t, 4>>;

namespace {

/// begin, end, exit, parent.
Runs runs_of(const PackedForest& forest) {
  Runs runs;
  for (const TokenRun& run : forest.runs) runs.push_back({run.begin, run.end, run.exit, run.parent});
  return runs;
}

}  // namespace

class PackingTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void laysOutByHand() {
    // Rows: 0 1 the prompt, 2 the first response, whose last token predicts nothing and so has no row, as the second's
    // only one; then 3 the prompt of the next group.
    const std::vector<PromptGroup> groups = {{{7, 8}, {{9, 2}, {2}}}, {{5}, {{6}}}};
    const PackedForest packed = pack(groups);
    QCOMPARE(packed.ids, (Numbers{7, 8, 9, 5}));
    QCOMPARE(packed.positions, (Numbers{0, 1, 2, 0}));
    QCOMPARE(runs_of(packed), (Runs{{0, 2, 3, -1}, {2, 3, 3, 0}, {3, 4, 4, -1}}));
    QCOMPARE(packed.tree_begin, (Numbers{0, 3, 4}));
    // Row 1, the end of the prompt, predicts the first token of both responses; row 2 the second token of the first.
    QCOMPARE(packed.predicting_row, (Numbers{1, 2, 1, 3}));
    QCOMPARE(packed.target, (Numbers{9, 2, 2, 6}));
    QCOMPARE(packed.response_begin, (Numbers{0, 2, 3, 4}));
  }

  void promptsThatBeginAlikeShareByHand() {
    // Two pairs with a common history 1 2 3; then 4 or 5; responses 6 7 8 and 6 9 8 share their first token too.
    const std::vector<std::vector<PromptGroup>> trees = {
        {{{1, 2, 3, 4}, {{6, 7, 8}, {6, 9, 8}}}, {{1, 2, 3, 5}, {{6, 8}}}}};
    const PackedForest packed = pack_trees(trees, 1);
    // 1 2 3 | 4 6 | 7 | 9 | 5 6
    QCOMPARE(packed.ids, (Numbers{1, 2, 3, 4, 6, 7, 9, 5, 6}));
    QCOMPARE(packed.positions, (Numbers{0, 1, 2, 3, 4, 5, 5, 3, 4}));
    QCOMPARE(runs_of(packed), (Runs{{0, 3, 9, -1}, {3, 5, 7, 0}, {5, 6, 6, 1}, {6, 7, 7, 1}, {7, 9, 9, 0}}));
    QCOMPARE(packed.predicting_row, (Numbers{3, 4, 5, 3, 4, 6, 7, 8}));
    QCOMPARE(packed.target, (Numbers{6, 7, 8, 6, 9, 8, 6, 8}));
    QCOMPARE(packed.response_begin, (Numbers{0, 3, 6, 8}));
    QCOMPARE(packed_tokens(trees.front()), int64_t{6 + 6 + 5});  // what is shared is shorter than 8 tokens
  }

  void shortPrefixesAreNotMerged() {
    // Shared: 3 tokens. With at least 3 asked for they are there once, with 4 twice, as trees of one example.
    const std::vector<std::vector<PromptGroup>> trees = {{{{1, 2, 3, 4}, {{5, 6}}}, {{1, 2, 3, 7}, {{8, 9}}}}};
    QCOMPARE(pack_trees(trees, 3).ids.size(), size_t{3 + 2 + 2});
    const PackedForest apart = pack_trees(trees, 4);
    QCOMPARE(apart.ids.size(), size_t{5 + 5});
    QCOMPARE(runs_of(apart), (Runs{{0, 5, 5, -1}, {5, 10, 10, -1}}));
    QCOMPARE(apart.tree_begin, (Numbers{0, 10}));
  }

  void aPromptAloneHasNothingToPredict() {
    const std::vector<PromptGroup> groups = {{{7, 8, 9}, {}}};
    const PackedForest packed = pack(groups);
    QCOMPARE(packed.ids.size(), size_t{3});
    QVERIFY(packed.predicting_row.empty() && packed.target.empty());
    QCOMPARE(packed.response_begin, (Numbers{0}));
  }

  void refusesEmptyPromptAndResponse() {
    const std::vector<PromptGroup> no_prompt = {{{1}, {{2}}}, {{}, {{2}}}}, no_response = {{{1}, {{2}, {}}}};
    std::string message = error_of(ErrorKind::BadInput, [&] { pack(no_prompt); });
    QVERIFY2(says(message, {"prompt", "at least one token"}), message.c_str());
    message = error_of(ErrorKind::BadInput, [&] { pack(no_response); });
    QVERIFY2(says(message, {"response", "at least one token"}), message.c_str());
  }
};

QTEST_GUILESS_MAIN(PackingTest)
#include "packing_test.moc"
