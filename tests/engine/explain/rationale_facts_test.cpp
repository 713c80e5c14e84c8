// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/rationale_facts.h"

#include <QtTest>

using namespace prefscope;

class RationaleFactsTest : public QObject {
  Q_OBJECT

  const std::vector<ItemText> items_ = {{1, "Glass Key", {{"genre", "mystery"}, {"maker", "Iden Films"}}},
                                        {2, "Paper", {{"genre", "drama"}, {"maker", "Iden Films"}}},
                                        {3, "The mystery", {{"genre", "science fiction"}, {"maker", "Rook"}}},
                                        {4, "New", {{"genre", "mystery"}, {"maker", "Iden Films"}}},
                                        {5, "Elsewhere", {{"genre", "fiction"}, {"maker", "Rook"}}}};
  const std::vector<const ItemText*> history_ = {&items_[0], &items_[1], &items_[2]};
  const RationaleWords words_ = rationale_words(items_);

  RationaleFacts facts(const std::string& text, size_t item = 3) const {
    return read_rationale(text, history_, items_[item], words_);
  }

 private Q_SLOTS:
  void countsTitlesAndAttributes() {
    const RationaleFacts f = facts("Like “Glass Key” and “Paper”, it has the maker Iden Films.");
    QCOMPARE(f.titles, 2);
    QCOMPARE(f.titles_in_history, 2);
    QCOMPARE(f.titles_invented, 0);
    QCOMPARE(f.cited, (std::vector<size_t>{0, 1}));
    QCOMPARE(f.attributes, 1);
    QCOMPARE(f.attributes_true, 1);
    QCOMPARE(f.first_attribute->second, std::string("Iden Films"));
  }

  /// Paper is a drama, so mystery is not true of both; alone with Glass Key it is. In clauses of their own each title
  /// answers for its own attribute.
  void attributesAnswerForTheirClause() {
    QCOMPARE(facts("“Glass Key” and “Paper” have the genre mystery.").attributes_true, 0);
    QCOMPARE(facts("“Glass Key” has the genre mystery.").attributes_true, 1);
    const RationaleFacts two =
        facts("“Glass Key” shares the genre mystery with it, and “Paper” shares the maker Iden Films.");
    QCOMPARE(two.attributes, 2);
    QCOMPARE(two.attributes_true, 2);
    QCOMPARE(
        facts("Like “Glass Key”, it has the mystery genre, and like “Paper”, the maker Iden Films.").attributes_true,
        2);
    QCOMPARE(facts("It has the genre drama, as “Paper” does.").attributes_true, 0);  // not of the recommendation
  }

  void strangersAreCounted() {
    const RationaleFacts f = facts("Like “Elsewhere”, “No Such Title” and \"Paper\", it has the maker Iden Films.");
    QCOMPARE(f.titles, 3);
    QCOMPARE(f.titles_in_history, 1);
    QCOMPARE(f.titles_invented, 1);
    QCOMPARE(f.attributes_true, 0);  // one has it not, and one is of no item
    // Whether a title is in the history is one question, whether its item has the attribute another.
    const RationaleFacts other = facts("It has the maker Iden Films, as “New” does.", 0);
    QCOMPARE(other.titles_in_history, 0);
    QCOMPARE(other.attributes_true, 1);
    QCOMPARE(facts("It has the maker Iden Films, as “Elsewhere” does.", 0).attributes_true, 0);
    QCOMPARE(facts("It has the maker Iden Films, as “No Such Title” does.", 0).attributes_true, 0);
    // Of several items with one title any may be meant.
    std::vector<ItemText> remakes = items_;
    remakes.push_back({6, "Elsewhere", {{"maker", "Iden Films"}}});
    QCOMPARE(
        read_rationale("It has the maker Iden Films, as “Elsewhere” does.", {}, items_[0], rationale_words(remakes))
            .attributes_true,
        1);
  }

  /// What a title says is not said of the item, a word within a word is none, and science fiction is no fiction.
  void onlyWordsOutsideOfTitlesCount() {
    QCOMPARE(facts("“The mystery” is one.").attributes, 0);
    QCOMPARE(facts("A mysteryland by Iden Filmsters.").attributes, 0);
    const RationaleFacts f = facts("Like “The mystery”, it has the genre science fiction.", 2);
    QCOMPARE(f.attributes, 1);
    QCOMPARE(f.first_attribute->second, std::string("science fiction"));
    QCOMPARE(f.attributes_true, 1);
    QCOMPARE(facts("").titles, 0);
  }

  /// Each part with its place, counted by hand, so that a window can mark it.
  void partsStandWhereTheyAre() {
    const std::string text = "“Glass Key”: genre mystery, maker Rook.";
    const RationaleFacts f = facts(text);
    QCOMPARE(f.parts.size(), size_t{3});
    QCOMPARE(f.parts[0].at, size_t{3});  // a curly quote has three bytes
    QCOMPARE(f.parts[0].length, size_t{9});
    QVERIFY(f.parts[0].what == Named::HistoryTitle);
    QCOMPARE(f.parts[0].position, size_t{0});
    QCOMPARE(f.parts[1].at, size_t{23});
    QVERIFY(f.parts[1].what == Named::TrueAttribute);
    QCOMPARE(f.parts[1].words, std::string("genre mystery"));
    QCOMPARE(text.substr(f.parts[2].at, f.parts[2].length), std::string("Rook"));
    QVERIFY(f.parts[2].what == Named::FalseAttribute);
  }

  void theRecommendedItemIsNoStranger() {
    const RationaleFacts f = facts("“New” has the maker Iden Films, as “Paper” has.");
    QCOMPARE(f.titles, 1);
    QCOMPARE(f.titles_in_history, 1);
    QCOMPARE(f.attributes_true, 1);
  }

  void titlesWithoutQuotesCountFromTwoWordsOn() {
    const RationaleFacts f = facts("Glass Key has the genre mystery; on Paper too, and Glass Keys no.");
    QCOMPARE(f.titles, 1);
    QCOMPARE(f.cited, (std::vector<size_t>{0}));
    QCOMPARE(f.attributes_true, 1);
  }

  /// The full stop in a title ends no clause.
  void titlesMayHoldStops() {
    const std::vector<ItemText> items = {{1, "Mr. Key", {{"genre", "mystery"}}}, {2, "New", {{"genre", "drama"}}}};
    const RationaleFacts f =
        read_rationale("Drama like Mr. Key: the genre drama.", {&items[0]}, items[1], rationale_words(items));
    QCOMPARE(f.titles_in_history, 1);
    QCOMPARE(f.attributes_true, 0);  // Mr. Key is no drama
  }

  void inventedTitles_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("invented");
    const auto row = [](const char* text, const QStringList& invented) {
      QTest::newRow(text) << QString::fromUtf8(text) << invented;
    };
    row("Like “The Salt Orchard” and “Salt”, it is warm.", {});
    row("Like “The Glass Harbour” and “Salt”.", {QStringLiteral("The Glass Harbour")});
    row("Like “Salt Wind”.", {QStringLiteral("Salt Wind")});  // a known title at the front makes no longer one known
    row("Like \"Salt\" and \"Pepper\".", {QStringLiteral("Pepper")});
    row("Like “The “Best” Film” and \"Say \"Yes\"\".", {});  // titles that hold quotes themselves
    row("No quotes at all: The Glass Harbour.", {});
    row("Like “”.", {});
    row("A 12\" disc.", {});
    row("Like “The Salt", {});  // cut off where a title begins so
    row("Like “The Glass", {QStringLiteral("The Glass")});
  }
  void inventedTitles() {
    const std::vector<ItemText> items = {{1, "Salt", {}},
                                         {2, "The Salt Orchard", {}},
                                         {3, "The “Best” Film", {}},
                                         {4, "Say \"Yes\"", {}},
                                         {5, "New", {}}};
    QFETCH(QString, text);
    QFETCH(QStringList, invented);
    QStringList found;
    for (const NamedPart& part : read_rationale(text.toStdString(), {}, items[4], rationale_words(items)).parts) {
      if (part.what == Named::InventedTitle) found << QString::fromStdString(part.words);
    }
    QCOMPARE(found, invented);
  }

  void ofTitlesWithinOneAnotherTheLongestIsNamed() {
    const std::vector<ItemText> items = {{1, "Salt Orchard", {}}, {2, "The Salt Orchard", {}}, {3, "New", {}}};
    const RationaleFacts f = read_rationale("The Salt Orchard, Salt Orchard and “Salt Orchard”.", {&items[0]}, items[2],
                                            rationale_words(items));
    QCOMPARE(f.titles, 2);
    QCOMPARE(f.titles_in_history, 1);
    QCOMPARE(f.titles_repeated, 1);
    QCOMPARE(f.parts.size(), size_t{3});
    QVERIFY(f.parts[0].what == Named::OtherTitle && f.parts[2].what == Named::HistoryTitle);
  }

  void theTemplateTakesTheMostFrequent() {
    // Of New's attributes: mystery has one item of the history, Iden Films two.
    QCOMPARE(most_frequent_attribute(history_, items_[3])->second, std::string("Iden Films"));
    QVERIFY(!most_frequent_attribute(history_, ItemText{9, "Bare", {}}));
    QCOMPARE(most_frequent_attribute({}, items_[3])->second, std::string("mystery"));  // ties: the item's order
  }
};

QTEST_GUILESS_MAIN(RationaleFactsTest)
#include "rationale_facts_test.moc"
