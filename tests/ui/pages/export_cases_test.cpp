// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/export_cases.h"

#include <QtTest>

using namespace prefscope;

class ExportCasesTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  /// The name says whose case it is, and leads nowhere else.
  void filesAreNamedByTheirUserAndModel() {
    QCOMPARE(caseFileName(QStringLiteral("1045"), QStringLiteral("DMPO 2")), QStringLiteral("user-1045-dmpo-2"));
    QCOMPARE(caseFileName(QStringLiteral("user 3"), QStringLiteral("starter")), QStringLiteral("user-3-starter"));
    QCOMPARE(caseFileName(QStringLiteral("../../etc/passwd"), QStringLiteral("<b>%1</b> ")),
             QStringLiteral("user-etc-passwd-b-1-b"));
    QCOMPARE(caseFileName(QStringLiteral("Zoë Ž"), {}), QStringLiteral("user-zoë-ž"));
    QCOMPARE(caseFileName(QStringLiteral("..."), QStringLiteral("/")), QStringLiteral("user"));
    QVERIFY(caseFileName(QString(4000, u'W'), QString(4000, u'M')).size() < 100);
  }
};

QTEST_GUILESS_MAIN(ExportCasesTest)
#include "export_cases_test.moc"
