// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/jobs/counting_line.h"

#include <QLabel>
#include <QPushButton>
#include <QtTest>
#include <atomic>
#include <thread>

using namespace prefscope;

namespace {

/// Counts until it is stopped.
int endless(const TaskContext& context) {
  for (;;) {
    context.check();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

class CountingLineTest : public QObject {
  Q_OBJECT

  JobQueue m_queue;

 private Q_SLOTS:
  void bringsTheValueAndHides() {
    CountingLine line(m_queue);
    int value = 0;
    line.count(
        QStringLiteral("Counting…"), [](const TaskContext&) { return 7; }, [&](int found) { value = found; });
    QVERIFY(line.isCounting() && !line.isHidden());
    QTRY_COMPARE(value, 7);
    QVERIFY(line.isHidden());
    QTRY_VERIFY(!line.isCounting());
  }

  /// Stopped by the person it says so, and counts again when asked.
  void stopsAndCountsAgain() {
    CountingLine line(m_queue);
    line.show();
    auto* again = line.findChild<QPushButton*>(QStringLiteral("countAgain"));
    std::atomic<int> begun = 0;
    int value = 0;
    line.count(
        QStringLiteral("Counting…"),
        [&begun](const TaskContext& context) { return ++begun == 1 ? endless(context) : 3; },
        [&](int found) { value = found; });
    QTRY_COMPARE(begun.load(), 1);
    QVERIFY(!again->isVisible());
    QTest::mouseClick(line.findChild<QPushButton*>(QStringLiteral("stopHere")), Qt::LeftButton);
    QTRY_VERIFY(again->isVisible());
    QCOMPARE(value, 0);
    QTest::mouseClick(again, Qt::LeftButton);
    QTRY_COMPARE(value, 3);
    QVERIFY(!line.isVisible());
  }

  void saysWhatFailed() {
    CountingLine line(m_queue);
    line.show();
    const auto fail = [](const TaskContext&) -> int { throw Error(ErrorKind::BadInput, "there is <b>no</b> user"); };
    line.count(QStringLiteral("Counting…"), fail, [](int) { QFAIL("counted"); });
    QTRY_VERIFY(line.findChild<QPushButton*>(QStringLiteral("countAgain"))->isVisible());
    bool said = false;
    for (const QLabel* label : line.findChildren<QLabel*>()) {
      if (label->text() != QStringLiteral("there is <b>no</b> user")) continue;
      said = label->isVisible() && label->textFormat() == Qt::PlainText;
    }
    QVERIFY(said);
  }

  /// What is counted next stops what is counted, and its value alone arrives.
  void theNextOneStopsTheLast() {
    CountingLine line(m_queue);
    QSignalSpy finished(&m_queue, &JobQueue::jobFinished);
    std::vector<int> values;
    const auto done = [&](int found) { values.push_back(found); };
    line.count(QStringLiteral("Counting…"), endless, done);
    line.count(
        QStringLiteral("Counting…"), [](const TaskContext&) { return 1; }, done);
    line.count(
        QStringLiteral("Counting…"), [](const TaskContext&) { return 2; }, done);
    QTRY_COMPARE(finished.size(), 3);
    QCOMPARE(values, std::vector<int>{2});
    line.count(
        QStringLiteral("Counting…"), [](const TaskContext&) { return 4; }, done);
    line.drop();
    QVERIFY(line.isHidden());
    QTRY_COMPARE(finished.size(), 4);
    QCOMPARE(values, std::vector<int>{2});
  }
};

QTEST_MAIN(CountingLineTest)
#include "counting_line_test.moc"
