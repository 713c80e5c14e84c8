// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/case_bar.h"

#include <QLabel>
#include <QtTest>

#include "ui/theme.h"

using namespace prefscope;

/// What the head of a case says in words.
class CaseBarTest : public QObject {
  Q_OBJECT

  /// The target (id 1) stands last of three, behind two that are hardly better; before, it was first and the others
  /// were near it, so its margin over their mean rose.
  static RankResult passed() {
    RankResult rank;
    rank.example.user_key = "1045";
    rank.target = 1;
    rank.target_rank = 3;
    rank.reference_rank = 1;
    rank.has_reference = true;
    const auto candidate = [&](int64_t id, const char* title, double now, double before) {
      RankedCandidate c;
      c.item = id;
      c.title = title;
      c.score = c.log_prob = now;
      c.log_ratio = now - before;
      rank.candidates.push_back(c);
    };
    candidate(2, "Alibi in <i>Calder</i>", -3, -5);
    candidate(3, "Rye", -3.5, -9);
    candidate(1, "Outlawed Outpost", -3.75, -4);
    candidate(4, "Oat", -12, -6);
    return rank;
  }

 private Q_SLOTS:
  void initTestCase() { installTheme(*qApp, Appearance::Light); }

  /// What moved the rank stands first; -3.75 + 18.5 / 3 = 2.42, and -4 + 20 / 3 = 2.67.
  void theRankIsExplainedFirst() {
    CaseBar bar;
    bar.setCase(passed(), {});
    const auto* line = bar.findChild<QLabel*>(QStringLiteral("caseSubline"));
    QCOMPARE(line->text(), QStringLiteral("2 passed it. It loses to Alibi in <i>Calder</i> by 0.75. Over the mean of "
                                          "the others: +2.42 nats (was +2.67)."));
    RankResult rose = passed();
    rose.candidates[3].log_prob = -15;  // now -3.75 + 21.5 / 3 = 3.42
    rose.candidates[3].log_ratio = -9;
    bar.setCase(rose, {});
    QVERIFY2(
        line->text().endsWith(QStringLiteral("Yet against the mean of the others it rose: +3.42 nats (was +2.67).")),
        qPrintable(line->text()));
    rose.has_reference = false;
    bar.setCase(rose, QStringLiteral("Train a run."));
    QCOMPARE(line->text(), QStringLiteral("It loses to Alibi in <i>Calder</i> by 0.75. Over the mean of the others: "
                                          "+3.42 nats. Train a run."));
  }

  /// On a narrow screen the line breaks; nothing of it is cut.
  void theLineBreaks() {
    CaseBar bar;
    bar.setCase(passed(), {});
    bar.resize(1000, bar.heightForWidth(1000));
    bar.show();
    QVERIFY(QTest::qWaitForWindowExposed(&bar));
    const auto* line = bar.findChild<QLabel*>(QStringLiteral("caseSubline"));
    QVERIFY(line->width() < line->fontMetrics().horizontalAdvance(line->text()));
    QVERIFY(line->height() >= line->heightForWidth(line->width()));
    QCOMPARE(line->textFormat(), Qt::PlainText);
  }
};

QTEST_MAIN(CaseBarTest)
#include "case_bar_test.moc"
