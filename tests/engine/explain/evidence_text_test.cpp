// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/evidence_text.h"

#include <QtTest>

using namespace prefscope;

class EvidenceTextTest : public QObject {
  Q_OBJECT

  const std::vector<ItemText> history_ = {{1, "Key", {}}, {2, "Paper", {}}, {3, "Glass", {}}, {4, "Tin", {}}};

  static Occlusion measured() {
    Occlusion o;
    // Key speaks for the item, Paper against it, Glass and Tin stay within random removals.
    o.items = {{0, 0.5, {0.4}, 0.4, 0.5, true},
               {1, -0.651, {-0.7}, -0.7, -0.651, true},
               {2, 0.1, {0.05}, 0.05, 0.1, false},
               {3, 0.9, {0.8}, 0.8, 0.9, true}};
    o.band_low = -0.2;
    o.band_high = 0.2;
    return o;
  }

 private:
  static QString q(const std::string& text) { return QString::fromStdString(text); }

 private Q_SLOTS:
  /// No sign beside a word that has one already.
  void theSignIsSaidOnce() {
    QCOMPARE(q(effect_text(0.651, "Salt", "Rye")),
             QStringLiteral("without it the margin falls by 0.651 nats: it speaks for Salt"));
    QCOMPARE(q(effect_text(-0.651, "Salt", "Rye")),
             QStringLiteral("without it the margin rises by 0.651 nats: it speaks for Rye"));
    QCOMPARE(q(effect_text(-0.651, "Salt", "")),
             QStringLiteral("without it the margin rises by 0.651 nats: it speaks for the others"));
    QCOMPARE(q(effect_text(-0.0004, "Salt", "")), QStringLiteral("without it the margin stays as it is"));
    QCOMPARE(q(evidence_question("Salt", "")), QStringLiteral("Why Salt over all others"));
    QCOMPARE(
        q(effects_meaning("Salt", "Rye")),
        QStringLiteral(
            "What each item does to the margin of Salt over Rye, nats: above zero it speaks for Salt, below zero for "
            "Rye."));
  }

  /// An item that speaks against the one that is explained carries nothing, cited or not.
  void citationsAreJudgedByTheirSign() {
    const CitedEffects found = cited_effects({1, 2, 0}, measured());
    QCOMPARE(found.carry, std::vector<size_t>{0});
    QCOMPARE(found.against, std::vector<size_t>{1});
    QCOMPARE(found.without, std::vector<size_t>{2});
    QCOMPARE(found.uncited, std::vector<size_t>{3});
    QCOMPARE(q(cited_effects_text(found, history_, "Salt")),
             QStringLiteral(
                 "By the margin of Salt over all others: cited and speaks for it: Key; cited, yet speaks against it: "
                 "Paper; cited, without effect: Glass; effect, not cited: Tin."));
    // Beside the bars of another pair, that is said.
    QCOMPARE(q(cited_effects_text(cited_effects({2}, measured()), history_, "Salt", pair_text("Rye", "Salt"))),
             QStringLiteral("By the margin of Salt over all others, not by that of the bars (Rye over Salt): cited, "
                            "without effect: Glass; effect, not cited: Tin, Key."));
    const CitedEffects none = cited_effects({}, measured());
    QCOMPARE(none.uncited, (std::vector<size_t>{3, 0}));  // the largest first; Paper speaks against
    QCOMPARE(q(cited_effects_text({}, history_, "Salt")),
             QStringLiteral("By the margin of Salt over all others: nothing is cited, and nothing has an effect."));
  }

  /// The same history, asked for the rival: what spoke for the one speaks against the other.
  void theOtherSideIsTheOtherWayRound() {
    Occlusion other = measured();
    for (ItemEffect& e : other.items) {
      e.deletion = -e.deletion;
      std::swap(e.low, e.high);
      e.low = -e.low;
      e.high = -e.high;
    }
    const CitedEffects found = cited_effects({0, 1}, other);
    QCOMPARE(found.carry, std::vector<size_t>{1});
    QCOMPARE(found.against, std::vector<size_t>{0});
    QVERIFY(found.uncited.empty());
  }
};

QTEST_GUILESS_MAIN(EvidenceTextTest)
#include "evidence_text_test.moc"
