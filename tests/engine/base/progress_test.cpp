// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/progress.h"

#include <QtTest>
#include <thread>

using namespace prefscope;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

class ProgressTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void checkThrowsOnlyAfterAStop() {
    std::stop_source source;
    const TaskContext context{{}, source.get_token()};
    context.check();
    TaskContext().check();
    source.request_stop();
    QVERIFY_THROWS_EXCEPTION(Cancelled, context.check());
  }

  /// Cancelled is no Error: whoever reports errors must not report it.
  void cancelledIsNoError() { QVERIFY(!(std::is_base_of_v<std::exception, Cancelled>)); }

  void reportWithoutAListenerDoesNothing() {
    const TaskContext context;
    context.report({"Reading", 0.5, -1, ""});
    ProgressClock clock(context, "Reading");
    clock.update(1);
  }

  /// The first update and the last one are told whatever the time; those between at most ten times a second.
  void tellsTenTimesASecond() {
    std::vector<Progress> told;
    const TaskContext context{[&](const Progress& p) { told.push_back(p); }, {}};
    const auto start = Clock::now();
    ProgressClock clock(context, "Reading ratings.csv");
    int updates = 0;
    for (; Clock::now() - start < milliseconds(350); ++updates) {
      clock.update(0.1, "line 5");
      std::this_thread::sleep_for(milliseconds(1));
    }
    const double elapsed_s = std::chrono::duration<double>(Clock::now() - start).count();
    QCOMPARE(told.front().stage, std::string("Reading ratings.csv"));
    QCOMPARE(told.front().fraction, 0.1);
    QCOMPARE(told.front().detail, std::string("line 5"));
    QVERIFY2(told.size() >= 2 && static_cast<double>(told.size()) <= 1 + elapsed_s * 10,
             std::to_string(told.size()).c_str());
    QVERIFY(updates > static_cast<int>(told.size()));
    const size_t before = told.size();
    clock.update(1);
    clock.update(1);
    QCOMPARE(told.size(), before + 2);
    QCOMPARE(told.back().fraction, 1.0);
  }

  /// After 600 ms a quarter is done: three times as long is left. Before half a second nothing is claimed.
  void timeLeftFollowsFromTheShareDone() {
    std::vector<Progress> told;
    const TaskContext context{[&](const Progress& p) { told.push_back(p); }, {}};
    ProgressClock clock(context, "Saving");
    const auto start = Clock::now();
    clock.update(0.25);
    QVERIFY(told.back().seconds_left < 0);
    std::this_thread::sleep_for(milliseconds(600));
    clock.update(0.25);
    const double elapsed_s = std::chrono::duration<double>(Clock::now() - start).count();
    QCOMPARE(told.size(), size_t{2});
    QVERIFY(told.back().seconds_left >= 3 * 0.6 && told.back().seconds_left <= 3 * elapsed_s + 0.01);
    std::this_thread::sleep_for(milliseconds(110));
    clock.update(0.005);  // too little is done to say
    QCOMPARE(told.size(), size_t{3});
    QVERIFY(told.back().seconds_left < 0);
  }

  /// A stop is honoured at every update, also at those that tell nothing.
  void updateHonoursAStop() {
    std::stop_source source;
    int told = 0;
    const TaskContext context{[&](const Progress&) { ++told; }, source.get_token()};
    ProgressClock clock(context, "Saving");
    clock.update(0.1);
    source.request_stop();
    QVERIFY_THROWS_EXCEPTION(Cancelled, clock.update(0.1));
    QCOMPARE(told, 1);
  }
};

QTEST_GUILESS_MAIN(ProgressTest)
#include "progress_test.moc"
