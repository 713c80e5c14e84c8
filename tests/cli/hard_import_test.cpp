// SPDX-License-Identifier: GPL-3.0-or-later
// Imports that cannot succeed, as a real process: a full disk, a line of 100 MB, a folder that may not be read. Each
// says what is wrong and what to do, and the workspace is as it was.
#include <sys/resource.h>
#include <unistd.h>

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QtTest>
#include <filesystem>
#include <fstream>

#include "engine/base/files.h"

namespace fs = std::filesystem;

namespace {

struct Outcome {
  int code = -1;
  QByteArray err;
};

Outcome run(const QString& program, const QStringList& arguments) {
  QProcess process;
  process.start(program, arguments);
  if (!process.waitForStarted()) return {};
  process.waitForFinished(300'000);
  return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardError()};
}

}  // namespace

class HardImportTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;

  QString place(const char* name) const { return m_dir.filePath(QString::fromLatin1(name)); }
  /// The workspace's bytes after an import of two rows.
  QByteArray made(const QString& workspace) const {
    std::ofstream(place("two.csv").toStdString()) << "user,item,time\n1,a,10\n2,b,20\n";
    run(QStringLiteral(PREFSCOPE_CLI), {u"--workspace"_qs, workspace, u"import"_qs, place("two.csv"), u"--map"_qs,
                                        u"user=user,item=item,time=time"_qs});
    return rows(workspace);
  }
  /// What stands in it, by its own dump: row for row, whatever pages SQLite left empty.
  static QByteArray rows(const QString& workspace) {
    QProcess process;
    process.start(QStringLiteral(PREFSCOPE_CLI), {u"--workspace"_qs, workspace, u"--json"_qs, u"datasets"_qs});
    process.waitForFinished(60'000);
    return process.readAllStandardOutput();
  }

 private Q_SLOTS:
  void aLineOf100MB() {
    const QString workspace = place("long");
    const QByteArray before = made(workspace);
    QVERIFY(!before.isEmpty());
    {
      std::ofstream file(place("line.csv").toStdString(), std::ios::binary);
      file << "user,item,time\n1,a,10\n2,\"";
      const std::string piece(1'000'000, 'x');
      for (int i = 0; i < 100; ++i) file << piece;
      file << "\n3,c,30\n";
    }
    const Outcome outcome =
        run(QStringLiteral(PREFSCOPE_CLI), {u"--workspace"_qs, workspace, u"import"_qs, place("line.csv"), u"--map"_qs,
                                            u"user=user,item=item,time=time"_qs});
    QCOMPARE(outcome.code, 1);
    QVERIFY2(outcome.err.contains("line.csv") && outcome.err.contains("line 3"), outcome.err.constData());
    QCOMPARE(rows(workspace), before);
    QFile::remove(place("line.csv"));
  }

  /// A disk of 6 MB with a workspace on it, and more rows than fit. Needs a mount of its own.
  void aFullDisk() {
    {
      std::ofstream file(place("many.csv").toStdString());
      file << "user,item,time\n";
      for (int i = 0; i < 400'000; ++i) file << i / 20 << ',' << i % 977 << ',' << 1'000'000 + i << '\n';
    }
    QVERIFY(QDir().mkpath(place("disk")));
    // In a namespace of its own, so that nothing stays mounted whatever happens.
    const QString script =
        QStringLiteral(
            "mount -t tmpfs -o size=6m none '%1/disk' || exit 77\n"
            "printf 'user,item,time\\n1,a,10\\n2,b,20\\n' > '%1/two.csv'\n"
            "'%2' --workspace '%1/disk/ws' import '%1/two.csv' --name two --map user=user,item=item,time=time "
            "> /dev/null || exit 70\n"
            "'%2' --workspace '%1/disk/ws' --json datasets > '%1/before'\n"
            "'%2' --workspace '%1/disk/ws' import '%1/many.csv' --map user=user,item=item,time=time "
            "2> '%1/said'; code=$?\n"
            "'%2' --workspace '%1/disk/ws' --json datasets > '%1/after'\n"
            "'%2' --workspace '%1/disk/ws' report two > /dev/null || exit 71\n"
            "exit $code\n")
            .arg(m_dir.path(), QStringLiteral(PREFSCOPE_CLI));
    const QStringList mounting = geteuid() == 0 ? QStringList{u"-m"_qs} : QStringList{u"-rm"_qs};
    const Outcome outcome = run(QStringLiteral("unshare"), mounting + QStringList{u"sh"_qs, u"-c"_qs, script});
    if (outcome.code == 77 || (outcome.code == 1 && outcome.err.contains("unshare")))
      QSKIP(("no file system can be mounted here: " + outcome.err).constData());
    QCOMPARE(outcome.code, 1);
    const std::string said = prefscope::read_file(place("said").toStdString());
    QVERIFY2(said.find("full") != std::string::npos && said.find("free") != std::string::npos, said.c_str());
    QCOMPARE(prefscope::read_file(place("after").toStdString()), prefscope::read_file(place("before").toStdString()));
  }

  void aFolderThatMayNotBeRead() {
    const QString workspace = place("closed");
    const QByteArray before = made(workspace);
    QVERIFY(QDir().mkpath(place("secret")));
    QFile::copy(place("two.csv"), place("secret/two.csv"));
    fs::permissions(place("secret").toStdString(), fs::perms::none);
    // Root may read everything: the process gives that up.
    const QStringList import = {QStringLiteral(PREFSCOPE_CLI), u"--workspace"_qs, workspace, u"import"_qs,
                                place("secret")};
    Outcome outcome;
    if (geteuid() == 0) {
      outcome = run(QStringLiteral("setpriv"), QStringList{u"--bounding-set=-dac_override,-dac_read_search"_qs,
                                                           u"--inh-caps=-dac_override,-dac_read_search"_qs} +
                                                   import);
    } else {
      outcome = run(import[0], import.mid(1));
    }
    fs::permissions(place("secret").toStdString(), fs::perms::owner_all);
    QCOMPARE(outcome.code, 1);
    QVERIFY2(outcome.err.contains("secret") && outcome.err.contains("ermission"), outcome.err.constData());
    QCOMPARE(rows(workspace), before);
  }
};

QTEST_MAIN(HardImportTest)
#include "hard_import_test.moc"
