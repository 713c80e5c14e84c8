// SPDX-License-Identifier: GPL-3.0-or-later
// Sets joined, rows of a file held out, and places of targets, as a script does it: from files to JSON.
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>
#include <fstream>

class DataCommandsTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;

  QString place(const char* name) const { return m_dir.filePath(QString::fromLatin1(name)); }
  QJsonObject json(QStringList arguments, int code = 0) const {
    arguments = QStringList{u"--workspace"_qs, place("ws")} + arguments + QStringList{u"--json"_qs};
    QProcess process;
    process.start(QStringLiteral(PREFSCOPE_CLI), arguments);
    process.waitForFinished(60'000);
    if (process.exitCode() != code)
      qFatal("%s", qPrintable(arguments.join(u' ') + QString::fromUtf8(process.readAllStandardError())));
    return QJsonDocument::fromJson(process.readAllStandardOutput()).object();
  }

 private Q_SLOTS:
  /// Two sets of 12 users with 6 of 40 items each, in order of time: user u has items u .. u + 5.
  void initTestCase() {
    for (const char* name : {"films", "books"}) {
      std::ofstream file(place(name).toStdString() + ".csv");
      file << "user,item,time\n";
      for (int user = 0; user < 12; ++user)
        for (int i = 0; i < 6; ++i) file << 'u' << user << ",i" << user + i << ',' << 1000 * user + i << '\n';
      for (int item = 20; item < 40; ++item) file << "u0,i" << item << ",5\n";
      file.close();
      json({u"import"_qs, place(name) + u".csv"_qs, u"--name"_qs, QString::fromLatin1(name), u"--map"_qs,
            u"user=user,item=item,time=time"_qs});
    }
  }

  /// 12 + 12 users, 37 + 37 items (i0 .. i16 and i20 .. i39), 92 + 92 rows: nobody and nothing is made the same.
  void setsAreJoined() {
    const QJsonObject both = json({u"combine"_qs, u"films"_qs, u"books"_qs, u"--name"_qs, u"both"_qs});
    QCOMPARE(both[u"users"_qs].toInt(), 24);
    QCOMPARE(both[u"items"_qs].toInt(), 74);
    QCOMPARE(both[u"interactions"_qs].toInt(), 184);
    const QJsonObject report = json({u"report"_qs, u"both"_qs});
    QCOMPARE(report[u"users"_qs].toInt(), 24);
    QCOMPARE(json({u"user"_qs, u"both"_qs, u"--user"_qs, u"books/u3"_qs})[u"rows"_qs].toInt(), 6);
    json({u"combine"_qs, u"films"_qs, u"--name"_qs, u"one"_qs}, 1);
    json({u"combine"_qs, u"films"_qs, u"books"_qs, u"--name"_qs, u"both"_qs}, 1);  // the name is taken
  }

  void rowsOfAFileAreHeldOut() {
    std::ofstream(place("held.csv").toStdString()) << "user,item\nu3,i8\nu4,i9\n";  // the last of each
    const QJsonObject made = json({u"prepare"_qs, u"films"_qs, u"--split"_qs, u"given"_qs, u"--held-out-rows"_qs,
                                   place("held.csv"), u"--candidates"_qs, u"5"_qs, u"--negatives"_qs, u"2"_qs});
    const QJsonObject split = json({u"split"_qs, u"films"_qs});
    QCOMPARE(split[u"split"_qs].toString(), u"given"_qs);
    QCOMPARE(split[u"held_out"_qs].toInt(), 2);
    QVERIFY(split[u"train"_qs].toInt() > 2);
    QVERIFY(!made.isEmpty());
    QVERIFY(split[u"protocol"_qs].toString().contains(u"held.csv"_qs));
  }

  /// So few lists cannot be judged, and that is said.
  void placesOfTargets() {
    const QJsonObject places = json({u"candidates"_qs, u"films"_qs});
    const QJsonObject leaks = json({u"leaks"_qs, u"films"_qs});
    const QJsonObject position = leaks[u"position"_qs].toObject();
    int targets = 0;
    for (const auto& count : position[u"counts"_qs].toArray()) targets += count.toInt();
    QCOMPARE(targets, position[u"lists"_qs].toInt());
    QVERIFY(targets > 0 && position[u"uneven"_qs] == false);
    QVERIFY(!position[u"meaning"_qs].toString().isEmpty());
    QVERIFY(!places.isEmpty());
  }
};

QTEST_GUILESS_MAIN(DataCommandsTest)
#include "data_commands_test.moc"
