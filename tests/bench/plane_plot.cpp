// SPDX-License-Identifier: GPL-3.0-or-later
// What the margin plane costs by its number of users: a full repaint, a step of zooming, a move of the pointer, and a
// lasso, counted in hexagons as the window does it and drawn one by one, in the same run. No test: times are of one
// machine.
//   QT_QPA_PLATFORM=offscreen plane_plot [width and height in pixels, 640]
#include <QApplication>
#include <QElapsedTimer>
#include <QMouseEvent>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <vector>

#include "ui/theme.h"
#include "ui/widgets/plane_plot.h"
#include "ui/widgets/qcustomplot_header.h"

using namespace prefscope;

namespace {

/// Margins as a training leaves them: most rise by a share of what they are, some fall, a few lie far away.
std::vector<MarginPoint> cloud(int users) {
  std::mt19937 random(1);
  std::normal_distribution<double> draw;
  std::vector<MarginPoint> points;
  for (int i = 0; i < users; ++i) {
    MarginPoint p;
    p.example = i + 1;
    p.user_key = std::to_string(i + 1);
    const double far = i % 100 == 0 ? 3 : 1;
    p.reference = far * draw(random) + 1;
    p.policy = 1.4 * p.reference + 0.5 * far * draw(random);
    p.chosen_first = p.policy > 1.5;
    points.push_back(p);
  }
  return points;
}

struct Times {
  double median = 0, largest = 0;
};

/// In ms, over so many turns.
template <typename Work>
Times timesOf(int turns, Work work) {
  std::vector<double> ms;
  for (int turn = 0; turn < turns; ++turn) {
    QElapsedTimer clock;
    clock.start();
    work(turn);
    ms.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
  }
  std::sort(ms.begin(), ms.end());
  return {ms[ms.size() / 2], ms.back()};
}

}  // namespace

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  const int size = argc > 1 ? std::atoi(argv[1]) : 640;
  installTheme(application, Appearance::Light);
  PlanePlot plane;
  plane.resize(size, size);
  plane.show();
  QApplication::processEvents();
  QCustomPlot* plot = plane.plot();
  std::printf("%d x %d pixels; median (largest) in ms\n%8s  %-10s %18s %18s %18s %15s\n", size, size, "users", "drawn",
              "full repaint", "zoom step", "pointer moves", "lasso");
  for (const int users : {1000, 10'000, 100'000}) {
    const auto points = cloud(users);
    for (const bool counted : {true, false}) {
      plane.setBinsAbove(counted ? 2000 : std::numeric_limits<int>::max());
      plane.setPoints(points, 7);
      plane.showAll();
      QApplication::processEvents();
      const Times repaint = timesOf(20, [&](int) { plot->replot(QCustomPlot::rpImmediateRefresh); });
      const Times zoom = timesOf(16, [&](int turn) {  // in and out again: the hexagons are counted anew
        for (QCPAxis* axis : {plot->xAxis, plot->yAxis}) axis->scaleRange(turn % 2 == 0 ? 0.7 : 1 / 0.7);
        plot->replot(QCustomPlot::rpImmediateRefresh);
      });
      std::mt19937 random(2);
      const Times hover = timesOf(200, [&](int) {
        const QRect area = plot->axisRect()->rect();
        const QPointF at(area.left() + static_cast<int>(random() % static_cast<unsigned>(area.width())),
                         area.top() + static_cast<int>(random() % static_cast<unsigned>(area.height())));
        QMouseEvent move(QEvent::MouseMove, at, plot->mapToGlobal(at), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
        QApplication::sendEvent(plot, &move);
        plot->repaint();
      });
      QPolygonF ring;  // as fine as a hand draws it
      for (int i = 0; i < 240; ++i) ring << QPointF(1 + 2 * std::cos(i * 0.0261799), 1.4 + 2 * std::sin(i * 0.0261799));
      size_t within = 0;
      const Times lasso = timesOf(10, [&](int) { within = pointsWithin(plane.places(), ring).size(); });
      std::printf("%8d  %-10s %8.2f (%7.2f) %8.2f (%7.2f) %8.2f (%7.2f) %7.2f (%5.2f)\n", users,
                  plane.bins().bins().empty() ? "one by one" : "hexagons", repaint.median, repaint.largest, zoom.median,
                  zoom.largest, hover.median, hover.largest, lasso.median, lasso.largest);
    }
  }
  return 0;
}
