// SPDX-License-Identifier: GPL-3.0-or-later
// A candidate that is chosen or pointed at in one picture of a case is so in the others; the arrow keys choose it.
#include "ui/pages/candidate_link.h"

#include <QComboBox>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QtTest>

#include "ui/pages/evidence_card.h"
#include "ui/pages/parts_card.h"
#include "ui/theme.h"
#include "ui/widgets/candidate_chart.h"
#include "ui/widgets/rank_slope.h"
#include "ui/widgets/score_waterfall.h"
#include "ui/widgets/token_strips.h"
#include "ui/workbench.h"

using namespace prefscope;

class CandidateLinkTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<Workbench> m_bench;
  std::unique_ptr<CandidateChart> m_chart;
  std::unique_ptr<PartsCard> m_parts;
  std::unique_ptr<EvidenceCard> m_evidence;
  const std::vector<int64_t> m_items = {5, 2, 7, 9};  // in rank order; the target is 2

  RankResult ranked() const {
    RankResult r;
    r.target = 2;
    for (size_t i = 0; i < m_items.size(); ++i) {
      RankedCandidate c;
      c.item = m_items[i];
      c.title = "Title " + std::to_string(m_items[i]);
      c.log_prob = -4 - static_cast<double>(i);
      r.candidates.push_back(c);
      r.items.push_back({c.item, c.title, {}});
    }
    return r;
  }
  CaseChain chain() const {
    CaseChain c;
    c.example.target = 2;
    ChainModel model{"base", {}, {}, {}};
    for (size_t i = 0; i < m_items.size(); ++i) {
      c.candidates.push_back({m_items[i], "Title " + std::to_string(m_items[i]), {}});
      CandidateScore score;
      score.log_prob = -4 - static_cast<double>(i);
      model.scores.push_back(score);
      model.ranks.push_back(static_cast<int>(i) + 1);
      c.strips.push_back({{"Title", -2, -3}, {"", -1, -1}});
    }
    c.models = {model, model};
    return c;
  }
  qint64 item() const { return m_evidence->item(); }
  qint64 rival() const {
    return m_evidence->findChild<QComboBox*>(QStringLiteral("against"))->currentData().toLongLong();
  }
  /// The candidate that is shown with the target.
  qint64 other() const { return m_evidence->other(); }
  void press(int key) { QTest::keyClick(m_chart.get(), static_cast<Qt::Key>(key)); }
  template <typename Picture>
  Picture* part() const {
    auto* picture = m_parts->findChild<Picture*>();
    picture->resize(400, 200);
    return picture;
  }
  static QImage look(QWidget* widget) { return widget->grab().toImage(); }
  static void point(QWidget* widget, const QPointF& at) {
    QMouseEvent move(QEvent::MouseMove, at, widget->mapToGlobal(at), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
    QApplication::sendEvent(widget, &move);
  }
  static void leave(QWidget* widget) {
    QEvent left(QEvent::Leave);
    QApplication::sendEvent(widget, &left);
  }

 private Q_SLOTS:
  void initTestCase() {
    installTheme(*qApp, Appearance::Light);
    m_bench = std::make_unique<Workbench>(toPath(m_dir.filePath(QStringLiteral("ws"))));
  }

  void init() {
    m_chart = std::make_unique<CandidateChart>();
    m_parts = std::make_unique<PartsCard>(*m_bench);
    m_evidence = std::make_unique<EvidenceCard>(*m_bench);
    m_chart->setRank(ranked());
    m_chart->resize(500, 34 + 4 * 30);
    m_parts->setCase(chain(), {});
    m_evidence->setCase(ranked(), {});
    linkCandidates(m_chart.get(), m_parts.get(), m_evidence.get());
  }

  void theArrowKeysChoose() {
    QSignalSpy chosen(m_chart.get(), &CandidateChart::candidateChosen);
    press(Qt::Key_Down);
    QCOMPARE(other(), 5);
    press(Qt::Key_Down);  // over the target
    QCOMPARE(other(), 7);
    press(Qt::Key_End);
    QCOMPARE(other(), 9);
    press(Qt::Key_Down);
    QCOMPARE(chosen.size(), 3);
    press(Qt::Key_Up);
    press(Qt::Key_Up);
    QCOMPARE(other(), 5);
    press(Qt::Key_Up);
    QCOMPARE(other(), 5);
    press(Qt::Key_End);
    press(Qt::Key_Home);
    QCOMPARE(other(), 5);
  }

  void aChoiceIsOneEverywhere() {
    auto* waterfall = part<ScoreWaterfall>();
    QTest::mouseClick(m_chart.get(), Qt::LeftButton, {}, {100, 34 + 2 * 30 + 15});
    QCOMPARE(rival(), 7);
    QVERIFY(waterfall->csv().contains(QStringLiteral("Title 7")));
    QTest::mouseClick(m_chart.get(), Qt::LeftButton, {}, {100, 34 + 30 + 15});  // the target against itself: no
    QCOMPARE(rival(), 7);
    auto* against = m_evidence->findChild<QComboBox*>(QStringLiteral("against"));
    against->setCurrentIndex(against->findData(qlonglong{9}));
    Q_EMIT against->activated(against->currentIndex());
    QVERIFY(waterfall->csv().contains(QStringLiteral("Title 9")));
    QVERIFY(!waterfall->csv().contains(QStringLiteral("Title 7")));
    QVERIFY(part<TokenStrips>()->csv().contains(QStringLiteral("Title 9")));
    press(Qt::Key_Up);
    QCOMPARE(rival(), 7);  // from where the list left it
    auto* item = m_evidence->findChild<QComboBox*>(QStringLiteral("whyItem"));
    item->setCurrentIndex(item->findData(qlonglong{5}));
    Q_EMIT item->activated(item->currentIndex());
    QVERIFY(waterfall->csv().contains(QStringLiteral("Title 7")));  // 5 over 7: 7 stays the one beside the target
  }

  /// 5 ranks above the target 2, 7 below it: it is the higher one that is asked for.
  void aClickAsksWhyTheHigherOneWins() {
    press(Qt::Key_Down);
    QCOMPARE(item(), 5);
    QCOMPARE(rival(), 2);
    press(Qt::Key_Down);
    QCOMPARE(item(), 2);
    QCOMPARE(rival(), 7);
  }

  void thePairIsTurnedRound() {
    auto* swap = m_evidence->findChild<QPushButton*>(QStringLiteral("swapPair"));
    QVERIFY(!swap->isEnabled());  // all others over one: nothing is measured of that
    QVERIFY(!swap->accessibleName().isEmpty());
    press(Qt::Key_Down);
    auto* waterfall = part<ScoreWaterfall>();
    QVERIFY(swap->isEnabled() && waterfall->csv().contains(QStringLiteral("Title 5")));
    swap->click();
    QCOMPARE(item(), 2);
    QCOMPARE(rival(), 5);
    QVERIFY(waterfall->csv().contains(QStringLiteral("Title 5")));
    m_evidence->setVisible(true);
    QVERIFY(QTest::qWaitForWindowActive(m_evidence.get()));
    QTest::keyClick(m_evidence.get(), Qt::Key_X, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(item(), 5);
    QCOMPARE(rival(), 2);
  }

  /// Any pair can be asked for; what is held against itself is not offered.
  void anyPairCanBeAsked() {
    auto* item = m_evidence->findChild<QComboBox*>(QStringLiteral("whyItem"));
    auto* against = m_evidence->findChild<QComboBox*>(QStringLiteral("against"));
    const auto chooseItem = [&](qlonglong which) {
      item->setCurrentIndex(item->findData(which));
      Q_EMIT item->activated(item->currentIndex());
    };
    QCOMPARE(item->currentText(), QStringLiteral("Title 2"));
    QCOMPARE(against->currentText(), QStringLiteral("all others"));
    QCOMPARE(against->findData(qlonglong{2}), -1);
    m_evidence->askAbout(7);
    chooseItem(9);
    QCOMPARE(rival(), 7);  // stays
    QVERIFY(against->findData(qlonglong{2}) > 0);
    QCOMPARE(against->findData(qlonglong{9}), -1);
    QCOMPARE(m_evidence->item(), 9);  // what is kept with a case says so
    chooseItem(7);
    QCOMPARE(rival(), 0);  // it cannot be held against itself
  }

  /// Another user begins with the chosen item over all others; on the way back the pair is as it was left.
  void thePairOfACaseIsKept() {
    auto* against = m_evidence->findChild<QComboBox*>(QStringLiteral("against"));
    m_evidence->askAbout(5);
    RankResult another = ranked();
    another.example.id = 77;
    m_evidence->setCase(another, {});
    QCOMPARE(item(), 2);
    QCOMPARE(against->currentText(), QStringLiteral("all others"));
    QCOMPARE(other(), 0);
    m_evidence->setCase(ranked(), {});
    QCOMPARE(item(), 5);
    QCOMPARE(rival(), 2);
    RankResult shorter = ranked();  // 5 is no candidate any more
    shorter.candidates.erase(shorter.candidates.begin());
    shorter.items.erase(shorter.items.begin());
    m_evidence->setCase(shorter, {});
    QCOMPARE(item(), 2);
    QCOMPARE(rival(), 0);
  }

  /// Another user's history begins at its beginning; the same user's stays where it was scrolled to.
  void anotherUsersHistoryBeginsAtItsTop() {
    RankResult rank = ranked();
    rank.example.id = 1;
    for (int64_t i = 0; i < 60; ++i) rank.history.push_back({100 + i, "Item " + std::to_string(i), {}});
    m_evidence->setCase(rank, {});
    m_evidence->resize(340, 400);
    m_evidence->setVisible(true);
    QVERIFY(QTest::qWaitForWindowExposed(m_evidence.get()));
    QScrollBar* bar = m_evidence->findChild<QScrollArea*>()->verticalScrollBar();
    QTRY_VERIFY(bar->maximum() > 200);
    bar->setValue(200);
    m_evidence->setCase(rank, {});
    QCOMPARE(bar->value(), 200);
    rank.example.id = 2;
    m_evidence->setCase(rank, {});
    QCoreApplication::processEvents();
    QCOMPARE(bar->value(), 0);
  }

  void theOrderOfTheHistoryIsRemembered() {
    auto* order = m_evidence->findChild<QComboBox*>(QStringLiteral("evidenceOrder"));
    QCOMPARE(order->currentIndex(), 0);
    order->setFocus();
    QTest::keyClick(order, Qt::Key_Down);
    QCOMPARE(order->currentText(), QStringLiteral("by effect"));
    const EvidenceCard again(*m_bench);
    QCOMPARE(again.findChild<QComboBox*>(QStringLiteral("evidenceOrder"))->currentIndex(), 1);
    order->setCurrentIndex(0);
  }

  void whatIsPointedAtStandsOutEverywhere() {
    m_chart->setRival(7);
    m_parts->setRival(7);
    auto* slope = part<RankSlope>();
    auto* waterfall = part<ScoreWaterfall>();
    auto* strips = part<TokenStrips>();
    const QImage chart = look(m_chart.get()), ranks = look(slope), parts = look(waterfall), tokens = look(strips);
    point(m_chart.get(), QPointF(100, 34 + 2 * 30 + 15));  // 7
    QVERIFY(look(slope) != ranks && look(waterfall) != parts && look(strips) != tokens);
    leave(m_chart.get());
    QVERIFY(look(slope) == ranks && look(waterfall) == parts && look(strips) == tokens);
    QVERIFY(look(m_chart.get()) == chart);
    // The lowest rank, the right column, the second strip: 9, 7 and 7.
    const QList<QPair<QWidget*, QPointF>> places = {
        {slope, {100, slope->height() - 3.0}}, {waterfall, {waterfall->width() - 3.0, 20}}, {strips, {20, 80}}};
    for (const auto& [picture, at] : places) {
      point(picture, at);
      QVERIFY(look(m_chart.get()) != chart);
      leave(picture);
      QVERIFY(look(m_chart.get()) == chart);
    }
    auto* against = m_evidence->findChild<QComboBox*>(QStringLiteral("against"));
    Q_EMIT against->highlighted(against->findData(qlonglong{5}));
    QVERIFY(look(m_chart.get()) != chart && look(slope) != ranks);
    Q_EMIT against->highlighted(0);
    QVERIFY(look(m_chart.get()) == chart && look(slope) == ranks);
  }
};

QTEST_MAIN(CandidateLinkTest)
#include "candidate_link_test.moc"
