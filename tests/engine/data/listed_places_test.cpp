// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/listed_places.h"

#include <QtTest>

using namespace prefscope;

class ListedPlacesTest : public QObject {
  Q_OBJECT

  static bool is(const ListedPlace& place, const char* chosen, size_t at, size_t listed) {
    return place.chosen == chosen && place.place == at && place.listed == listed;
  }

 private Q_SLOTS:
  /// The list is C, Hope, A: the chosen one stands second of three, though it is in the history and in no pair's order.
  void linesOfAList() {
    const std::string prompt = "History:\nHope\nHope Sandoval\nCandidates:\nC\nHope\nA\nThe next item is:\n";
    const auto places = listed_places({{prompt, "Hope", "A"}, {prompt, "Hope", "C"}});
    QCOMPARE(places.size(), size_t{1});
    QVERIFY(is(places[0], "Hope", 1, 3));
  }

  /// A title that is a part of another, and of words of the question, on lines and within them.
  void titlesWithinOthers() {
    const std::string lines = "Candidates:\nHope Sandoval\nHope\nitem\nThe next item is:\n";
    QVERIFY(is(listed_places({{lines, "item", "Hope"}, {lines, "item", "Hope Sandoval"}})[0], "item", 2, 3));
    const std::string words = "Which of Hope, Hope Sandoval, Élan?";
    QVERIFY(is(listed_places({{words, "Hope", "Hope Sandoval"}, {words, "Hope", "Élan"}})[0], "Hope", 0, 3));
    // "lan" is a part of a word alone, so the prompt does not list it.
    QVERIFY(listed_places({{words, "lan", "Hope"}}).empty());
  }

  /// The paper's form: both responses hold both titles, and each pair has a question of its own, which is a list of
  /// two.
  void pairsOfThePaper() {
    const auto ask = [](const char* first, const char* second) {
      return std::string("History: <Title:Gigi > . Rank the likelihood of the two <Title:") + first +
             " > and <Title:" + second + " > .";
    };
    const std::vector<TextPair> pairs = {
        {ask("Tarzan", "Gigi"), " <Title:Gigi > ,  <Title:Tarzan > ", " <Title:Tarzan > ,  <Title:Gigi > "},
        {ask("Gigi", "Antz"), " <Title:Gigi > ,  <Title:Antz > ", " <Title:Antz > ,  <Title:Gigi > "}};
    const auto places = listed_places(pairs);
    QCOMPARE(places.size(), size_t{2});
    QVERIFY(is(places[0], "<Title:Gigi >", 1, 2) && is(places[1], "<Title:Gigi >", 0, 2));
  }

  void whatListsNothing() {
    QVERIFY(listed_places({}).empty());
    QVERIFY(listed_places({{"What comes next?", "A", "B"}}).empty());
    QVERIFY(listed_places({{"A or B?", "A", {}}}).empty());
    QVERIFY(listed_places({{"Answer \"Yes.\" or \"No.\"", "Yes.", "No."}}).empty());
    QVERIFY(is(listed_places({{"Genesis or Yes?", "Yes", "Genesis"}})[0], "Yes", 1, 2));  // the band
    QVERIFY(listed_places({{"A or B?", "", "B"}, {"A or B?", "A", " "}}).empty());
    QVERIFY(listed_places({{"A or A?", "A", "A"}}).empty());
  }
};

QTEST_GUILESS_MAIN(ListedPlacesTest)
#include "listed_places_test.moc"
