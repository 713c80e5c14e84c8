// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_history.h"

#include <QtTest>

using namespace prefscope;

/// What is known of a training, put together from what was read in parts.
class RunHistoryTest : public QObject {
  Q_OBJECT

  static RunNews news(RunStatus status, int64_t done, int64_t from, const std::vector<PanelScore>& scores) {
    RunNews part;
    part.run.status = status;
    part.run.steps_done = done;
    for (int64_t step = from; step <= done; ++step) {
      part.metrics.emplace_back();
      part.metrics.back().step = step;
    }
    part.scores = scores;
    return part;
  }

 private Q_SLOTS:
  /// The panel is scored once more after the last step. A list of runs may say "done" before that was read.
  void isReadOnceMoreAfterTheEnd() {
    RunHistory history;
    QVERIFY(!history.isComplete());
    addNews(history, news(RunStatus::Running, 3, 1, {{0, 1, 0, 0, 1}}));
    QVERIFY(!history.isComplete());
    history.run.status = RunStatus::Done;  // from a list
    QVERIFY(!history.isComplete());
    QVERIFY(addNews(history, news(RunStatus::Done, 3, 4, {{3, 1, 0.5, 0, 1}})));
    QVERIFY(history.isComplete());
    QCOMPARE(history.panel.size(), size_t{2});
    QCOMPARE(history.panel.back().step, int64_t{3});
    QCOMPARE(history.metrics.size(), size_t{3});
    QVERIFY(!addNews(history, news(RunStatus::Done, 3, 4, {})));
  }

  void stepsTakenAgainAreReadAnew() {
    RunHistory history;
    addNews(history, news(RunStatus::Stopped, 5, 1, {}));
    QVERIFY(history.isComplete());
    addNews(history, news(RunStatus::Running, 3, 4, {}));  // on from the checkpoint after step 3
    QVERIFY(history.metrics.empty() && !history.read && !history.isComplete());
  }
};

QTEST_GUILESS_MAIN(RunHistoryTest)
#include "run_history_test.moc"
