// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/rationale_agreement.h"

#include <QtTest>
#include <cmath>

using namespace prefscope;

/// Worked by hand on given texts.
class RationaleAgreementTest : public QObject {
  Q_OBJECT

  const std::vector<ItemText> items_ = {{1, "Glass Key", {{"genre", "mystery"}, {"maker", "Iden Films"}}},
                                        {2, "Paper", {{"genre", "drama"}, {"maker", "Iden Films"}}},
                                        {3, "Salt", {{"genre", "drama"}, {"maker", "Rook"}}},
                                        {4, "New", {{"genre", "mystery"}, {"maker", "Iden Films"}}},
                                        {5, "Elsewhere", {{"genre", "fiction"}, {"maker", "Rook"}}}};
  const std::vector<const ItemText*> history_ = {&items_[0], &items_[1], &items_[2]};
  const RationaleWords words_ = rationale_words(items_);

  std::vector<std::vector<RationaleFacts>> facts(const std::vector<std::vector<std::string>>& texts) const {
    std::vector<std::vector<RationaleFacts>> all;
    for (const auto& model : texts) {
      all.emplace_back();
      for (const std::string& text : model) all.back().push_back(read_rationale(text, history_, items_[3], words_));
    }
    return all;
  }
  RationaleAgreement agreement(const std::vector<std::vector<std::string>>& texts) const {
    return rationale_agreement(facts(texts), history_, items_[3]);
  }
  static bool close(std::optional<double> a, double b) { return a && std::abs(*a - b) < 1e-12; }

 private Q_SLOTS:
  /// First model: {Glass Key, Paper}, {Glass Key}, {Glass Key, Elsewhere}: pairs 1/2, 1/3, 1/2, mean 4/9. Second:
  /// {Paper}, and one that names nothing: 0/1. All ten pairs: of the first 4/3 together; across, with {Paper} 1/2, 0,
  /// 0, with {} 0, 0, 0; of the second 0: (4/3 + 1/2) / 10 = 11/60.
  void countsAndOverlap() {
    const RationaleAgreement a = agreement({{"Like “Glass Key” and “Paper”, it has the maker Iden Films.",
                                             "“Glass Key” and again “Glass Key” have the genre mystery.",
                                             "Like “Glass Key” and “Elsewhere”, it has the genre mystery."},
                                            {"It has the genre drama, as “Paper” does.", "It is good."}});
    QCOMPARE(a.samples, (std::vector<int>{3, 2}));
    QVERIFY(close(a.overlap[0], 4.0 / 9));
    QVERIFY(close(a.overlap[1], 0));
    QVERIFY(close(a.overlap_all, 11.0 / 60));
    // Three of the history, two attributes of the item, then what else is named.
    QCOMPARE(a.things.size(), size_t{7});
    QCOMPARE(a.things[0].words, std::string("Glass Key"));
    QCOMPARE(a.things[0].named, (std::vector<int>{3, 0}));  // twice in one sample is once
    QCOMPARE(a.things[1].named, (std::vector<int>{1, 1}));
    QCOMPARE(a.things[2].named, (std::vector<int>{0, 0}));
    QCOMPARE(a.things[2].position, size_t{2});
    QCOMPARE(a.things[3].words, std::string("genre mystery"));
    QCOMPARE(a.things[3].named, (std::vector<int>{2, 0}));
    QCOMPARE(a.things[3].so, (std::vector<int>{1, 0}));  // Elsewhere is no item of the history
    QVERIFY(a.things[3].what == Named::FalseAttribute);
    QCOMPARE(a.things[4].named, (std::vector<int>{1, 0}));
    QCOMPARE(a.things[4].so, (std::vector<int>{1, 0}));
    QVERIFY(a.things[4].what == Named::TrueAttribute);
    QCOMPARE(a.things[5].words, std::string("genre drama"));  // the recommended item has it not
    QCOMPARE(a.things[5].named, (std::vector<int>{0, 1}));
    QCOMPARE(a.things[5].so, (std::vector<int>{0, 0}));
    QCOMPARE(a.things[6].words, std::string("Elsewhere"));
    QVERIFY(a.things[6].what == Named::OtherTitle);
  }

  void sameTextsAgreeFullyAndSilenceHasNoOverlap() {
    const std::string text = "Like “Paper”, it has the maker Iden Films.";
    const RationaleAgreement same = agreement({{text, text}, {"Good.", "Fine."}, {text}});
    QVERIFY(close(same.overlap[0], 1));
    QVERIFY(!same.overlap[1]);  // neither names any
    QVERIFY(!same.overlap[2]);  // one sample has no pair
    // Of ten pairs one is left out; three have 1, six 0.
    QVERIFY(close(same.overlap_all, 3.0 / 9));
  }

  void partsLeadToTheirThings() {
    const auto read = facts({{"“Glass Key” and “Never Written” have the genre drama.", "Like “Elsewhere”: Rook."}});
    const RationaleAgreement a = rationale_agreement(read, history_, items_[3]);
    for (const RationaleFacts& sample : read[0]) {
      for (const NamedPart& part : sample.parts) {
        const size_t thing = thing_of(a.things, part);
        QVERIFY(thing < a.things.size());
        QCOMPARE(a.things[thing].words, part.words);
      }
    }
    // Attributes before titles of the catalogue, and those before invented ones.
    std::vector<std::string> others;
    for (size_t i = 5; i < a.things.size(); ++i) others.push_back(a.things[i].words);
    QCOMPARE(others, (std::vector<std::string>{"genre drama", "maker Rook", "Elsewhere", "Never Written"}));
    NamedPart stranger;
    stranger.what = Named::InventedTitle;
    stranger.words = "Nowhere";
    QCOMPARE(thing_of(a.things, stranger), a.things.size());
  }

  void nothingIsWritten() {
    const RationaleAgreement a = agreement({{}, {}});
    QCOMPARE(a.things.size(), size_t{5});
    QVERIFY(!a.overlap_all && !a.overlap[0]);
  }
};

QTEST_GUILESS_MAIN(RationaleAgreementTest)
#include "rationale_agreement_test.moc"
