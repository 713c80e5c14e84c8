// SPDX-License-Identifier: GPL-3.0-or-later
// The painted pictures of a case: their data adds up, hostile titles stay text, and each can be saved.
#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QImage>
#include <QMenu>
#include <QScrollArea>
#include <QScrollBar>
#include <QTimer>
#include <QtTest>

#include "ui/theme.h"
#include "ui/widgets/candidate_chart.h"
#include "ui/widgets/evidence_chart.h"
#include "ui/widgets/picture_menu.h"
#include "ui/widgets/plane_plot.h"
#include "ui/widgets/rank_slope.h"
#include "ui/widgets/score_waterfall.h"
#include "ui/widgets/token_strips.h"

using namespace prefscope;

class CasePicturesTest : public QObject {
  Q_OBJECT

  const std::string hostile_ = "=HYPERLINK(\"x\"), <script>alert(1)</script>\u202e";

  CaseChain chain() const {
    CaseChain c;
    c.candidates = {{1, "Salt", {}}, {2, hostile_, {}}};
    c.example.target = 2;
    CandidateScore base_1, base_2, sft_1, sft_2;
    base_1.log_prob = base_1.score = -4;
    base_2.log_prob = base_2.score = -5;
    sft_1.log_prob = sft_1.score = -4.25;
    sft_1.log_ratio = -0.25;
    sft_2.log_prob = sft_2.score = -3.5;
    sft_2.log_ratio = 1.5;
    c.models = {{"base", {}, {base_1, base_2}, {1, 2}}, {"SFT 1", 1, {sft_1, sft_2}, {2, 1}}};
    c.strips = {{{"Salt", -4, -3.75}, {"", -0.25, -0.25}}, {{"=HY", -3, -4.25}, {"", -0.5, -0.75}}};
    return c;
  }
  QTemporaryDir dir_;

 private Q_SLOTS:
  void linesOfCsv() {
    QCOMPARE(csvLine({QStringLiteral("a"), QStringLiteral("b,c"), QStringLiteral("say \"yes\"")}),
             QStringLiteral("a,\"b,c\",\"say \"\"yes\"\"\"\n"));
    // A spreadsheet runs none of them; numbers stay numbers.
    QCOMPARE(csvLine({QStringLiteral("=1+1"), QStringLiteral("@x"), QStringLiteral("-1.5"), QStringLiteral("-x")}),
             QStringLiteral("'=1+1,'@x,-1.5,'-x\n"));
    QCOMPARE(exact(0.1 + 0.2).toDouble(), 0.1 + 0.2);
  }

  /// 1.25 and 0.25: the running sum ends at the log-ratio.
  void stripsAddUp() {
    TokenStrips strips;
    const CaseChain c = chain();
    strips.setStrips(
        {{QString::fromStdString(hostile_), Qt::red, c.strips[1]}, {QStringLiteral("Salt"), Qt::blue, c.strips[0]}});
    const QStringList lines = strips.csv().split(u'\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 5);
    QVERIFY(lines[1].startsWith(QStringLiteral("\"'=HYPERLINK(\"\"x\"\")")));
    QVERIFY(lines[2].endsWith(QStringLiteral(",0.25,1.5")));
    QVERIFY(lines[4].endsWith(QStringLiteral(",0,-0.25")));
    QVERIFY(strips.accessibleDescription().endsWith(QStringLiteral("Salt: log-ratio -0.25 nats")));
  }

  void waterfallAddsUp() {
    ScoreWaterfall waterfall;
    waterfall.setColumns({QStringLiteral("base"), QStringLiteral("SFT 1"), QStringLiteral("DMPO 2")},
                         {{QStringLiteral("Salt"), Qt::red, -5, {1.5, -0.25}}});
    QCOMPARE(waterfall.csv(),
             QStringLiteral("title,part,nats\nSalt,base,-5\nSalt,SFT 1,1.5\nSalt,DMPO 2,-0.25\nSalt,sum,-3.75\n"));
    QVERIFY(waterfall.accessibleDescription().contains(QStringLiteral("sum -3.75 nats")));
  }

  /// A new example brings its target into view; the same one under another model stays where it was scrolled to.
  void theTargetOfANewExampleIsInView() {
    const auto ranked = [](int64_t example, size_t targetRow) {
      RankResult rank;
      rank.example.id = example;
      for (int64_t i = 1; i <= 40; ++i) {
        RankedCandidate c;
        c.item = i;
        c.title = "Title " + std::to_string(i);
        c.log_prob = -static_cast<double>(i);
        rank.candidates.push_back(c);
        rank.items.push_back({i, c.title, {}});
      }
      rank.target = rank.candidates[targetRow].item;
      return rank;
    };
    QScrollArea area;
    area.setWidgetResizable(true);
    auto* chart = new CandidateChart;
    area.setWidget(chart);
    area.resize(500, 200);
    chart->setRank(ranked(1, 35));
    area.show();
    // Rows of 18 below a head of 34, where all rows do not fit.
    const auto seen = [&](int row) {
      const int top = area.verticalScrollBar()->value(), middle = 34 + 18 * row + 9;
      return top <= middle - 9 && middle + 9 <= top + area.viewport()->height();
    };
    QTRY_VERIFY(seen(35) && !seen(2));
    chart->setRank(ranked(2, 2));
    QTRY_COMPARE(area.verticalScrollBar()->value(), 0);  // it is in view there, and so is the axis
    area.verticalScrollBar()->setValue(area.verticalScrollBar()->maximum());
    chart->setRank(ranked(2, 2));
    QTest::qWait(50);
    QVERIFY(!seen(2));
    chart->setRank(ranked(3, 20));
    QTRY_VERIFY(seen(20) && !seen(39));
  }

  /// The tokenizer shows three for the same title: the end of text is scored too.
  void theEndCountsAsAToken() {
    RankResult rank;
    RankedCandidate c;
    c.item = rank.target = 1;
    c.title = hostile_;
    c.log_prob = -2.5;
    c.tokens = 4;
    rank.candidates = {c};
    rank.items = {{1, hostile_, {}}};
    CandidateChart chart;
    chart.setRank(rank);
    chart.resize(500, 100);
    QVERIFY2(
        chart.tip(0).contains(QStringLiteral("log-prob -2.500 nats over 4 tokens: the title's, and the end of text")),
        qPrintable(chart.tip(0)));
    QVERIFY(!chart.tip(0).contains(QStringLiteral("<script")));
  }

  void ranksAreThoseOfTheChain() {
    RankSlope slope;
    slope.setChain(chain(), 1);
    const QStringList lines = slope.csv().split(u'\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 5);
    QCOMPARE(lines[1], QStringLiteral("Salt,base,1,-4,0"));
    QVERIFY(lines[4].endsWith(QStringLiteral(",SFT 1,1,-3.5,0")));
    QSignalSpy chosen(&slope, &RankSlope::candidateChosen);
    slope.resize(300, 118);  // two rows of 50 below the names
    QTest::mouseClick(&slope, Qt::LeftButton, {}, {100, 40});
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen[0][0].toLongLong(), 2);  // first under the last model
  }

  /// Salt is within the band, the other beyond it; the third, largest of all, speaks against.
  static Occlusion measured() {
    Occlusion found;
    found.items = {
        {0, 0.5, {0.25}, 0.25, 0.5, true}, {1, -0.125, {}, -0.125, -0.125, false}, {2, -0.75, {}, -0.75, -0.75, true}};
    found.band_low = -0.2;
    found.band_high = 0.2;
    return found;
  }
  std::vector<ItemText> history() const {
    return {{4, hostile_, {{"genre", "<b>bold</b>"}}}, {5, "Salt", {}}, {6, "Rye", {}}};
  }

  void evidenceIsSpoken() {
    EvidenceChart chart;
    chart.setHistory(history());
    chart.setEvidence(measured(), QStringLiteral("Wheat"), QStringLiteral("%1 <i>Oat</i>"));
    chart.setCited({1});
    QVERIFY(chart.accessibleDescription().contains(QStringLiteral(": +0.500 nats")));
    QVERIFY(chart.accessibleDescription().contains(QStringLiteral("Salt: -0.125 nats, cited by the rationale; Rye")));
    QVERIFY2(chart.tip(0).contains(QStringLiteral("without it the margin falls by 0.500 nats: it speaks for Wheat")),
             qPrintable(chart.tip(0)));
    QVERIFY(chart.tip(2).contains(
        QStringLiteral("without it the margin rises by 0.750 nats: it speaks for %1 &lt;i&gt;Oat&lt;/i&gt;")));
    QVERIFY(chart.tip(0).contains(QStringLiteral("solid:")) && chart.tip(1).contains(QStringLiteral("pale:")));
    QVERIFY(chart.tip(0).contains(QStringLiteral("&lt;script&gt;")) && !chart.tip(0).contains(QStringLiteral("<scr")));
  }

  /// The largest effect first, whatever its sign; without effects it stays by time.
  void evidenceIsRanked() {
    EvidenceChart chart;
    chart.setOrder(EvidenceChart::Order::Effect);
    chart.setHistory(history());
    QVERIFY(chart.rowRect(0).top() < chart.rowRect(1).top() && chart.rowRect(1).top() < chart.rowRect(2).top());
    chart.setEvidence(measured());
    QVERIFY(chart.rowRect(2).top() < chart.rowRect(0).top() && chart.rowRect(0).top() < chart.rowRect(1).top());
    QCOMPARE(chart.csv().section(u'\n', 1, 1), QStringLiteral("3,Rye,-0.75,-0.75,-0.75,1,0"));
    chart.setOrder(EvidenceChart::Order::Time);
    QVERIFY(chart.rowRect(0).top() < chart.rowRect(2).top());
  }

  /// A bar is in its full colour where its range lies outside of zero and the band, and pale where it does not.
  void barsBeyondTheBandAreSolid() {
    EvidenceChart chart;
    chart.setHistory(history());
    chart.setEvidence(measured());
    chart.resize(300, 200);
    const QImage image = chart.grab().toImage();
    const auto has = [&](size_t position, const QColor& color) {
      const QRect row = chart.rowRect(position);
      const double scale = image.devicePixelRatio();
      for (int x = 0; x < image.width(); ++x) {
        if (image.pixelColor(x, static_cast<int>((row.center().y() - 2) * scale)) == color) return true;
      }
      return false;
    };
    QVERIFY(has(0, theme().positive) && has(2, theme().negative));
    QVERIFY(!has(1, theme().negative));
  }

  /// As narrow as on a screen of 1280 pixels, each row still ends in its number. The third bar goes to the left.
  void theNumberStandsAtTheRowsEnd() {
    EvidenceChart chart;
    chart.setHistory(history());
    chart.setEvidence(measured());
    chart.resize(300, 200);
    const QImage image = chart.grab().toImage();
    const double scale = image.devicePixelRatio();
    const QRect row = chart.rowRect(2);
    const auto empty = [&](int left, int right) {
      const QColor behind = image.pixelColor(static_cast<int>(left * scale), static_cast<int>(row.top() * scale) + 1);
      for (int y = row.top() + 1; y < row.bottom(); ++y) {
        for (int x = left; x < right; ++x) {
          if (image.pixelColor(static_cast<int>(x * scale), static_cast<int>(y * scale)) != behind) return false;
        }
      }
      return true;
    };
    QVERIFY(!empty(258, 294));
  }

  /// Scrolled to the end, the axis is still at the top of what is seen.
  void theAxisStaysInSight() {
    QScrollArea area;
    auto* chart = new EvidenceChart;
    area.setWidgetResizable(true);
    area.setWidget(chart);
    std::vector<ItemText> items(20, {1, "Salt", {}});
    Occlusion found;
    for (size_t i = 0; i < items.size(); ++i) found.items.push_back({i, 0.5, {}, 0.5, 0.5, true});
    chart->setHistory(items);
    chart->setEvidence(found);
    area.resize(300, 200);
    area.show();
    const auto head = [&] { return area.viewport()->grab(QRect(0, 0, area.viewport()->width(), 18)).toImage(); };
    const QImage before = head();
    area.verticalScrollBar()->setValue(area.verticalScrollBar()->maximum());
    QVERIFY(chart->y() < -100);
    QCOMPARE(head(), before);
  }

  void picturesAreSaved() {
    TokenStrips strips;
    strips.setStrips({{QString::fromStdString(hostile_), Qt::red, chain().strips[1]}});
    strips.resize(600, 120);
    const QString base = dir_.path() + QStringLiteral("/tokens.");
    for (const char* ending : {"png", "svg", "pdf", "csv"}) {
      const QString file = base + QString::fromLatin1(ending);
      QVERIFY2(savePicture(&strips, file, strips.csv()), ending);
      QVERIFY(QFileInfo(file).size() > 40);
    }
    QCOMPARE(QImage(base + QStringLiteral("png")).size(), QSize(1200, 240));
    QFile svg(base + QStringLiteral("svg"));
    QVERIFY(svg.open(QIODevice::ReadOnly));
    const QByteArray text = svg.readAll();
    QVERIFY(text.contains("HYPERLINK"));
    QVERIFY(!text.contains("<script"));
    QVERIFY(text.contains("&lt;script"));
    QFile pdf(base + QStringLiteral("pdf"));
    QVERIFY(pdf.open(QIODevice::ReadOnly));
    QVERIFY(pdf.readAll().startsWith("%PDF"));
    QVERIFY(!savePicture(&strips, base + QStringLiteral("bmp"), {}));
    QVERIFY(!savePicture(&strips, QStringLiteral("/nowhere/x.svg"), {}));
  }

  /// The plane is drawn by a library's widget: a right click on that one opens the menu too.
  void thePlaneHasTheMenu() {
    PlanePlot plane;
    MarginPoint point;
    point.example = 1;
    point.user_key = "=u";
    point.reference = -0.5;
    point.policy = 1.25;
    point.chosen_first = true;
    plane.setPoints({point}, 1);
    QCOMPARE(plane.csv(), QStringLiteral("user,reference,policy,ratio_chosen,ratio_rejected,chosen_first,rejected\n"
                                         "'=u,-0.5,1.25,0,0,1,mean\n"));
    plane.resize(300, 300);
    plane.show();
    QVERIFY(QTest::qWaitForWindowExposed(&plane));
    QStringList actions;
    QTimer::singleShot(0, [&] {
      if (auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget())) {
        for (const QAction* action : menu->actions()) actions << action->text();
        menu->actions().at(1)->trigger();
        menu->close();
      }
    });
    QWidget* inner = plane.childAt(150, 150);
    QVERIFY(inner && inner != &plane);
    QContextMenuEvent asked(QContextMenuEvent::Mouse, {10, 10}, plane.mapToGlobal(QPoint(10, 10)));
    QApplication::sendEvent(inner, &asked);
    QCOMPARE(actions.size(), 3);
    QCOMPARE(QApplication::clipboard()->text(), plane.csv());
  }
};

QTEST_MAIN(CasePicturesTest)
#include "case_pictures_test.moc"
