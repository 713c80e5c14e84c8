// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window_size.h"

#include <QtTest>

using namespace prefscope;

class WindowSizeTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  /// A screen of 1280 x 800 with a panel of 30 pixels at its top.
  void framesByHand() {
    const QRect available(0, 30, 1280, 770);
    QCOMPARE(fittedFrame({100, -12, 1080, 790}, available), QRect(100, 30, 1080, 770));  // too high, too tall
    QCOMPARE(fittedFrame({900, 700, 400, 300}, available), QRect(880, 500, 400, 300));
    QCOMPARE(fittedFrame({-500, 40, 400, 300}, available), QRect(0, 40, 400, 300));
    QCOMPARE(fittedFrame({10, 40, 400, 300}, available), QRect(10, 40, 400, 300));
  }

  /// Aside of a window of 1280 x 800 on larger screens and on one that it fills.
  void placesAsideByHand() {
    const QSize list(580, 420);
    QCOMPARE(placeAside({100, 100, 1280, 800}, list, {0, 0, 2560, 1440}), QPoint(1380, 480));  // at the right
    QCOMPARE(placeAside({1280, 0, 1280, 1440}, list, {0, 0, 2560, 1440}), QPoint(700, 1020));  // at the left
    QCOMPARE(placeAside({0, 0, 1280, 800}, list, {0, 0, 1280, 800}), QPoint(700, 380));        // over its corner
    QCOMPARE(placeAside({0, 30, 1280, 790}, list, {0, 0, 1280, 800}), QPoint(700, 380));
  }

  /// It is moved with its title bar, and is then left where it is moved.
  void aWindowComesOntoItsScreen() {
    QWidget window;
    const QRect available = window.screen()->availableGeometry();
    fitOnScreen(&window, available.size() * 2);
    window.move(available.topLeft() - QPoint(300, 200));
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    QTRY_VERIFY2(available.contains(window.frameGeometry()), "the frame is not on the screen");
    QVERIFY(window.height() > available.height() / 2);
    QTRY_VERIFY(window.findChildren<QObject*>().isEmpty());  // nobody looks after it any more

    window.move(available.topLeft() - QPoint(30, 0));
    QTest::qWait(150);
    QVERIFY(window.x() < available.x());
  }
};

QTEST_MAIN(WindowSizeTest)
#include "window_size_test.moc"
