// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/occlusion.h"

#include <QtTest>

#include "tests/engine/explain/toy_scorer.h"
#include "tests/engine/messages.h"

using namespace prefscope;

/// Candidates 1, 2, 3; history 4, 5, 6, 7; 8 .. 12 are the rest of the catalogue.
class OcclusionTest : public QObject {
  Q_OBJECT

  ToyScorer toy_;

  OcclusionQuestion question() const {
    OcclusionQuestion q;
    q.history = toy_.some({4, 5, 6, 7});
    q.candidates = toy_.some({1, 2, 3});
    for (const ItemText& item : toy_.items) q.catalogue.push_back(&item);
    q.random = 10;
    return q;
  }
  static bool close(double a, double b) { return std::abs(a - b) < 1e-12; }

 private Q_SLOTS:
  void initTestCase() {
    for (int64_t id = 1; id <= 12; ++id)
      toy_.items.push_back({id, "Item " + std::to_string(id), {{"genre", id % 2 ? "odd" : "even"}}});
    toy_.items[11].attributes = {{"genre", "odd"}};  // 12 shares with candidate 1: no neutral item
    toy_.weights = {{{4, 1}, 3}, {{4, 2}, 1}, {{5, 1}, -2}, {{5, 3}, 4}, {{6, 2}, 0.5}};
    toy_.together = {{{6, 7}, 1.5}};
  }

  /// Against candidate 2: 4 gives 3 - 1, 5 gives -2, 6 and 7 give 1.5 - 0.5 together and without each other less.
  void effectsAgainstARivalByHand() {
    OcclusionQuestion q = question();
    q.rival = 1;
    const Occlusion found = occlude(q, toy_.function(), {});
    QVERIFY(close(found.margin, 3 - 2 + 1.5 - 1 - 0.5));
    QVERIFY(close(found.without_history, 0));
    const double expected[] = {2, -2, 1.5 - 0.5, 1.5};
    for (size_t i = 0; i < 4; ++i) {
      QVERIFY2(close(found.items[i].deletion, expected[i]), std::to_string(i).c_str());
      QCOMPARE(found.items[i].position, i);
      QCOMPARE(found.items[i].replacement.size(), size_t{3});
      for (const double r : found.items[i].replacement) QVERIFY(close(r, expected[i]));  // neutral items weigh nothing
      QVERIFY(found.items[i].beyond);
    }
    QVERIFY(close(found.band_low, 0) && close(found.band_high, 0));
    // 6 and 7 carry 1.5 together: alone each deletion loses it.
    QCOMPARE(found.pairs.size(), size_t{6});
    QCOMPARE(found.pairs[0].first, size_t{2});
    QCOMPARE(found.pairs[0].second, size_t{3});
    QVERIFY(close(found.pairs[0].effect, 1) && close(found.pairs[0].singles, 2.5));
    QVERIFY(close(found.pairs[1].effect, found.pairs[1].singles));
  }

  /// Against the mean of 2 and 3: the others' share counts half each.
  void effectsAgainstAllOthersByHand() {
    const Occlusion found = occlude(question(), toy_.function(), {});
    QVERIFY(close(found.items[0].deletion, 3 - 0.5));
    QVERIFY(close(found.items[1].deletion, -2 - 2));
  }

  void attributesAreTakenOutAsAWhole() {
    OcclusionQuestion q = question();
    q.rival = 1;
    const Occlusion found = occlude(q, toy_.function(), {});
    QCOMPARE(found.attributes.size(), size_t{2});  // odd (of the item) and even (of the rival)
    for (const AttributeEffect& a : found.attributes) {
      const bool odd = a.attribute.second == "odd";
      QCOMPARE(a.positions, odd ? (std::vector<size_t>{1, 3}) : (std::vector<size_t>{0, 2}));
      QVERIFY(close(a.effect, odd ? -2 + 1.5 : 2 + 1.5 - 0.5));
      QVERIFY(a.random_low <= a.random && a.random <= a.random_high);
    }
  }

  /// What stands in shares nothing with the item or its rival, and is neither in the history nor a candidate.
  void neutralItemsAreNeutral() {
    const Occlusion found = occlude(question(), toy_.function(), {});
    QCOMPARE(found.neutral.size(), size_t{2});  // 8 and 10: even, while the item in question is odd
    for (const std::string& title : found.neutral) QVERIFY(title == "Item 8" || title == "Item 10");
    OcclusionQuestion q = question();
    q.rival = 1;  // odd and even: every item shares, so any may stand in
    QCOMPARE(occlude(q, toy_.function(), {}).neutral.size(), size_t{3});
  }

  /// A neutral item that does weigh something widens the band; an effect within it is not beyond.
  void theBandIsWhatRemovingANeutralItemDoes() {
    ToyScorer noisy = toy_;
    for (int64_t id = 8; id <= 12; ++id) noisy.weights[{id, 1}] = id == 8 ? 5 : -5;
    OcclusionQuestion q = question();
    q.random = 40;
    const Occlusion found = occlude(q, noisy.function(), {});
    QVERIFY(close(found.band_low, -5) && close(found.band_high, 5));
    QVERIFY(!found.items[0].beyond);
    QCOMPARE(found.items[0].low,
             std::min(found.items[0].deletion,
                      *std::min_element(found.items[0].replacement.begin(), found.items[0].replacement.end())));
  }

  void theSeedDecides() {
    OcclusionQuestion q = question();
    QCOMPARE(occlude(q, toy_.function(), {}).neutral, occlude(q, toy_.function(), {}).neutral);
    toy_.scored = 0;
    const Occlusion found = occlude(q, toy_.function(), {});
    QCOMPARE(found.prompts, int64_t{toy_.scored});
  }

  void nothingToTakeOutIsSaid() {
    OcclusionQuestion q = question();
    q.history.clear();
    QVERIFY(message_of([&] { occlude(q, toy_.function(), {}); }).find("no history") != std::string::npos);
    q = question();
    q.catalogue = q.history;
    QVERIFY(message_of([&] { occlude(q, toy_.function(), {}); }).find("stand in") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(OcclusionTest)
#include "occlusion_test.moc"
