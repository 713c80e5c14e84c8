// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/prompts.h"

#include <QtTest>
#include <algorithm>
#include <set>

#include "engine/base/error.h"

using namespace prefscope;

class PromptsTest : public QObject {
  Q_OBJECT

  const ItemText a_{1, "The Salt Orchard", {}}, b_{2, "{candidates} and {history}", {}}, c_{3, "</s>", {}};

 private Q_SLOTS:
  void open() {
    QCOMPARE(render_prompt(load_prompt_template("open"), {&a_, &c_}, {}),
             std::string("Items this person chose, oldest first:\nThe Salt Orchard\n</s>\nThe next item is:\n"));
    QCOMPARE(render_response(a_), std::string("The Salt Orchard"));
  }
  /// The history comes first and the list last, so that prefixes are shared.
  void listed() {
    QCOMPARE(render_prompt(load_prompt_template("listed"), {&a_}, {&c_, &a_}),
             std::string("Items this person chose, oldest first:\nThe Salt Orchard\nCandidates for the next "
                         "choice:\n</s>\nThe Salt Orchard\nThe next item is:\n"));
  }
  void rationale() {
    QCOMPARE(
        render_rationale_prompt(load_prompt_template("rationale"), {&c_}, a_),
        std::string("Items this person chose, oldest first:\n</s>\nThe next item is:\nThe Salt Orchard\nBecause:\n"));
  }
  /// Of each attribute the titles that have it, in the history's order; six lines at most; markers in titles stay.
  void rationaleWithWhatIsShared() {
    const ItemText glass{4, "Glass {item}", {{"genre", "drama"}, {"maker", "Iden"}}},
        paper{5, "Paper", {{"genre", "drama"}}};
    const ItemText lamp{6, "Lamp", {{"maker", "Iden"}, {"year", "1990"}, {"genre", "drama"}}};
    QCOMPARE(render_rationale_prompt(load_prompt_template("rationale-shared"), {&paper, &a_, &glass}, lamp),
             std::string(
                 "The next item is:\nLamp\nWhat it shares with items that this person chose:\nthe maker Iden: “Glass "
                 "{item}”\nthe genre drama: “Paper”, “Glass {item}”\nBecause:\n"));
    QCOMPARE(render_rationale_prompt("{shared}", {&a_}, lamp), std::string("nothing"));
    ItemText many{7, "Many", {}};
    for (int i = 0; i < 9; ++i) many.attributes.emplace_back("tag", std::to_string(i));
    const std::string lines = render_rationale_prompt("{shared}", {&many}, many);
    QCOMPARE(std::count(lines.begin(), lines.end(), '\n'), 5);
  }
  void titlesAreNeverTemplates() {
    QCOMPARE(render_prompt("{history}|{candidates}", {&b_}, {&a_}),
             std::string("{candidates} and {history}|The Salt Orchard"));
  }
  void ordersArePermutations() {
    QCOMPARE(candidate_order(4, 9, 2, 0), (std::vector<int>{0, 1, 2, 3}));
    std::set<std::vector<int>> orders;
    for (int64_t position = 0; position < 5; ++position) {
      for (int order = 1; order < 4; ++order) {
        std::vector<int> places = candidate_order(20, 9, position, order);
        QCOMPARE(candidate_order(20, 9, position, order), places);
        orders.insert(places);
        std::sort(places.begin(), places.end());
        QCOMPARE(places, candidate_order(20, 9, position, 0));
      }
    }
    QCOMPARE(orders.size(), size_t{15});  // of 20! orders no two of the 15 are the same
  }
  void namesAMissingTemplate() {
    try {
      load_prompt_template("no-such-prompt");
      QFAIL("expected an error");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::BadFile);
      QVERIFY(std::string(e.what()).find("no-such-prompt.txt") != std::string::npos);
    }
  }
};

QTEST_GUILESS_MAIN(PromptsTest)
#include "prompts_test.moc"
