// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/jobs/job_queue.h"

#include <QSignalSpy>
#include <QToolButton>
#include <QtTest>
#include <atomic>
#include <chrono>

#include "ui/jobs/job_strip.h"
#include "ui/jobs/queue_list.h"

using namespace prefscope;
using namespace std::chrono_literals;

class JobQueueTest : public QObject {
  Q_OBJECT

  /// Sleeps in small pieces until a stop is asked for.
  static void sleepUntilStopped(const TaskContext& context) {
    for (;;) {
      context.check();
      std::this_thread::sleep_for(2ms);
    }
  }

 private Q_SLOTS:
  void deliversTheResultOnTheReceiversThread() {
    JobQueue queue;
    QObject receiver;
    std::string result;
    QThread* thread = nullptr;
    std::thread::id worker;
    queue.submit(
        JobKind::Light, QStringLiteral("x"),
        [&](const TaskContext&) {
          worker = std::this_thread::get_id();
          return std::string("made");
        },
        &receiver,
        [&](const std::string& made) {
          result = made;
          thread = QThread::currentThread();
        });
    QVERIFY(result.empty());  // never within submit
    QTRY_VERIFY(queue.isIdle());
    QCOMPARE(result, std::string("made"));
    QCOMPARE(thread, QThread::currentThread());
    QVERIFY(worker != std::this_thread::get_id());
  }

  void runsDeviceJobsOneAtATimeInOrder() {
    JobQueue queue;
    QObject receiver;
    std::atomic<int> running = 0, most = 0;
    std::vector<int> order;
    for (int i = 0; i < 5; ++i) {
      queue.submit(
          JobKind::Device, QStringLiteral("job"),
          [&](const TaskContext&) {
            most = std::max(most.load(), ++running);
            std::this_thread::sleep_for(5ms);
            --running;
          },
          &receiver, [&order, i] { order.push_back(i); });
    }
    QTRY_VERIFY(queue.isIdle());
    QCOMPARE(most.load(), 1);
    QCOMPARE(order, (std::vector<int>{0, 1, 2, 3, 4}));
  }

  void runsLightJobsBesideADeviceJob() {
    JobQueue queue;
    QObject receiver;
    bool light = false;
    const qint64 heavy = queue.submit(JobKind::Device, QStringLiteral("heavy"), sleepUntilStopped, &receiver, [] {});
    queue.submit(
        JobKind::Light, QStringLiteral("light"), [](const TaskContext&) {}, &receiver, [&] { light = true; });
    QTRY_VERIFY(light);
    QCOMPARE(queue.jobs().size(), size_t{1});
    QCOMPARE(queue.jobs().front().id, heavy);
  }

  void reportsAnErrorOnceAndGoesOn() {
    JobQueue queue;
    QObject receiver;
    QSignalSpy unhandled(&queue, &JobQueue::jobFailed);
    QString message;
    bool done = false;
    const auto fail = [](const TaskContext&) -> int { throw Error(ErrorKind::BadFile, "ratings.dat line 3"); };
    queue.submit(
        JobKind::Device, QStringLiteral("a"), fail, &receiver, [&](int) { done = true; },
        [&](const QString& text) { message = text; });
    queue.submit(JobKind::Device, QStringLiteral("b"), fail, &receiver, [&](int) { done = true; });
    QTRY_VERIFY(queue.isIdle());
    QCOMPARE(message, QStringLiteral("ratings.dat line 3"));
    QCOMPARE(unhandled.count(), 1);  // only of the one without a handler
    QCOMPARE(unhandled.front().front().toString(), QStringLiteral("b"));
    QVERIFY(!done);
  }

  void reportsTroubleInACallback() {
    JobQueue queue;
    QObject receiver;
    QSignalSpy failed(&queue, &JobQueue::jobFailed);
    queue.submit(
        JobKind::Light, QStringLiteral("a"), [](const TaskContext&) {}, &receiver,
        [] { throw Error(ErrorKind::Storage, "the disk is full"); });
    QTRY_COMPARE(failed.count(), 1);
  }

  void waitingJobsCanBeMoved() {
    JobQueue queue;
    QueueList list(queue);
    QObject receiver;
    QStringList order;
    const qint64 first = queue.submit(JobKind::Device, QStringLiteral("first"), sleepUntilStopped, &receiver, [] {});
    std::map<QString, qint64> ids;
    for (const QString& name : {QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")})
      ids[name] = queue.submit(
          JobKind::Device, name, [](const TaskContext&) {}, &receiver, [&order, name] { order << name; });
    QSignalSpy moved(&queue, &JobQueue::jobsReordered);
    queue.move(first, 1);  // it runs: it stays
    queue.move(ids[QStringLiteral("a")], -1);
    QCOMPARE(moved.count(), 0);
    queue.move(ids[QStringLiteral("a")], 1);
    QCOMPARE(moved.count(), 1);
    // By the button of the list, as a person does: c goes before a.
    list.show();
    QToolButton* up = nullptr;
    for (QToolButton* button : list.findChildren<QToolButton*>()) {
      if (button->accessibleName() == QStringLiteral("Move c up")) up = button;
      if (button->accessibleName() == QStringLiteral("Move first up")) QVERIFY(button->isHidden());
      if (button->accessibleName() == QStringLiteral("Move b up")) QVERIFY(!button->isEnabled());
    }
    QVERIFY(up && up->isEnabled());
    QTest::mouseClick(up, Qt::LeftButton);
    up->setFocus();
    QTest::keyClick(up, Qt::Key_Space);
    QVERIFY(!up->isEnabled());  // it is the first of those that wait
    queue.move(ids[QStringLiteral("a")], 99);
    queue.cancel(first);
    QTRY_VERIFY(queue.isIdle());
    QCOMPARE(order, QStringList({QStringLiteral("c"), QStringLiteral("b"), QStringLiteral("a")}));
  }

  void cancelsARunningAndAWaitingJob() {
    JobQueue queue;
    QObject receiver;
    bool called = false, second = false;
    std::vector<JobState> ends;
    connect(&queue, &JobQueue::jobFinished, &receiver, [&](const Job& job) { ends.push_back(job.state); });
    const auto failed = [&](const QString&) { called = true; };
    const qint64 running = queue.submit(
        JobKind::Device, QStringLiteral("running"), sleepUntilStopped, &receiver, [&] { called = true; }, failed);
    const qint64 waiting = queue.submit(
        JobKind::Device, QStringLiteral("waiting"), [&](const TaskContext&) { second = true; }, &receiver,
        [&] { called = true; }, failed);
    queue.cancel(waiting);
    QElapsedTimer clock;
    clock.start();
    queue.cancel(running);
    QVERIFY(clock.elapsed() < 100);  // asks, does not wait
    QTRY_VERIFY(queue.isIdle());
    QCOMPARE(ends, (std::vector<JobState>{JobState::Cancelled, JobState::Cancelled}));
    QVERIFY(!called);  // a stop is not an error
    QVERIFY(!second);
  }

  void callsNothingWhenTheReceiverIsGone() {
    JobQueue queue;
    auto receiver = std::make_unique<QObject>();
    bool called = false;
    std::atomic<bool> release = false;
    queue.submit(
        JobKind::Light, QStringLiteral("x"),
        [&](const TaskContext&) {
          while (!release) std::this_thread::sleep_for(1ms);
        },
        receiver.get(), [&] { called = true; });
    receiver.reset();
    release = true;
    QTRY_VERIFY(queue.isIdle());
    QVERIFY(!called);
  }

  void throttlesProgressButShowsTheLast() {
    JobQueue queue;
    QObject receiver;
    int updates = 0;
    QElapsedTimer clock;
    connect(&queue, &JobQueue::jobChanged, &receiver, [&] { ++updates; });
    double last = 0;
    connect(&queue, &JobQueue::jobFinished, &receiver, [&](const Job& job) { last = job.progress.fraction; });
    clock.start();
    queue.submit(
        JobKind::Light, QStringLiteral("x"),
        [](const TaskContext& context) {
          for (int i = 0; i <= 20'000; ++i) {
            context.report({"step", i / 20'000.0, -1, ""});
            if (i % 50 == 0) std::this_thread::sleep_for(1ms);
          }
        },
        &receiver, [] {});
    QTRY_VERIFY(queue.isIdle());
    QVERIFY2(updates >= 2, qPrintable(QString::number(updates)));
    // One when it starts, then at most ten a second.
    QVERIFY2(updates <= 2 + clock.elapsed() / 90, qPrintable(QString::number(updates)));
    QCOMPARE(last, 1.0);
  }

  void aSlotMaySubmitAndCancel() {
    JobQueue queue;
    QObject receiver;
    int done = 0;
    connect(&queue, &JobQueue::jobFinished, &receiver, [&](const Job& job) {
      if (job.title == QLatin1String("first"))
        queue.submit(
            JobKind::Device, QStringLiteral("second"), [](const TaskContext&) {}, &receiver, [&] { ++done; });
    });
    queue.submit(
        JobKind::Device, QStringLiteral("first"), [](const TaskContext&) {}, &receiver, [&] { ++done; });
    QTRY_COMPARE(done, 2);
    for (int i = 0; i < 3; ++i)
      queue.submit(JobKind::Device, QStringLiteral("long"), sleepUntilStopped, &receiver, [] {});
    queue.cancelAll();
    QTRY_VERIFY(queue.isIdle());
  }

  void endsWithinMomentsWhileJobsRun() {
    QElapsedTimer clock;
    {
      JobQueue queue;
      QObject receiver;
      for (int i = 0; i < 4; ++i)
        queue.submit(JobKind::Light, QStringLiteral("x"), sleepUntilStopped, &receiver, [] { QFAIL("called"); });
      queue.submit(JobKind::Device, QStringLiteral("x"), sleepUntilStopped, &receiver, [] { QFAIL("called"); });
      clock.start();
    }
    QVERIFY2(clock.elapsed() < 1000, qPrintable(QString::number(clock.elapsed())));
    QCoreApplication::sendPostedEvents();  // nothing comes late to a queue that is gone
  }

  void theStripShowsALongJobAndHidesWhenIdle() {
    JobQueue queue;
    QWidget window;
    JobStrip strip(queue, &window);
    window.show();
    QVERIFY(!strip.isVisibleTo(&window));
    QObject receiver;
    queue.submit(JobKind::Light, {}, sleepUntilStopped, &receiver, [] {});  // a quick read has no title
    const qint64 job = queue.submit(
        JobKind::Device, QStringLiteral("Training"),
        [](const TaskContext& context) {
          context.report({"step 3", 0.5, 41, "loss 0.4"});
          sleepUntilStopped(context);
        },
        &receiver, [] {});
    QVERIFY(!strip.isVisibleTo(&window));  // not for a moment's work
    QTRY_VERIFY(strip.isVisibleTo(&window));
    queue.cancel(job);
    QTRY_VERIFY(!strip.isVisibleTo(&window));
  }

  void saysTheTimeLeft() {
    QCOMPARE(timeLeftText(-1), QString());
    QCOMPARE(timeLeftText(41.2), QStringLiteral("41 s left"));
    QCOMPARE(timeLeftText(200), QStringLiteral("3 min left"));
    QCOMPARE(timeLeftText(2 * 3600 + 600), QStringLiteral("2 h 10 min left"));
  }
};

QTEST_MAIN(JobQueueTest)
#include "job_queue_test.moc"
