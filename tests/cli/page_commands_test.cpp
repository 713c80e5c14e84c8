// SPDX-License-Identifier: GPL-3.0-or-later
// The pages of a user and an item as a script reads them.
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>
#include <cmath>

#include "tests/engine/tasks/few_ratings.h"

class PageCommandsTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  QByteArray error_;

  QByteArray run(QStringList arguments, int code = 0) {
    QProcess process;
    arguments.prepend(dir_.path());
    arguments.prepend(u"--workspace"_qs);
    process.start(QStringLiteral(PREFSCOPE_CLI), arguments);
    process.waitForFinished(60'000);
    error_ = process.readAllStandardError();
    if (process.exitCode() != code) qFatal("%s", qPrintable(arguments.join(u' ') + QString::fromUtf8(error_)));
    return process.readAllStandardOutput();
  }
  QJsonObject json(QStringList arguments, int code = 0) {
    return QJsonDocument::fromJson(run(arguments << u"--json"_qs, code)).object();
  }

 private Q_SLOTS:
  void initTestCase() {
    prefscope::Workspace workspace(dir_.path().toStdString());
    fill_few_ratings(workspace);
    workspace.db().exec("UPDATE item SET title = 'A' || char(27) || '[31m' WHERE id = 1");
  }

  /// As worked out in the tests of the pages.
  void aUser() {
    const QJsonObject bob = json({u"user"_qs, u"small"_qs, u"--user"_qs, u"bob"_qs});
    QVERIFY(bob[u"rows"_qs].toInt() == 3 && bob[u"items"_qs].toInt() == 2);
    QCOMPARE(bob[u"mean_rating"_qs].toDouble(), 11.0 / 3);
    QCOMPARE(bob[u"timeline"_qs][u"first"_qs].toInt(), 100);
    const QJsonObject drama = bob[u"taste"_qs][u"genre"_qs][0].toObject();
    QCOMPARE(drama[u"value"_qs].toString(), u"drama"_qs);
    QCOMPARE(drama[u"lift"_qs].toDouble(), 11.0 / 7);
    QVERIFY(bob[u"taste"_qs][u"genre"_qs][1][u"lift"_qs].isNull());
    const QJsonArray nearest = bob[u"nearest"_qs].toArray();
    QCOMPARE(nearest.size(), 2);  // eve has none of bob's items
    QCOMPARE(nearest[0][u"user"_qs].toString(), u"ann"_qs);
    QCOMPARE(nearest[0][u"cosine"_qs].toDouble(), 2 / std::sqrt(6.0));
    const QJsonObject both = json({u"user"_qs, u"small"_qs, u"--user"_qs, u"bob"_qs, u"--with"_qs, u"ann"_qs});
    QCOMPARE(both[u"shared"_qs].toArray().size(), 2);
    QCOMPARE(both[u"shared"_qs][1][u"other_rating"_qs].toDouble(), 4.0);
  }

  void anItem() {
    const QStringList arguments{u"item"_qs, u"small"_qs, u"--item"_qs, u"a"_qs};
    const QJsonObject a = json(arguments);
    QVERIFY(a[u"rows"_qs].toInt() == 4 && a[u"users"_qs].toInt() == 3 && a[u"rank"_qs].toInt() == 1);
    QCOMPARE(a[u"mean_rating"_qs].toDouble(), 4.25);
    QCOMPARE(a[u"together_by"_qs].toString(), u"cosine"_qs);
    QCOMPARE(a[u"together"_qs][0][u"item"_qs].toString(), u"b"_qs);
    QCOMPARE(a[u"together"_qs][0][u"common"_qs].toInt(), 3);
    QVERIFY(json(arguments + QStringList{u"--by"_qs, u"lift"_qs})[u"together"_qs].toArray().isEmpty());
    // A title cannot steer the terminal.
    const QByteArray text = run(arguments);
    QVERIFY(text.contains("rank 1 of 4") && !text.contains('\x1b'));
    QVERIFY(json({u"item"_qs, u"small"_qs, u"--item"_qs, u"e"_qs})[u"rank"_qs].isNull());
  }

  void refuses() {
    const QJsonObject unknown = json({u"user"_qs, u"small"_qs, u"--user"_qs, u"nobody"_qs}, 1);
    QVERIFY(unknown[u"error"_qs][u"message"_qs].toString().contains(u"nobody"_qs));
    run({u"item"_qs, u"large"_qs, u"--item"_qs, u"a"_qs}, 1);
    QVERIFY(error_.contains("small"));  // the sets there are
    run({u"user"_qs, u"small"_qs}, 2);
    run({u"item"_qs, u"small"_qs, u"--item"_qs, u"a"_qs, u"--by"_qs, u"chance"_qs}, 2);
    QVERIFY(run({u"user"_qs, u"--help"_qs}).contains("Example:\n"));
    QVERIFY(run({u"item"_qs, u"--help"_qs}).contains("Example:\n"));
  }
};

QTEST_GUILESS_MAIN(PageCommandsTest)
#include "page_commands_test.moc"
