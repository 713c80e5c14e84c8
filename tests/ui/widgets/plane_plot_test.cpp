// SPDX-License-Identifier: GPL-3.0-or-later
// The planes: a lasso takes exactly what lies within, hexagons count each point once, and the lists of users.
#include "ui/widgets/plane_plot.h"

#include <QClipboard>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>
#include <QtTest>
#include <cmath>
#include <random>

#include "ui/pages/plane_card.h"
#include "ui/pages/users_window.h"
#include "ui/theme.h"
#include "ui/widgets/picture_menu.h"
#include "ui/widgets/qcustomplot_header.h"

using namespace prefscope;
using Ids = std::vector<qint64>;

class PlanePlotTest : public QObject {
  Q_OBJECT

  static MarginPoint point(int64_t example, double reference, double policy, double hardestReference,
                           double hardestPolicy) {
    MarginPoint p;
    p.example = example;
    p.user_key = "u" + std::to_string(example);
    p.reference = reference;
    p.policy = policy;
    p.ratio_chosen = policy - reference;
    p.hardest = {hardestReference, hardestPolicy, p.ratio_chosen, p.ratio_chosen - (hardestPolicy - hardestReference)};
    p.chosen_first = hardestPolicy > 0;
    p.chosen_first_reference = hardestReference > 0;
    p.rank_reference = hardestReference > 0 ? 1 : 2.5;
    p.rank_policy = hardestPolicy > 0 ? 1 : 2;
    return p;
  }
  /// Against the mean: user 1 rises by 1.5, 2 falls by 0.25, 3 rises by 0.5, 4 falls by 2. Against the hardest: 1 rises
  /// by 0.5, 2 by 0.5, 3 falls by 0.5, 4 falls by 1.
  const std::vector<MarginPoint> m_four = {point(1, 0.5, 2, -0.25, 0.25), point(2, 1, 0.75, -1, -0.5),
                                           point(3, 1, 1.5, 0.5, 0), point(4, 1, -1, -1, -2)};

  static std::vector<MarginPoint> cloud(int users) {
    std::mt19937 random(7);
    std::normal_distribution<double> draw;
    std::vector<MarginPoint> points;
    for (int i = 0; i < users; ++i) {
      const double reference = 2 * draw(random), policy = 1.2 * reference + 0.5 * draw(random);
      points.push_back(point(i + 1, reference, policy, reference - 1, policy - 1));
    }
    return points;
  }
  static std::vector<QPointF> places(int count) {
    std::mt19937 random(3);
    std::normal_distribution<double> draw;
    std::vector<QPointF> points;
    for (int i = 0; i < count; ++i) {
      const double x = draw(random);
      points.emplace_back(3 * x, draw(random));
    }
    return points;
  }
  static Ids rule(const std::vector<MarginPoint>& points, UserRule which, double moreThan, bool hardest) {
    return usersBy(points, which, moreThan, hardest);
  }
  static QPoint pixel(const PlanePlot& plane, double x, double y) {
    return QPointF(plane.plot()->xAxis->coordToPixel(x), plane.plot()->yAxis->coordToPixel(y)).toPoint();
  }
  static void show(QWidget& widget, int width, int height) {
    widget.resize(width, height);
    widget.show();
    QVERIFY(QTest::qWaitForWindowExposed(&widget));
    QTest::qWait(50);  // the scales follow the size
  }
  static void drag(PlanePlot& plane, const QList<QPoint>& path, Qt::KeyboardModifiers keys) {
    QTest::mousePress(plane.plot(), Qt::LeftButton, keys, path.first());
    for (const QPoint& at : path) QTest::mouseMove(plane.plot(), at);
    QTest::mouseRelease(plane.plot(), Qt::LeftButton, keys, path.last());
  }

 private Q_SLOTS:
  void initTestCase() { installTheme(*qApp, Appearance::Light); }

  /// A U: its arms reach from x = 0 to 1 and 2 to 3, its foot from y = 0 to 1.
  void aConcaveRegion() {
    const QPolygonF u({{0, 0}, {3, 0}, {3, 3}, {2, 3}, {2, 1}, {1, 1}, {1, 3}, {0, 3}});
    const std::vector<QPointF> points = {{0.5, 2}, {1.5, 2},   {2.5, 2},   {1.5, 0.5},  {-0.1, 2},
                                         {1.5, 3}, {0.5, 3.1}, {2.9, 0.1}, {1.01, 1.01}};
    QCOMPARE(pointsWithin(points, u), (std::vector<size_t>{0, 2, 3, 7}));
    // A loop that crosses itself: both rings, and what both go round.
    const QPolygonF twice({{0, 0}, {2, 0}, {2, 2}, {0, 2}, {0, 0}, {-1, -1}, {3, -1}, {3, 3}, {-1, 3}, {-1, -1}});
    QCOMPARE(pointsWithin({{1, 1}, {2.5, 2.5}, {4, 4}}, twice), (std::vector<size_t>{0, 1}));
    QVERIFY(pointsWithin(points, QPolygonF({{0, 0}, {3, 3}})).empty());
  }

  void hexagonsCountEachPointOnce() {
    const auto points = places(5000);
    const HexBins bins(points, 0.2);
    int sum = 0, largest = 0;
    for (const HexBins::Bin& bin : bins.bins()) {
      QVERIFY(bin.count > 0);
      sum += bin.count;
      largest = std::max(largest, bin.count);
    }
    QCOMPARE(sum, 5000);
    QCOMPARE(bins.largest(), largest);
    std::vector<int> counted(bins.bins().size());
    for (size_t i = 0; i < points.size(); ++i) {
      const int mine = bins.binOf()[i];
      ++counted[static_cast<size_t>(mine)];
      QCOMPARE(bins.at(points[i]), mine);
      // A hexagon is what is nearest to its middle.
      const auto distance = [&](const HexBins::Bin& bin) {
        return std::hypot(points[i].x() - bin.middle.x(), points[i].y() - bin.middle.y());
      };
      const double own = distance(bins.bins()[static_cast<size_t>(mine)]);
      QVERIFY(own <= 0.2 + 1e-12);
      for (const HexBins::Bin& bin : bins.bins()) QVERIFY(distance(bin) >= own - 1e-12);
    }
    for (size_t b = 0; b < counted.size(); ++b) QCOMPARE(counted[b], bins.bins()[b].count);
    // Middles are sqrt(3) radii apart in a row; one is at 0, 0.
    const HexBins two({{0.01, 0}, {std::sqrt(3.0) * 0.2, 0}, {std::sqrt(3.0) * 0.1, 0.3}}, 0.2);
    QCOMPARE(two.bins().size(), size_t{3});
    QCOMPARE(two.bins()[0].middle, QPointF(0, 0));
    QCOMPARE(two.at({5, 5}), -1);
  }

  void theNearestIsFound() {
    const auto points = places(400);
    const NearestPoint nearest(points);
    for (const QPointF& at : places(60)) {
      int best = -1;
      double least = 0.3;
      for (size_t i = 0; i < points.size(); i += 2) {  // those with even numbers pass
        const double d = std::hypot(points[i].x() - at.x() - 0.05, points[i].y() - at.y());
        if (d < least) best = static_cast<int>(i);
        least = std::min(least, d);
      }
      QCOMPARE(nearest.find(points, at + QPointF(0.05, 0), 0.3, [](size_t i) { return i % 2 == 0; }), best);
    }
  }

  void aLassoByTheMouse() {
    PlanePlot plane;
    std::vector<MarginPoint> grid;
    for (int x = 0; x < 5; ++x) {
      for (int y = 0; y < 5; ++y) grid.push_back(point(10 * x + y + 1, x, y, 0, 0));
    }
    plane.setPoints(grid, 0);
    show(plane, 420, 420);
    QSignalSpy chosen(&plane, &PlanePlot::examplesChosen), opened(&plane, &PlanePlot::exampleChosen);
    // An L round (0, 0), (1, 0), (2, 0) and (0, 1), (0, 2): concave, (1, 1) is outside.
    QList<QPoint> path;
    const QPolygonF corners({{-0.3, -0.3}, {2.4, -0.3}, {2.4, 0.4}, {0.4, 0.4}, {0.4, 2.4}, {-0.3, 2.4}});
    for (int i = 0; i < corners.size(); ++i) {
      for (int step = 0; step < 10; ++step) {
        const QPointF at = corners[i] + (corners[(i + 1) % corners.size()] - corners[i]) * step / 10.0;
        path << pixel(plane, at.x(), at.y());
      }
    }
    const QCPRange before = plane.plot()->xAxis->range();
    drag(plane, path, Qt::ShiftModifier);
    QCOMPARE(chosen.size(), 1);
    Ids ids = chosen[0][0].value<Ids>();
    std::sort(ids.begin(), ids.end());
    QCOMPARE(ids, (Ids{1, 2, 3, 11, 21}));
    QCOMPARE(plane.plot()->xAxis->range(), before);
    // The same with the lasso on; without, the view moves.
    plane.setLasso(true);
    drag(plane, path, {});
    QCOMPARE(chosen.size(), 2);
    QCOMPARE(chosen[1][0].value<Ids>().size(), size_t{5});
    // A click opens, with the lasso on too.
    QTest::mouseClick(plane.plot(), Qt::LeftButton, {}, pixel(plane, 3, 4));
    QCOMPARE(opened.size(), 1);
    QCOMPARE(opened[0][0].toLongLong(), 35);
    plane.setLasso(false);
    QTest::mouseClick(plane.plot(), Qt::LeftButton, {}, pixel(plane, 1, 1));
    QCOMPARE(opened.size(), 2);
    drag(plane, {pixel(plane, 1, 1), pixel(plane, 2, 1), pixel(plane, 3, 1)}, {});
    QCOMPARE(chosen.size(), 2);
    QCOMPARE(opened.size(), 2);
  }

  void manyAreCounted() {
    PlanePlot plane;
    plane.setPoints(cloud(3000), 5);
    show(plane, 420, 420);
    plane.showAll();
    plane.plot()->replot();
    int sum = 0;
    for (const HexBins::Bin& bin : plane.bins().bins()) sum += bin.count;
    QCOMPARE(sum, 3000);
    // A click on a hexagon lists its users.
    const auto& bins = plane.bins().bins();
    const auto full = std::max_element(bins.begin(), bins.end(), [](auto& a, auto& b) { return a.count < b.count; });
    QSignalSpy chosen(&plane, &PlanePlot::examplesChosen);
    QTest::mouseClick(plane.plot(), Qt::LeftButton, {}, pixel(plane, full->middle.x(), full->middle.y()));
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(static_cast<int>(chosen[0][0].value<Ids>().size()), plane.bins().largest());
    // Few in view: each has its mark again.
    for (int i = 0; i < 12; ++i) QTest::keyClick(plane.plot(), Qt::Key_Plus);
    plane.plot()->replot();
    QVERIFY(plane.bins().bins().empty());
    QVERIFY(plane.marksOutside() > 1000);
    QTest::keyClick(plane.plot(), Qt::Key_0);
    QCOMPARE(plane.marksOutside(), 0);
    plane.setBinsAbove(3000);
    plane.plot()->replot();
    QVERIFY(plane.bins().bins().empty());
  }

  void theRejectedSideIsAChoice() {
    PlanePlot plane;
    plane.setPoints(m_four, 1);
    QCOMPARE(plane.places()[2], QPointF(1, 1.5));
    plane.setHardest(true);
    QCOMPARE(plane.places()[2], QPointF(0.5, 0));
    QVERIFY(plane.csv().contains(QStringLiteral("u3,0.5,0,0.5,1,0,hardest\n")));
    plane.setPlane(PlanePlot::Plane::Displacement);  // chosen rose by 0.5, the hardest rejected by 1
    QCOMPARE(plane.places()[2], QPointF(1, 0.5));
    plane.setHardest(false);
    QCOMPARE(plane.places()[2], QPointF(0, 0.5));
  }

  void rulesByHand() {
    QCOMPARE(rule(m_four, UserRule::Improved, 0, false), (Ids{1, 3}));
    QCOMPARE(rule(m_four, UserRule::Improved, 0.5, false), (Ids{1}));
    QCOMPARE(rule(m_four, UserRule::Improved, 0, true), (Ids{1, 2}));
    QCOMPARE(rule(m_four, UserRule::Worsened, 0.25, false), (Ids{4}));
    QCOMPARE(rule(m_four, UserRule::NotFirst, 9, false), (Ids{2, 3, 4}));
    QCOMPARE(rule(m_four, UserRule::BecameFirst, 0, false), (Ids{1}));
    QCOMPARE(rule(m_four, UserRule::NoLongerFirst, 0, false), (Ids{3}));
    // Chosen fell for 2 and 4; against the hardest the rejected fell by 0.75 for 2 and by 1 for 4.
    QCOMPARE(rule(m_four, UserRule::BothFell, 0, true), (Ids{2, 4}));
    QVERIFY(rule(m_four, UserRule::BothFell, 0, false).empty());
  }

  void theListOfASelection() {
    QWidget window;
    auto* card = new PlaneCard(&window);
    auto* layout = new QVBoxLayout(&window);
    layout->addWidget(card);
    show(window, 900, 500);  // room for both planes
    card->showPoints(m_four, 1, 4);
    const auto planes = card->findChildren<PlanePlot*>();
    QCOMPARE(planes.size(), 2);
    QVERIFY(planes[0]->isVisible() && planes[1]->isVisible());
    // The Tab key goes down the card.
    card->findChild<QWidget*>(QStringLiteral("lasso"))->setFocus();
    for (QWidget* next : {card->findChild<QWidget*>(QStringLiteral("hardestRejected")),
                          card->findChild<QWidget*>(QStringLiteral("listUsers")),
                          static_cast<QWidget*>(planes[0]->plot()), static_cast<QWidget*>(planes[1]->plot())}) {
      QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
      QCOMPARE(QApplication::focusWidget(), next);
    }
    // A user that the pointer is on in one plane is marked in the other.
    const QImage plain = planes[1]->grab().toImage();
    Q_EMIT planes[0]->exampleHovered(3);
    QVERIFY(planes[1]->grab().toImage() != plain);
    Q_EMIT planes[0]->exampleHovered(0);
    QVERIFY(planes[1]->grab().toImage() == plain);
    QSignalSpy opened(card, &PlaneCard::exampleChosen);
    Q_EMIT planes[1]->examplesChosen({4, 1});
    auto* list = window.findChild<UsersWindow*>();
    QVERIFY(list && list->isVisible());
    for (const PlanePlot* plane : planes) QCOMPARE(plane->selected(), (Ids{4, 1}));
    QCOMPARE(list->findChild<QLabel*>(QStringLiteral("userCount"))->text(), QStringLiteral("2 of 4 users"));
    // The largest gain first; what is saved is what is seen.
    const QString csv = QStringLiteral(
        "user,margin_before,margin_after,change,rank_before,rank_after,rejected\nu1,0.5,2,1.5,2.5,1,mean\n"
        "u4,1,-1,-2,2.5,2,mean\n");
    QCOMPARE(list->users().csv(), csv);
    QTest::mouseClick(list->findChild<QPushButton*>(QStringLiteral("copyList")), Qt::LeftButton);
    QCOMPARE(QApplication::clipboard()->text(), csv);
    QTemporaryDir dir;
    QVERIFY(savePicture(list, dir.filePath(QStringLiteral("a.csv")), list->users().csv()));
    // A click opens, and so does Return.
    auto* table = list->findChild<QTableView*>();
    QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, table->visualRect(table->model()->index(1, 0)).center());
    QCOMPARE(opened.size(), 1);
    QCOMPARE(opened[0][0].toLongLong(), 4);
    // Against the hardest.
    QTest::mouseClick(card->findChild<QPushButton*>(QStringLiteral("hardestRejected")), Qt::LeftButton);
    QVERIFY(
        list->users().csv().endsWith(QStringLiteral("u1,-0.25,0.25,0.5,2.5,1,hardest\nu4,-1,-2,-1,2.5,2,hardest\n")));
    // A rule in place of the lasso; its threshold.
    list->showRule(UserRule::Improved);
    QCOMPARE(planes[0]->selected(), (Ids{1, 2}));
    list->findChild<QDoubleSpinBox*>()->setValue(0.75);
    QVERIFY(planes[0]->selected().empty());
    QCOMPARE(list->users().rowCount(), 0);
    list->showRule(UserRule::NotFirst);
    QCOMPARE(list->users().rowCount(), 3);
    // Points read anew are listed anew.
    card->showPoints({m_four[1]}, 2, 4);
    QCOMPARE(list->users().rowCount(), 1);
    // Escape takes the marks away, here from the plane.
    planes[0]->plot()->setFocus();
    QTest::keyClick(planes[0]->plot(), Qt::Key_Escape);
    QTRY_VERIFY(!window.findChild<UsersWindow*>());
    QVERIFY(planes[0]->selected().empty() && planes[1]->selected().empty());
  }
};

QTEST_MAIN(PlanePlotTest)
#include "plane_plot_test.moc"
