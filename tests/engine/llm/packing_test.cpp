// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/packing.h"

#include <QtTest>

#include "tests/engine/llm/small_models.h"

using namespace prefscope;

using Numbers = std::vector<int64_t>;

class PackingTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void laysOutByHand() {
    // Rows: 0 1 the prompt, 2 3 the first response, 4 the second; then 5 the prompt of the next group, 6 its response.
    const std::vector<PromptGroup> groups = {{{7, 8}, {{9, 2}, {2}}}, {{5}, {{6}}}};
    const PackedGroups packed = pack(groups);
    QCOMPARE(packed.ids, (Numbers{7, 8, 9, 2, 2, 5, 6}));
    QCOMPARE(packed.positions, (Numbers{0, 1, 2, 3, 2, 0, 1}));
    QCOMPARE(packed.enter, (Numbers{0, 1, 2, 3, 4, 5, 6}));
    QCOMPARE(packed.exit, (Numbers{5, 5, 4, 4, 5, 7, 7}));
    QCOMPARE(packed.group_begin, (Numbers{0, 5, 7}));
    // Row 1, the end of the prompt, predicts the first token of both responses; row 2 the second token of the first.
    QCOMPARE(packed.predicting_row, (Numbers{1, 2, 1, 5}));
    QCOMPARE(packed.target, (Numbers{9, 2, 2, 6}));
    QCOMPARE(packed.response_begin, (Numbers{0, 2, 3, 4}));
  }

  void aPromptAloneHasNothingToPredict() {
    const std::vector<PromptGroup> groups = {{{7, 8, 9}, {}}};
    const PackedGroups packed = pack(groups);
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
