// SPDX-License-Identifier: GPL-3.0-or-later
// The two processes of prefscope-cli: neither outlives the other, but to let go of what a stopped task wrote.
#include <signal.h>

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

namespace {

constexpr int rows = 700'000;  // their log is larger than what is closed in passing

/// Whether a process does anything yet: one that nobody waits for stays in the list.
bool lives(pid_t process) {
  QFile file(QStringLiteral("/proc/%1/stat").arg(process));
  if (!file.open(QIODevice::ReadOnly)) return false;
  const QByteArray stat = file.readAll();
  return !stat.mid(stat.lastIndexOf(')')).startsWith(") Z");
}

}  // namespace

class WorkerTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;
  QProcess m_import;

  QString workspace() const { return m_folder.filePath(u"workspace"_qs); }
  pid_t first() const { return static_cast<pid_t>(m_import.processId()); }
  pid_t worker() const {
    QFile children(QStringLiteral("/proc/%1/task/%1/children").arg(first()));
    return children.open(QIODevice::ReadOnly) ? children.readAll().trimmed().toInt() : 0;
  }

  /// Starts an import and waits until it says that it does this.
  bool importsTo(const QByteArray& stage) {
    m_import.setReadChannel(QProcess::StandardError);
    m_import.start(QStringLiteral(PREFSCOPE_CLI),
                   {u"--workspace"_qs, workspace(), u"import"_qs, m_folder.filePath(u"ratings.csv"_qs)});
    for (QByteArray said; !said.contains(stage); said += m_import.readAllStandardError())
      if (!m_import.waitForReadyRead(120'000)) return false;
    return true;
  }

  QJsonArray sets() const {
    QProcess process;
    process.start(QStringLiteral(PREFSCOPE_CLI), {u"--workspace"_qs, workspace(), u"--json"_qs, u"datasets"_qs});
    process.waitForFinished(60'000);
    return QJsonDocument::fromJson(process.readAllStandardOutput())[u"datasets"_qs].toArray();
  }

 private Q_SLOTS:
  void initTestCase() {
    QFile file(m_folder.filePath(u"ratings.csv"_qs));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QByteArray text = "userId,movieId,rating,timestamp\n";
    for (int row = 0; row < rows; ++row)
      text += QByteArray::number(row / 100 + 1) + ',' + QByteArray::number(row * 37LL % 5003 + 1) + ",3.5," +
              QByteArray::number(1'000'000'000 + row) + '\n';
    QCOMPARE(file.write(text), text.size());
  }

  void aStoppedImportLeavesNothing() {
    QVERIFY(importsTo("Saving rows"));
    const pid_t behind = worker();
    QVERIFY(behind > 0);
    ::kill(first(), SIGINT);
    QVERIFY(m_import.waitForFinished(60'000));
    QCOMPARE(m_import.exitStatus(), QProcess::NormalExit);
    QCOMPARE(m_import.exitCode(), 130);
    QVERIFY(sets().isEmpty());
    QTRY_VERIFY_WITH_TIMEOUT(!lives(behind), 60'000);
    QVERIFY(!QFile::exists(workspace() + u"/workspace.db-wal"_qs));
    QVERIFY(QFileInfo(workspace() + u"/workspace.db"_qs).size() < 4 << 20);
  }

  void theWorkEndsWithTheFirstProcess() {
    QVERIFY(importsTo("Saving rows"));
    const pid_t killed = worker();
    ::kill(first(), SIGKILL);
    QVERIFY(m_import.waitForFinished(60'000));
    QTRY_VERIFY_WITH_TIMEOUT(!lives(killed), 60'000);
    QVERIFY(sets().isEmpty());
  }

  void theFirstProcessEndsAsTheWorkDoes() {
    QVERIFY(importsTo("Reading"));
    ::kill(worker(), SIGKILL);
    QVERIFY(m_import.waitForFinished(60'000));
    QCOMPARE(m_import.exitStatus(), QProcess::CrashExit);
    QVERIFY(sets().isEmpty());
  }

  /// The log is in the database when the command is over.
  void aStopWhileTheLogIsWrittenFindsTheSetWhole() {
    QVERIFY(importsTo("Writing to disk"));
    const pid_t behind = worker();
    ::kill(first(), SIGTERM);
    QVERIFY(m_import.waitForFinished(60'000));
    QCOMPARE(m_import.exitStatus(), QProcess::NormalExit);
    QCOMPARE(m_import.exitCode(), 0);
    QVERIFY(m_import.readAllStandardOutput().startsWith("Imported "));
    QCOMPARE(sets().size(), 1);
    QCOMPARE(sets()[0][u"interactions"_qs].toInt(), rows);
    QTRY_VERIFY_WITH_TIMEOUT(!lives(behind), 60'000);
    QVERIFY(!QFile::exists(workspace() + u"/workspace.db-wal"_qs));
  }
};

QTEST_GUILESS_MAIN(WorkerTest)
#include "worker_test.moc"
